"""Every write to the catalogue, recorded before it is made: once, though it knows no ids."""

from datetime import date
from typing import Any

import msgspec
from sqlalchemy import JSON, Connection, bindparam, select, update

from circulation.identifiers import ItemId
from circulation.verdicts import Accepted, Refused, Verdict
from hub.database import insert_once
from hub.prepared import Prepared
from hub.tables import posting

COLUMNS = ("id", "item", "change", "state", "due", "at_ms", "verdict", "done_ms")
"""What `made` tells of each."""
POSTING = "posting"
DONE = "done"

_OF = posting.c.id == bindparam("of")
_VERDICT = Prepared(select(posting.c.verdict).where(_OF))
_END = Prepared(
    update(posting)
    .where(_OF)
    .values(
        state=bindparam("ends"), verdict=bindparam("says", type_=JSON), done_ms=bindparam("now_ms")
    )
)


def name(station: str, epoch: int, seq: int, hash_: str) -> str:
    """Return the name of the write that a fact leads to."""
    return f"{station}/{epoch}/{seq}/{hash_[:16]}"


def begin(
    db: Connection, id_: str, *, item: ItemId, change: str, due: date | None, now_ms: int
) -> bool:
    """Record that *id_* is about to be made; return False where it was begun before."""
    values: dict[str, Any] = {
        "id": id_,
        "item": item,
        "change": change,
        "state": POSTING,
        "due": due,
        "at_ms": now_ms,
    }
    return insert_once(db, posting, values)


def made(id_: str, *, item: ItemId, change: str, verdict: Verdict, at_ms: int) -> dict[str, Any]:
    """Return the row of *id_*, begun and ended in the transaction that changed the catalogue."""
    return {
        "id": id_,
        "item": item,
        "change": change,
        "state": DONE,
        "due": None,
        "at_ms": at_ms,
        "verdict": _kept(verdict),
        "done_ms": at_ms,
    }


def end(db: Connection, id_: str, verdict: Verdict, now_ms: int) -> None:
    """Record what the catalogue answered to *id_*."""
    _END.do(db, {"of": id_, "ends": DONE, "says": _kept(verdict), "now_ms": now_ms})


def _kept(verdict: Verdict) -> Any:
    # What a library system said may be about somebody: who asked has heard it.
    plain = Refused(verdict.reason) if isinstance(verdict, Refused) else verdict
    return msgspec.to_builtins(plain)


def verdict_of(db: Connection, id_: str) -> Verdict | None:
    """Return the catalogue's answer to *id_*, None where it is not known."""
    stored = _VERDICT.scalar(db, {"of": id_})
    if stored is None:
        return None
    verdict: Accepted | Refused = msgspec.convert(stored, Accepted | Refused)
    return verdict
