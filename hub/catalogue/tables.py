"""What the embedded shared catalogue keeps: titles, copies, patrons, loans, and its own log."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from hub.database import METADATA

title = Table(
    "title",
    METADATA,
    # A number of its own: a virtual table cannot lean on a rowid that VACUUM may change.
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("control_number", String, unique=True, nullable=False),
    Column("marc", LargeBinary, nullable=False),
    Column("shelf_title", JSON, nullable=False),
    Column("sought_title", String, nullable=False, server_default=""),
    Column("sought_author", String, nullable=False, server_default=""),
    Column("sought_subject", String, nullable=False, server_default=""),
    Column("subjects", JSON, nullable=False, server_default="[]"),
    # MARC 008/22; empty where the record does not say.
    Column("audience", String, nullable=False, server_default=""),
)

import_run = Table(
    "import_run",
    METADATA,
    # The file's SHA-256, and how many of its records are in: it was stopped there.
    Column("file", String, primary_key=True),
    Column("records", Integer, nullable=False),
)

municipality = Table(
    "municipality",
    METADATA,
    Column("code", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("pin_to_borrow", Boolean, nullable=False),
    Column("pin_offline", String, nullable=False),
)

branch = Table(
    "branch",
    METADATA,
    Column("code", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("municipality", ForeignKey("municipality.code"), nullable=False),
    Column("details", JSON, nullable=False),
    Column("floating", Boolean, nullable=False),
)

item = Table(
    "item",
    METADATA,
    Column("id", String, primary_key=True),
    Column("title", ForeignKey("title.control_number"), nullable=False, index=True),
    Column("branch", ForeignKey("branch.code"), nullable=False),
    Column("usage", String, nullable=False, server_default="circulating"),
    Column("tag", String, nullable=False, server_default=""),
    Column("shelf", String, nullable=False, server_default=""),
)

patron = Table(
    "patron",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("birth_year", Integer, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("pin_hash", String, nullable=False),
    Column("language", String, nullable=False),
    Column("municipality", String, nullable=False),
    Column("fees_ore", Integer, nullable=False, server_default="0"),
)

entitlement = Table(
    "entitlement",
    METADATA,
    # Who may have talking books made under the exception in the copyright law: it says something
    # of a person's health, and stands in a table by itself so that nothing else reads it.
    Column("patron", ForeignKey("patron.id"), primary_key=True),
)

loan_card = Table(
    "loan_card",
    METADATA,
    Column("number", String, primary_key=True),
    Column("patron", ForeignKey("patron.id"), nullable=False, index=True),
    Column("state", String, nullable=False),
    Column("uid", String, nullable=False, server_default=""),
)

loan = Table(
    "loan",
    METADATA,
    Column("item", ForeignKey("item.id"), primary_key=True),
    Column("patron", ForeignKey("patron.id"), nullable=False, index=True),
    Column("due", Date, nullable=False),
    Column("renewals", Integer, nullable=False, server_default="0"),
)

hold = Table(
    "hold",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("title", ForeignKey("title.control_number"), nullable=False, index=True),
    Column("patron", ForeignKey("patron.id"), nullable=False, index=True),
    Column("branch", ForeignKey("branch.code"), nullable=False),
    Column("item", ForeignKey("item.id"), unique=True),
    Column("state", String, nullable=False),
    # The last day on which it may be fetched, once it lies ready.
    Column("until", Date),
    UniqueConstraint("title", "patron"),
)

transit = Table(
    "transit",
    METADATA,
    Column("item", ForeignKey("item.id"), primary_key=True),
    Column("origin", ForeignKey("branch.code"), nullable=False),
    Column("destination", ForeignKey("branch.code"), nullable=False),
    Column("since_ms", BigInteger, nullable=False),
)
"""Copies that are to be sent, or are on their way, from one library to another."""

shelf_sign = Table(
    "shelf_sign",
    METADATA,
    Column("id", String, primary_key=True),
    Column("tag", String, nullable=False),
    Column("branch", ForeignKey("branch.code"), nullable=False),
    Column("text", String, nullable=False),
    Column("text_en", String, nullable=False),
)

menu_place = Table(
    "menu_place",
    METADATA,
    Column("id", String, primary_key=True),
    Column("order", Integer, nullable=False),
    Column("body", JSON, nullable=False),
)

saying = Table(
    "saying",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("written", String, nullable=False),
    Column("said", String, nullable=False),
    # Of the voice; empty for every one.
    Column("language", String, nullable=False),
    UniqueConstraint("written", "language"),
)

circulation_rules = Table(
    "circulation_rules",
    METADATA,
    Column("number", Integer, primary_key=True),
    # The rules as JSON, in their order; read whole, as a loan is judged by all of them.
    Column("body", String, nullable=False),
)

catalogue_event = Table(
    "catalogue_event",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=True),
    Column("change", String, nullable=False),
    Column("item", String, nullable=False, index=True),
    Column("patron", String),
    Column("due", Date),
    Column("at_ms", BigInteger, nullable=False),
    Column("posting", String, index=True),
    # Of these alone: in nearly all of a long log nobody stands any more.
    Index(
        "catalogue_event_somebody",
        "item",
        sqlite_where=text("patron IS NOT NULL"),
        postgresql_where=text("patron IS NOT NULL"),
    ),
    # Without this SQLite may give a deleted newest number out again.
    sqlite_autoincrement=True,
)

standing_event = Table(
    "standing_event",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=True),
    # What was done about a card, a person or a queue; the columns it needs are set.
    Column("change", String, nullable=False),
    Column("patron", String, index=True),
    Column("card", String, index=True),
    Column("title", String, index=True),
    Column("item", String),
    Column("at_ms", BigInteger, nullable=False),
    # The hub's own write, if it was one.
    Column("posting", String),
    # Whose account at the desk it was, where somebody did it there.
    Column("by", String, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

catalogue_posting = Table(
    "catalogue_posting",
    METADATA,
    Column("posting", String, primary_key=True),
    Column("change", String, primary_key=True),
    Column("verdict", JSON, nullable=False),
)
"""What was done under a posting's id, so that the same one twice changes nothing."""

feed = Table(
    "feed",
    METADATA,
    Column("kind", String, primary_key=True),
    Column("made_ms", BigInteger, nullable=False),
    Column("taken_ms", BigInteger, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("whole", Boolean, nullable=False),
)
"""The newest list of each kind that another system made for us; a whole one, where there is."""

accepted_card = Table(
    "accepted_card",
    METADATA,
    Column("card", String, primary_key=True),
    Column("at_ms", BigInteger, nullable=False, index=True),
    Column("good", Boolean, nullable=False),
)
"""Cards that were once good by a library system's word, and what it said of them last."""

pin_try = Table(
    "pin_try",
    METADATA,
    Column("card_hash", String, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("latest_ms", BigInteger, nullable=False),
)

_NO_WORD = "[^\\w\\u0300-\\u036f]+"
"""What stands between words; a mark that no letter has with it is part of one."""


def _weighed(column: str, weight: str) -> str:
    words = f"regexp_replace({column}, '{_NO_WORD}', ' ', 'g')"
    return f"setweight(to_tsvector('simple', {words}), '{weight}')"


_SEARCH_POSTGRESQL = (
    f"""ALTER TABLE title ADD COLUMN IF NOT EXISTS sought tsvector GENERATED ALWAYS AS (
        {_weighed("sought_title", "A")} ||
        {_weighed("sought_author", "B")} ||
        {_weighed("sought_subject", "C")}
        ) STORED""",
    "CREATE INDEX IF NOT EXISTS title_sought ON title USING gin (sought)",
)
_SEARCH = (
    """CREATE VIRTUAL TABLE IF NOT EXISTS title_search USING fts5(
        sought_title, sought_author, sought_subject, content='title', content_rowid='number',
        tokenize="unicode61 remove_diacritics 0", prefix='2 3')""",
    """CREATE TRIGGER IF NOT EXISTS title_entered AFTER INSERT ON title BEGIN
        INSERT INTO title_search(rowid, sought_title, sought_author, sought_subject)
        VALUES (new.number, new.sought_title, new.sought_author, new.sought_subject); END""",
    """CREATE TRIGGER IF NOT EXISTS title_replaced AFTER UPDATE ON title BEGIN
        INSERT INTO title_search(title_search, rowid, sought_title, sought_author, sought_subject)
        VALUES ('delete', old.number, old.sought_title, old.sought_author, old.sought_subject);
        INSERT INTO title_search(rowid, sought_title, sought_author, sought_subject)
        VALUES (new.number, new.sought_title, new.sought_author, new.sought_subject); END""",
    """CREATE TRIGGER IF NOT EXISTS title_removed AFTER DELETE ON title BEGIN
        INSERT INTO title_search(title_search, rowid, sought_title, sought_author, sought_subject)
        VALUES ('delete', old.number, old.sought_title, old.sought_author, old.sought_subject);
        END""",
)


def create_search(connection: Connection) -> None:
    """Create the index that search reads, kept in step with the titles by triggers.

    Diacritics are kept: *al* is not *ål*.
    """
    on_postgresql = connection.dialect.name == "postgresql"
    for statement in _SEARCH_POSTGRESQL if on_postgresql else _SEARCH:
        connection.exec_driver_sql(statement)


def ensure(engine: Engine) -> None:
    """Create what is missing of every table, and the search index."""
    METADATA.create_all(engine)
    with engine.begin() as connection:
        create_search(connection)
