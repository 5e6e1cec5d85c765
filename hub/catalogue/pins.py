"""PINs: slow to guess, and five wrong tries let a card rest."""

import hashlib
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Connection, Engine, delete, select, update

from circulation.identifiers import CardNumber
from circulation.verdicts import Reason
from hub.catalogue import tables
from hub.catalogue.answering import writing
from hub.catalogue.upsert import enter_or_replace
from hub.database import reading
from hub.errors import CatalogueUnavailableError

TRIES_MAX = 5
REST_MS = 15 * 60 * 1000
# OWASP's smallest: what protects four digits is the resting card, not the hash.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = HASHER.hash("no such card")


def right(hashed: str, secret: str) -> bool:
    """Return whether *secret* is the one behind *hashed*."""
    try:
        return HASHER.verify(hashed, secret)
    except (VerifyMismatchError, InvalidHashError):
        return False


def pin_refused(engine: Engine, card: CardNumber, pin: str, now_ms: int) -> Reason | None:
    """Return why *pin* is not accepted for *card*; an unknown card is slow and wrong alike."""

    def is_right() -> bool:
        with reading(engine) as db:
            hashed = _hash_of(db, card)
        return right(hashed or _NOBODY, pin) and hashed is not None

    return tried(engine, card, now_ms, is_right)


def tried(
    engine: Engine, card: CardNumber, now_ms: int, is_right: Callable[[], bool]
) -> Reason | None:
    """Return why what was typed for *card* is not accepted: *is_right* says no, or the card rests.

    A try of which *is_right* cannot tell, and raises, is not counted.
    """
    hashed = card_hash(card)
    with writing(engine) as db:
        # Counted before it is judged, so that two at once cannot have one try more.
        if not _one_more_try(db, hashed, now_ms):
            return Reason.PIN_LOCKED
    mine = tables.pin_try.c.card_hash == hashed
    try:
        if not is_right():
            return Reason.PIN_WRONG
    except CatalogueUnavailableError:
        with writing(engine) as db:
            fewer = {"tries": tables.pin_try.c.tries - 1}
            db.execute(update(tables.pin_try).where(mine).values(**fewer))
        raise
    with writing(engine) as db:
        db.execute(delete(tables.pin_try).where(mine))
    return None


def card_hash(card: CardNumber) -> str:
    """Return by what tries at *card* are counted."""
    # Kept as a hash: what people type here may be somebody's personnummer.
    return hashlib.sha256(card.encode()).hexdigest()


def _one_more_try(db: Connection, hashed: str, now_ms: int) -> bool:
    tries = tables.pin_try
    db.execute(delete(tries).where(tries.c.latest_ms <= now_ms - REST_MS))
    count = db.scalar(select(tries.c.tries).where(tries.c.card_hash == hashed)) or 0
    if count >= TRIES_MAX:
        return False
    entry = {"card_hash": hashed, "tries": count + 1, "latest_ms": now_ms}
    enter_or_replace(db, tries, "card_hash", [entry])
    return True


def _hash_of(db: Connection, card: CardNumber) -> str | None:
    holder = tables.loan_card.join(tables.patron)
    known = select(tables.patron.c.pin_hash).select_from(holder)
    return db.scalar(known.where(tables.loan_card.c.number == card))
