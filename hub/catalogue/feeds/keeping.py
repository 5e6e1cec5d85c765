"""Copies, patrons and cards: what is known of them, and the differences of a feed kept."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from msgspec import structs
from sqlalchemy import Column, Connection, Engine, Table, bindparam, delete, select, update

from circulation.identifiers import CardNumber, ItemId, PatronId
from hub.catalogue import log, pins, tables
from hub.catalogue.feeds.difference import Difference
from hub.catalogue.feeds.lines import CardLine, ItemLine, PatronLine
from hub.catalogue.log import Write
from hub.catalogue.policy import STATE_GOOD
from hub.catalogue.port import StandingChange
from hub.catalogue.upsert import enter_new, enter_or_replace
from hub.database import reading

_HASHING_THREADS = 2
Kept = Sequence[str]
"""What of what is gone stays, as something hangs on it."""


def items(db: Connection) -> dict[str, ItemLine]:
    """Return every copy."""
    rows = db.execute(select(tables.item))
    return {
        row.id: ItemLine(
            item=row.id,
            title=row.title,
            branch=row.branch,
            usage=row.usage,
            tag=row.tag,
            shelf=row.shelf,
        )
        for row in rows
    }


def unfit_item(db: Connection, lines: Iterable[ItemLine]) -> dict[str, str]:
    """Return why some of *lines* cannot be kept, by copy."""
    titles = set(db.scalars(select(tables.title.c.control_number)))
    places = set(db.scalars(select(tables.branch.c.code)))
    found = {}
    for line in lines:
        if line.title not in titles:
            found[line.item] = f"there is no title {line.title!r}; import its record first"
        elif line.branch not in places:
            found[line.item] = f"there is no library {line.branch!r}"
    return found


def keep_items(db: Connection, found: Difference[ItemLine], write: Write) -> Kept:
    """Enter, alter and withdraw copies; one that is out or waited for stays."""
    rows = [_item(line) for line in (*found.new, *(after for _, after in found.changed))]
    enter_or_replace(db, tables.item, "id", rows)
    _note(db, StandingChange.ENTERED, found.new, write)
    for before, after in found.changed:
        if before.branch != after.branch:
            log.note(db, StandingChange.MOVED, write, item=ItemId(after.item), title=after.title)
    busy = _naming(db, tables.loan.c.item, tables.hold.c.item, tables.transit.c.item)
    gone = [line for line in found.gone if line.item not in busy]
    _delete(db, tables.item, tables.item.c.id, [line.item for line in gone])
    _note(db, StandingChange.WITHDRAWN, gone, write)
    return [line.item for line in found.gone if line.item in busy]


def _note(db: Connection, change: StandingChange, lines: Iterable[ItemLine], write: Write) -> None:
    told = [{"item": line.item, "title": line.title} for line in lines]
    log.note_all(db, change, write, told)


def _item(line: ItemLine) -> dict[str, Any]:
    return {
        {"item": "id"}.get(name, name): value for name, value in structs.asdict(line).items()
    }  # fmt: skip


def patrons(db: Connection) -> dict[str, PatronLine]:
    """Return every patron, without what a PIN could be found from."""
    entitled = set(db.scalars(select(tables.entitlement.c.patron)))
    return {
        row.id: PatronLine(
            patron=row.id,
            name=row.name,
            birth_year=row.birth_year,
            kind=row.kind,
            state=row.state,
            language=row.language,
            municipality=row.municipality,
            fees_ore=row.fees_ore,
            entitled=row.id in entitled,
        )
        for row in db.execute(select(tables.patron))
    }


def without_pins(lines: Mapping[str, PatronLine]) -> dict[str, PatronLine]:
    """Return *lines* as `patrons` would: who is known keeps the PIN they have."""
    return {key: structs.replace(line, pin="", pin_hash="") for key, line in lines.items()}


def keep_patrons(
    db: Connection, found: Difference[PatronLine], told: Mapping[str, PatronLine], write: Write
) -> Kept:
    """Enter and alter patrons; who is gone and owes nothing is taken away, others stay.

    Who is new has the hash of a PIN that is *told* of them; without one they sign in with none.
    """
    new = [_patron(line) | {"pin_hash": told[line.patron].pin_hash} for line in found.new]
    enter_new(db, tables.patron, new)
    for before, after in found.changed:
        db.execute(
            update(tables.patron).where(tables.patron.c.id == after.patron).values(_patron(after))
        )
        if (before.state == STATE_GOOD) != (after.state == STATE_GOOD):
            lifted = after.state == STATE_GOOD
            change = StandingChange.LIFTED if lifted else StandingChange.BLOCKED
            log.note(db, change, write, patron=PatronId(after.patron))
    _entitle(db, [*found.new, *(after for _, after in found.changed)])
    busy = _naming(db, tables.loan.c.patron, tables.hold.c.patron, tables.loan_card.c.patron)
    gone = [line.patron for line in found.gone if line.patron not in busy]
    _delete(db, tables.entitlement, tables.entitlement.c.patron, gone)
    _delete(db, tables.patron, tables.patron.c.id, gone)
    return [line.patron for line in found.gone if line.patron in busy]


def _patron(line: PatronLine) -> dict[str, Any]:
    told = structs.asdict(line)
    return {"id": line.patron} | {
        name: value
        for name, value in told.items()
        if name not in {"patron", "entitled", "pin", "pin_hash"}
    }


def with_hashes(engine: Engine, lines: Mapping[str, PatronLine]) -> dict[str, PatronLine]:
    """Return *lines* with the hash of each PIN of who is not known yet, as it is kept."""
    with reading(engine) as db:
        known = set(db.scalars(select(tables.patron.c.id)))
    plain = [key for key, line in lines.items() if line.pin and not line.pin_hash]
    new = [key for key in plain if key not in known]
    with ThreadPoolExecutor(_HASHING_THREADS, "pins") as pool:
        hashes = pool.map(pins.HASHER.hash, [lines[key].pin for key in new])
        hashed = dict(zip(new, hashes, strict=True))
    return {
        key: structs.replace(line, pin="", pin_hash=hashed.get(key, line.pin_hash))
        for key, line in lines.items()
    }


def _entitle(db: Connection, lines: Sequence[PatronLine]) -> None:
    entitled = _naming(db, tables.entitlement.c.patron)
    no_more = [line.patron for line in lines if not line.entitled and line.patron in entitled]
    _delete(db, tables.entitlement, tables.entitlement.c.patron, no_more)
    rows = [{"patron": line.patron} for line in lines if line.entitled]
    enter_new(db, tables.entitlement, rows)


def cards(db: Connection) -> dict[str, CardLine]:
    """Return every card."""
    return {
        row.number: CardLine(card=row.number, patron=row.patron, state=row.state, uid=row.uid)
        for row in db.execute(select(tables.loan_card))
    }


def with_patrons(lines: Mapping[str, CardLine]) -> dict[str, CardLine]:
    """Return *lines*, each with a patron: one of its own where it names none."""
    return {key: structs.replace(line, patron=line.patron or key) for key, line in lines.items()}


def unfit_card(db: Connection, lines: Iterable[CardLine]) -> dict[str, str]:
    """Return why some of *lines* cannot be kept, by card."""
    people = set(db.scalars(select(tables.patron.c.id)))
    return {
        line.card: "it names a patron who is not there; feed the patrons first"
        for line in lines
        if line.patron != line.card and line.patron not in people
    }


def keep_cards(db: Connection, found: Difference[CardLine], write: Write) -> Kept:
    """Enter, alter and take away cards."""
    lines = [*found.new, *(after for _, after in found.changed)]
    alone = [PatronLine(patron=line.card) for line in lines if line.patron == line.card]
    enter_new(db, tables.patron, [_patron(line) | {"pin_hash": ""} for line in alone])
    rows = [
        {"number": line.card, "patron": line.patron, "state": line.state, "uid": line.uid}
        for line in lines
    ]
    enter_or_replace(db, tables.loan_card, "number", rows)
    for before, after in found.changed:
        if (before.state == STATE_GOOD) != (after.state == STATE_GOOD):
            good = after.state == STATE_GOOD
            change = StandingChange.FOUND if good else StandingChange.LOST
            log.note(db, change, write, card=CardNumber(after.card))
    _delete(db, tables.loan_card, tables.loan_card.c.number, [line.card for line in found.gone])
    return []


def _naming(db: Connection, *columns: Column[Any]) -> set[str]:
    return {value for column in columns for value in db.scalars(select(column)) if value}


def _delete(db: Connection, table: Table, key: Column[Any], values: Sequence[str]) -> None:
    if values:
        this = delete(table).where(key == bindparam("this"))
        db.execute(this, [{"this": value} for value in values])


def plain(line: msgspec.Struct) -> dict[str, Any]:
    """Return *line* as a CSV file has it."""
    told = msgspec.to_builtins(line)
    return {name: "" if value is None else value for name, value in told.items()}
