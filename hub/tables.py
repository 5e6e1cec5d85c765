"""What the hub itself keeps, beside the catalogue: facts, lanes, postings, exceptions, stations."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from hub.database import METADATA

hub_meta = Table(
    "hub_meta",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

station = Table(
    "station",
    METADATA,
    Column("id", String, primary_key=True),
    Column("number", Integer, unique=True, nullable=False),
    Column("municipality", String, nullable=False),
    Column("branch", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("partition", String, nullable=False),
    Column("certificate", String, nullable=False),
    Column("card_key", LargeBinary, nullable=False),
    Column("revoked_at_ms", BigInteger),
    Column("state", JSON),
    Column("state_at_ms", BigInteger),
    # When it last said on a line that was heard that it owed nothing: no older fact can come.
    Column("all_here_ms", BigInteger),
    Column("in_force", JSON),
    # The epoch that it was given when it was taken in, or when its card was replaced.
    Column("epoch", Integer, nullable=False, server_default="1"),
    # Of the settings that it was asked to go by last; never lower than any it has gone by.
    Column("settings_version", BigInteger, nullable=False, server_default="0"),
    Column("settings_digest", String, nullable=False, server_default=""),
)

claim = Table(
    "claim",
    METADATA,
    # A station that is expected, and how it may show that it is meant.
    Column("station", String, primary_key=True),
    Column("number", Integer, unique=True, nullable=False),
    Column("municipality", String, nullable=False),
    Column("branch", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("kit", String, nullable=False),
    Column("partition", String, nullable=False),
    Column("token_hash", String, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    # Of the machine, where it was told beforehand: such a one waits for nobody.
    Column("serial", String, nullable=False),
    # What waits for somebody to accept it.
    Column("asked_ms", BigInteger),
    Column("asked_key", LargeBinary),
    Column("accepted", Boolean, nullable=False),
    Column("taken_ms", BigInteger),
)

former_certificate = Table(
    "former_certificate",
    METADATA,
    # Replaced by another for the same key, and good until it expires.
    Column("serial", String, primary_key=True),
    Column("station", String, nullable=False),
    Column("not_after_ms", BigInteger, nullable=False),
)

answered_request = Table(
    "answered_request",
    METADATA,
    # A signing request that was answered with a certificate: r of its ECDSA signature, in hex.
    Column("signature", String, primary_key=True),
    Column("station", String, nullable=False),
    Column("serial", String, nullable=False),
)

revoked_certificate = Table(
    "revoked_certificate",
    METADATA,
    # Of the certificate, decimal: a broker's list of the revoked is made of these.
    Column("serial", String, primary_key=True),
    Column("station", String, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

station_order = Table(
    "station_order",
    METADATA,
    # What somebody asks a station to do; names no visitor.
    Column("id", String, primary_key=True),
    Column("station", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("text", String, nullable=False),
    Column("by", String, nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("sent_ms", BigInteger),
    Column("done_ms", BigInteger),
    # Empty until the station has answered.
    Column("outcome", String, nullable=False),
    Column("told", String, nullable=False),
    Index("station_order_waits", "outcome", "until_ms"),
)

fact = Table(
    "fact",
    METADATA,
    Column("station", String, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("hash", String, primary_key=True),
    Column("prev", String, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    # The sort of fact, or `unreadable`; the columns after it are read out of the sealed body.
    Column("kind", String, nullable=False),
    Column("item", String),
    Column("card", String),
    Column("asked", Integer),
    Column("outcome", String),
    Column("body", JSON),
    Column("received_ms", BigInteger, nullable=False),
    # Set when the chain has reached it; the fold knows no fact without.
    Column("rank", BigInteger),
    # Whether a clock vouches for the rank; the station may have learnt the time only later.
    Column("trusted", Boolean),
    # Set when the catalogue is as the fold with this fact in it wants it.
    Column("posted_ms", BigInteger),
    # Set when its item's lane was closed behind it: the fold starts after it.
    Column("closed_ms", BigInteger),
    Index("fact_item", "item"),
    # Of these alone, oldest first: there are few, or the catalogue has long been silent.
    Index(
        "fact_owed",
        "received_ms",
        "item",
        sqlite_where=text("posted_ms IS NULL"),
        postgresql_where=text("posted_ms IS NULL"),
    ),
    # Of what the chain has not reached yet alone: it is found without going through the rest.
    Index(
        "fact_ahead",
        "station",
        "epoch",
        "seq",
        "hash",
        sqlite_where=text("rank IS NULL"),
        postgresql_where=text("rank IS NULL"),
    ),
)

lane = Table(
    "lane",
    METADATA,
    Column("station", String, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("up_to_seq", Integer, nullable=False),
    Column("head", String, nullable=False),
    Column("rank", BigInteger, nullable=False),
    # Through which number the lane is in a backup that has been read back.
    Column("safe_seq", Integer, nullable=False, server_default="0"),
    # Through which number there were facts, by the station's own last word.
    Column("claimed_seq", Integer, nullable=False, server_default="0"),
)

quarantine = Table(
    "quarantine",
    METADATA,
    # The hash of topic and payload: the same torn message twice is counted, not kept twice.
    Column("hash", String, primary_key=True),
    Column("topic", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("first_ms", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
)

posting = Table(
    "posting",
    METADATA,
    Column("id", String, primary_key=True),
    Column("item", String, nullable=False),
    Column("change", String, nullable=False),
    # `posting` before the catalogue is called, `done` when its answer is known.
    Column("state", String, nullable=False),
    Column("due", Date),
    Column("verdict", JSON),
    Column("at_ms", BigInteger, nullable=False),
    Column("done_ms", BigInteger),
    Index("posting_item", "item"),
)

exception = Table(
    "exception",
    METADATA,
    Column("key", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("severity", String, nullable=False),
    # Who found it: `fold`, `holds` and `limits` take back what a later fact explains; what
    # `poster` found when it posted, and most of what `ledger` found, stands.
    Column("source", String, nullable=False),
    Column("item", String),
    Column("card", String),
    Column("station", String, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("told", String, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    # What found it finds it still; it waits for a librarian where it is not settled besides.
    Column("open", Boolean, nullable=False),
    # Staff have decided: no later fact undoes that.
    Column("settled", Boolean, nullable=False, server_default="0"),
    Index("exception_item", "item"),
    # What waits at a station is looked for with all that it sends.
    Index("exception_kind", "kind", "station"),
)

decision = Table(
    "decision",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key", String, nullable=False, index=True),
    Column("action", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

shelf_row = Table(
    "shelf_row",
    METADATA,
    # A branch's code, or empty for what every shelf of the region has.
    Column("scope", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("key", String, primary_key=True),
    # Of the body; empty where the row is gone.
    Column("digest", String, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Index("shelf_row_generation", "generation"),
)

shelf_told = Table(
    "shelf_told",
    METADATA,
    Column("station", String, primary_key=True),
    Column("version", String, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

item_key = Table(
    "item_key",
    METADATA,
    Column("item", String, primary_key=True),
    # Under this a person is the same in all facts of this item, and in no other's.
    Column("key", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    METADATA,
    Column("item", String, primary_key=True),
    # Through which time, and which entry of the catalogue's log, it is closed.
    Column("rank", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    # The station that took it back last.
    Column("returned_at", String, nullable=False),
    # By station, the epoch and number beyond which all was made afterwards.
    Column("reached", JSON, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    # Whether the catalogue's log has lost its names too, and the item its key.
    Column("stripped", Boolean, nullable=False),
)

backup_copy = Table(
    "backup_copy",
    METADATA,
    Column("path", String, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
)

loan_count = Table(
    "loan_count",
    METADATA,
    Column("month", String, primary_key=True),
    Column("branch", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("language", String, primary_key=True),
    Column("age", String, primary_key=True),
    Column("renewal", Boolean, primary_key=True),
    Column("times", Integer, nullable=False),
)
