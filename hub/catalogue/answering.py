"""One transaction of the embedded catalogue, in the words of any catalogue's errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import OperationalError

from hub.database import reading, said
from hub.errors import CatalogueUnavailableError
from hub.prepared import Prepared

_WRITERS = 0x6361_7461
"""The advisory lock of who changes the catalogue; of one database only."""
_ALONE = Prepared(select(func.pg_advisory_xact_lock(_WRITERS)))


@contextmanager
def told() -> Iterator[None]:
    """Name a store that does not answer as any catalogue's silence."""
    try:
        yield
    except OperationalError as error:
        raise CatalogueUnavailableError(said(error)) from error


@contextmanager
def answering(engine: Engine) -> Iterator[Connection]:
    """Give one transaction of the catalogue; of those that change it one at a time is open."""
    with told(), writing(engine) as db:
        yield db


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give one transaction that changes the catalogue, alone, in the store's own errors."""
    with engine.begin() as db:
        reads = db.get_execution_options().get("read_only", False)
        if db.dialect.name == "postgresql" and not reads:
            # What is decided by is read first: SQLite's writers follow one another, these must too.
            _ALONE.first(db)
        yield db


@contextmanager
def answering_of(engine: Engine) -> Iterator[Connection]:
    """Give a transaction of the catalogue that only reads."""
    with told(), reading(engine) as db:
        yield db
