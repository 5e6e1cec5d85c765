"""A book's life in sentences: where, when, what the visitor was told, what the catalogue was."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, select

from circulation.facts import Asked, Checkin, Checkout, Fact, Lost, Outcome, Settled, Unswitched
from circulation.identifiers import ItemId
from hub import decisions, postings
from hub.catalogue.port import CatalogueEvent
from hub.decisions import Decision
from hub.tables import fact, posting, station

_WISH = {"loan": "borrow it", "renewal": "renew it"}


def story(db: Connection, item: ItemId, log: list[CatalogueEvent], zone: ZoneInfo) -> list[str]:
    """Return the life of *item*, the oldest first; patrons and cards are not named."""
    lines: list[tuple[int, str]] = []
    rows = db.execute(
        select(fact, station.c.branch)
        .join(station, station.c.id == fact.c.station)
        .where(fact.c.item == item)
    ).all()
    written = {row.id: row for row in db.execute(select(posting).where(posting.c.item == item))}
    for row in rows:
        told: Fact = msgspec.convert(row.body, Fact)
        when = _when(told.at.wall_ms, zone) + ("" if told.at.trusted else " (uncertain clock)")
        name = postings.name(row.station, row.epoch, row.seq, row.hash)
        wrote = [
            _posted(each.state, each.done_ms, zone)
            for id_, each in written.items()
            if id_.split("+")[0] == name
        ]
        place = f"{when}, {row.station} at {row.branch}, fact {row.seq}: "
        lines.append((told.at.wall_ms, place + " ".join([_sentence(told), *wrote])))
    for event in log:
        if event.posting is None:
            how = "shows" if event.inferred else "says"
            what = f"the catalogue itself {how} it was {event.change.value}."
            what += " (The time is a guess.)" if event.inferred else ""
            lines.append((event.at_ms, f"{_when(event.at_ms, zone)}, {what}"))
    lines += [
        (made.at_ms, f"{_when(made.at_ms, zone)}, {_settled(made)}")
        for made in decisions.of_item(db, item)
    ]
    return [line for _, line in sorted(lines, key=lambda each: each[0])]


def _when(wall_ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _sentence(told: Fact) -> str:
    match told:
        case Asked():
            return f"a visitor wanted to {_WISH[told.wish.value]}."
        case Settled():
            return _ended(told)
        case Checkout():
            return f"lent while the line was down; the visitor was told {told.due}."
        case Checkin():
            return "taken back; the visitor was thanked."
        case Lost():
            return f"the station lost its fact {told.seq}."
        case Unswitched():
            return f"its alarm could not be {'armed' if told.armed else 'released'}."


def _ended(told: Settled) -> str:
    match told.outcome:
        case Outcome.ACCEPTED:
            return f"the visitor was told: yours until {told.due}."
        case Outcome.OFFLINE:
            return f"no answer in time; lent by the station's rules until {told.due}."
        case Outcome.REFUSED:
            return f"the visitor was told: no ({told.reason})."
        case Outcome.DROPPED:
            return "nobody was told anything; the question was dropped."


def _settled(made: Decision) -> str:
    kind, _, place = made.key.partition(":")
    station, _, seq = place.split(":", 1)[-1].split(":")
    what = f"{made.by} settled {kind} (fact {seq}, {station}) as {made.action}"
    return f"{what}: {made.reason}"


def _posted(state: str, done_ms: int | None, zone: ZoneInfo) -> str:
    if state == postings.DONE and done_ms is not None:
        return f"The catalogue was told at {_when(done_ms, zone)}."
    return "The catalogue is being told."
