"""What the hub keeps of a library system that keeps no log for it: what was seen and what done."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, String, Table

from hub.database import METADATA

seen_copy = Table(
    "seen_copy",
    METADATA,
    Column("item", String, primary_key=True),
    # Who has it, so far as is known, and until when; none where it was in.
    Column("holder", String),
    Column("due", Date),
    Column("seen_ms", BigInteger, nullable=False),
    Index("seen_copy_round", "seen_ms"),
)

seen_event = Table(
    "seen_event",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=True),
    Column("change", String, nullable=False),
    Column("item", String, nullable=False),
    Column("patron", String),
    Column("due", Date),
    Column("at_ms", BigInteger, nullable=False),
    # The hub's own write that it was, if it was one.
    Column("posting", String),
    # Nobody told it: it follows from what was seen before and after.
    Column("inferred", Boolean, nullable=False),
    Index("seen_event_item", "item", "version"),
    Index("seen_event_posting", "posting"),
    sqlite_autoincrement=True,
)

begun_call = Table(
    "begun_call",
    METADATA,
    # Of a write that has been sent, and of which it is not known yet whether it was made.
    Column("posting", String, primary_key=True),
    Column("change", String, primary_key=True),
    Column("item", String, nullable=False),
    Column("patron", String),
    Column("at_ms", BigInteger, nullable=False),
    Column("begun_ms", BigInteger, nullable=False),
    Index("begun_call_item", "item"),
)
