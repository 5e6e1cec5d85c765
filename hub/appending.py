"""Facts that the hub itself has made, at the end of a lane that nobody else writes.

What the ledger finds out about facts that come over the air, one question after another, is known
of these: they are whole, in order, and their clock can be believed. They are entered as the ledger
would have left them.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import Connection, bindparam, insert, update

from circulation import envelopes
from circulation.facts import Asked, Fact, Settled
from circulation.sealing import Opener
from hub import ledger, ranks
from hub.database import insert_into
from hub.ledger import Lane
from hub.prepared import Prepared
from hub.ranks import Timed
from hub.tables import fact, lane

_ENTER = Prepared(
    insert(fact),
    (
        "station", "epoch", "seq", "hash", "prev", "envelope", "received_ms", "kind", "item",
        "card", "asked", "outcome", "body", "rank", "trusted",
    ),
)  # fmt: skip
_REACHED = Prepared(
    update(lane)
    .where(lane.c.station == bindparam("of"), lane.c.epoch == bindparam("in"))
    .values(up_to_seq=bindparam("seq"), head=bindparam("last"), rank=bindparam("newest"))
)


class Made(Struct, frozen=True):
    """One fact, and the envelope that it was sealed in."""

    body: Fact
    raw: bytes


class Addition(Struct, frozen=True):
    """What comes of facts at the end of a lane: the lane then, and the ledger's rows."""

    lane: Lane
    rows: list[dict[str, Any]]
    begins: bool
    """The lane had nothing in it."""


def added(at: Lane, made: Sequence[Made], opener: Opener, now_ms: int) -> Addition:
    """Return what comes of *made*, each of which follows the one before it, after *at*."""
    assert made, "nothing is added"
    assert all(each.body.at.trusted for each in made), "the hub's own clock is believed"
    first = at.up_to_seq + 1
    timed = [Timed(first + n, (each.body.at,)) for n, each in enumerate(made)]
    found = ranks.ranks(timed, at.rank)
    questions = {first + n: each.body for n, each in enumerate(made)}
    rows, head = [], at.head
    for n, (each, (rank,)) in enumerate(zip(made, found, strict=True)):
        digest = envelopes.digest(each.raw)
        row = {
            "station": at.station,
            "epoch": at.epoch,
            "seq": first + n,
            "hash": digest,
            "prev": head,
            "envelope": each.raw,
            "received_ms": now_ms,
            "item": None,
            "card": None,
            "asked": None,
            "outcome": None,
            "rank": rank.at_ms,
            "trusted": rank.trusted,
        }
        rows.append(row | ledger.read(each.body, opener) | _about(each.body, questions))
        head = digest
    reached = structs.replace(
        at, up_to_seq=at.up_to_seq + len(made), head=head, rank=found[-1][0].at_ms
    )
    return Addition(reached, rows, begins=at.up_to_seq == 0)


def _about(body: Fact, questions: dict[int, Fact]) -> dict[str, Any]:
    """Return what an end is about: the ledger has it beside the end, too."""
    if not isinstance(body, Settled):
        return {}
    asked = questions.get(body.asked)
    assert isinstance(asked, Asked), "an end is added without its question"
    return {"item": asked.item, "card": asked.card}


def enter(db: Connection, additions: Sequence[Addition]) -> None:
    """Enter *additions*, of a lane at most one."""
    _ENTER.do_all(db, (row for each in additions for row in each.rows))
    if new := [_as_row(each.lane) for each in additions if each.begins]:
        db.execute(insert_into(db, lane).on_conflict_do_nothing(), new)
    lanes = [each.lane for each in additions]
    reached = [
        {"of": of.station, "in": of.epoch, "seq": of.up_to_seq, "last": of.head, "newest": of.rank}
        for of in lanes
    ]
    _REACHED.do_all(db, reached)


def _as_row(of: Lane) -> dict[str, Any]:
    return {
        "station": of.station,
        "epoch": of.epoch,
        "up_to_seq": of.up_to_seq,
        "head": of.head,
        "rank": of.rank,
    }
