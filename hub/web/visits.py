"""Who is signed in: visits in a table of their own, so that any of them can be ended."""

import hashlib
import secrets

from flask import session
from msgspec import Struct
from sqlalchemy import BigInteger, Column, Connection, Engine, String, Table, delete, select, update
from sqlalchemy import insert as insert_into

from hub.database import METADATA

visit = Table(
    "web_visit",
    METADATA,
    Column("token_hash", String, primary_key=True),
    Column("audience", String, nullable=False),
    Column("who", String, nullable=False, index=True),
    Column("until_ms", BigInteger, nullable=False),
)


class Audience(Struct, frozen=True, kw_only=True):
    """A kind of visitor, and how long one may be idle before the visit ends."""

    name: str
    idle_ms: int


_GRAIN_MS = 60_000

PATRON = Audience(name="patron", idle_ms=15 * 60 * 1000)
STAFF = Audience(name="staff", idle_ms=8 * 3600 * 1000)


def begin(engine: Engine, audience: Audience, who: str, now_ms: int) -> None:
    """Sign *who* in with a fresh token; an earlier visit of this browser ends."""
    end(engine, audience)
    token = secrets.token_urlsafe(32)
    with engine.begin() as db:
        db.execute(delete(visit).where(visit.c.until_ms <= now_ms))
        row = {"token_hash": _hashed(token), "audience": audience.name, "who": who}
        db.execute(insert_into(visit).values(row | {"until_ms": now_ms + audience.idle_ms}))
    session[audience.name] = token


def visitor(engine: Engine, audience: Audience, now_ms: int) -> str | None:
    """Return who is signed in, and let the visit go on."""
    token = session.get(audience.name)
    if not token:
        return None
    mine = (visit.c.token_hash == _hashed(token)) & (visit.c.audience == audience.name)
    until_ms = now_ms + audience.idle_ms
    with engine.execution_options(read_only=True).connect() as db:
        found = db.execute(select(visit).where(mine, visit.c.until_ms > now_ms)).first()
    if found is None:
        return None
    # Not at every page: a write is a wait for the disk.
    if found.until_ms < until_ms - _GRAIN_MS:
        with engine.begin() as db:
            db.execute(update(visit).where(mine).values(until_ms=until_ms))
    return str(found.who)


def end(engine: Engine, audience: Audience) -> None:
    """Sign this browser out."""
    if token := session.pop(audience.name, None):
        with engine.begin() as db:
            db.execute(delete(visit).where(visit.c.token_hash == _hashed(token)))


def end_all(db: Connection, audience: Audience, who: str) -> None:
    """Sign *who* out everywhere."""
    db.execute(delete(visit).where(visit.c.audience == audience.name, visit.c.who == who))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
