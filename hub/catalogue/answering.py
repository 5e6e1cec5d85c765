"""One transaction of the embedded catalogue, in the words of any catalogue's errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from hub.database import reading
from hub.errors import CatalogueUnavailableError


@contextmanager
def told() -> Iterator[None]:
    """Name a store that does not answer as any catalogue's silence."""
    try:
        yield
    except OperationalError as error:
        raise CatalogueUnavailableError(f"the embedded catalogue: {error.orig}") from error


@contextmanager
def answering(engine: Engine) -> Iterator[Connection]:
    """Give one transaction of the catalogue."""
    with told(), engine.begin() as db:
        yield db


@contextmanager
def answering_of(engine: Engine) -> Iterator[Connection]:
    """Give a transaction of the catalogue that only reads."""
    with told(), reading(engine) as db:
        yield db
