"""What must hold when the storm is over, in words that a librarian would use."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from circulation import cards
from circulation.facts import Asked, Checkin, Checkout, Fact, Outcome, Settled, Wish
from circulation.identifiers import CardNumber, ItemId
from hub import exceptions
from hub.catalogue import tables as catalogue
from hub.reconcile import CATALOGUE, Happening, Kind, reconcile
from hub.tables import fact, posting, quarantine
from tests.hub.catalogue.cast import CARDS as CAST
from tests.hub.catalogue.cast import PATRONS
from tests.worlds import oracle
from tests.worlds.gaps import gaps
from tests.worlds.incidents import CARDS, ITEMS
from tests.worlds.world import World

if TYPE_CHECKING:
    from tests.worlds.stations import SimStation

Key = tuple[str, int, int]


def broken(world: World) -> Iterator[str]:
    """Yield a sentence for each promise that *world* has broken."""
    yield from told_facts_are_in_the_ledger_once(world)
    yield from nothing_is_owed(world)
    yield from the_catalogue_is_as_the_facts_say(world)
    yield from every_write_was_made_once(world)
    yield from every_broken_rule_is_on_the_desk(world)
    yield from world.gaps_before_bench
    yield from gaps(world)
    for station in world.stations:
        yield from a_stolen_station_tells_nothing(station)
    yield from what_came_back_is_forgotten_and_nothing_else_changes(world)


def ledger(world: World) -> dict[Key, list[Fact]]:
    with world.hub.engine.connect() as db:
        rows = db.execute(select(fact)).all()
    found: dict[Key, list[Fact]] = {}
    for row in rows:
        found.setdefault((row.station, row.epoch, row.seq), []).append(row)
    return found


def told_facts_are_in_the_ledger_once(world: World) -> Iterator[str]:
    entered = ledger(world)
    for key in world.told:
        rows = entered.get(key, [])
        if len(rows) != 1:
            yield f"{key} was told to a visitor, and is in the ledger {len(rows)} times"
        elif rows[0].rank is None:
            yield f"{key} was told to a visitor, and still waits for the facts before it"
    for key in entered.keys() - world.tried.keys():
        yield f"{key} is in the ledger, and no station has made it"


def nothing_is_owed(world: World) -> Iterator[str]:
    for station in world.stations:
        if station.journal is not None and station.journal.owed:
            yield f"{station.id} still owes {station.journal.owed} facts"
    if waiting := world.hub.poster.owed():
        yield f"{waiting} are still to be posted"


# --- an oracle that has never heard of a ledger ---------------------------------------------


def happenings(world: World) -> dict[str, list[Happening]]:
    """Return what happened to each item, by what the stations wrote and the catalogue's log."""
    told: dict[str, list[Happening]] = {item: [] for item in ITEMS}
    entered = ledger(world)
    with world.hub.engine.connect() as db:
        log = db.execute(select(catalogue.catalogue_event)).all()
    granted = {row.posting: (row.version, row.at_ms, row.due) for row in log if row.posting}
    lanes: dict[str, list[tuple[Key, Fact]]] = {}
    for key in sorted(entered):
        lanes.setdefault(key[0], []).append((key, world.tried[key]))
    for lane in lanes.values():
        rank, epoch = 0, 0
        for key, each in lane:
            rank, epoch = (rank if key[1] == epoch else 0), key[1]
            at_ms = _known_time(each, lane, key)
            rank = max(rank, at_ms) if at_ms is not None else rank or _no_later(each, lane, key)
            made = _happening(key, each, rank, at_ms is not None, world, entered, granted)
            if made is not None:
                told[made[0]].append(made[1])
    for row in log:
        if row.posting is None:
            kind = {"lent": Kind.LOAN, "returned": Kind.RETURN, "renewed": Kind.RENEWAL}[row.change]
            told[row.item].append(
                Happening(
                    station=CATALOGUE,
                    epoch=0,
                    seq=row.version,
                    hash="",
                    kind=kind,
                    rank=row.at_ms,
                    trusted=True,
                    patron=row.patron,
                    due=row.due,
                )
            )
    return told


def _known_time(each: Fact, lane: list[tuple[Key, Fact]], key: Key) -> int | None:
    """Return when *each* happened, by its own clock or by what its boot knew sooner or later."""
    if each.at.trusted:
        return each.at.wall_ms
    knew = [
        (other_key[2] < key[2], abs(other_key[2] - key[2]), other.at)
        for other_key, other in lane
        if other.at.trusted and other.at.boot == each.at.boot and other_key[1] == key[1]
    ]
    if not knew:
        return None
    _, _, at = min(knew, key=lambda found: found[:2])
    return at.wall_ms + each.at.mono_ms - at.mono_ms


def _no_later(each: Fact, lane: list[tuple[Key, Fact]], key: Key) -> int:
    """Return when the first of a card was at the latest: by its clock, or by what followed."""
    followed = (
        _known_time(other, lane, other_key) for other_key, other in lane if other_key[1] == key[1]
    )
    return min([each.at.wall_ms, *(at_ms for at_ms in followed if at_ms is not None)])


def _happening(
    key: Key,
    each: Fact,
    rank: int,
    trusted: bool,
    world: World,
    entered: dict[Key, list[Fact]],
    granted: dict[str, tuple[int, int, date | None]],
) -> tuple[str, Happening] | None:
    station, epoch, seq = key
    hash_ = entered[key][0].hash
    at = {
        "station": station,
        "epoch": epoch,
        "seq": seq,
        "hash": hash_,
        "rank": rank,
        "trusted": trusted,
    }
    match each:
        case Checkout():
            patron = _patron(each.card)
            return each.item, Happening(
                kind=Kind.LOAN,
                patron=patron,
                due=each.due,
                seen=each.seen,
                told="checkout",
                **at,
            )
        case Checkin():
            return each.item, Happening(kind=Kind.RETURN, seen=each.seen, **at)
        case Settled(outcome=Outcome.ACCEPTED | Outcome.OFFLINE):
            asked = world.tried[(station, epoch, each.asked)]
            assert isinstance(asked, Asked)
            posted = entered[(station, epoch, each.asked)][0].hash
            posting = f"{station}/{epoch}/{each.asked}/{posted[:16]}"
            kind = Kind.LOAN if asked.wish is Wish.LOAN else Kind.RENEWAL
            version, at_ms, due = granted.get(posting, (0, 0, None))
            if version and not trusted:
                at |= {"rank": at_ms, "trusted": True}
            seen = max(asked.seen, version)
            return asked.item, Happening(
                kind=kind,
                patron=_patron(asked.card),
                due=max(filter(None, (each.due, due)), default=None),
                seen=seen,
                told=each.outcome.value,
                **at,
            )
    return None


def _patron(card: str) -> str | None:
    return CAST[card][0] if card in CAST else None


def the_catalogue_is_as_the_facts_say(world: World) -> Iterator[str]:
    for item, told in happenings(world).items():
        standing = world.hub.catalogue.item(ItemId(item))
        if standing is None:
            continue
        wanted = reconcile(told).holder
        loan = standing.loan
        says: tuple[str, date] | None = (loan.patron, loan.due) if loan else None
        should = (wanted.patron, wanted.due) if wanted else None
        if says != should:
            yield f"{item} is with {says} in the catalogue, and with {should} by the facts"


def every_write_was_made_once(world: World) -> Iterator[str]:
    with world.hub.engine.connect() as db:
        log = db.execute(
            select(catalogue.catalogue_event).order_by(catalogue.catalogue_event.c.version)
        ).all()
        recorded = set(db.scalars(select(posting.c.id)))
    for row in log:
        if row.posting and row.posting not in recorded:
            yield f"{row.posting} was written to the catalogue, and no record was made before"
    made = Counter((row.posting, row.change) for row in log if row.posting)
    for (name, change), times in made.items():
        if times > 1:
            yield f"{name} was posted as {change} {times} times"
    holder: dict[str, str | None] = {}
    for row in log:
        if row.change == "lent" and holder.get(row.item):
            yield f"{row.item} was lent twice in the catalogue (entry {row.version})"
        if row.change == "returned" and not holder.get(row.item):
            yield f"{row.item} was taken back twice in the catalogue (entry {row.version})"
        holder[row.item] = None if row.change == "returned" else row.patron


def every_broken_rule_is_on_the_desk(world: World) -> Iterator[str]:
    should, lives = set(), happenings(world)
    for item, told in lives.items():
        if item == "B-GONE":
            should |= {_key("unknown_item", item, each) for each in told}
            continue
        for each in reconcile(told).exceptions:
            if each.happening.station != CATALOGUE:
                should.add(each.key(item))
    should |= set(oracle.broken_rules(world, lives, _cards(world)))
    judged = {exceptions.FOLD, exceptions.HOLDS, exceptions.LIMITS}
    with world.hub.engine.connect() as db:
        open_ones = {e.key for e in exceptions.open_exceptions(db) if e.source in judged}
    for key in sorted(should - open_ones):
        yield f"{key} is on nobody's desk"
    for key in sorted(open_ones - should):
        yield f"{key} is on the desk, and nothing broke it"


def _cards(world: World) -> dict[str, str]:
    """Return which card was shown, by the place of each loan."""
    shown: dict[str, str] = {}
    for (station, epoch, seq), each in world.tried.items():
        if isinstance(each, Settled):
            asked = world.tried[(station, epoch, each.asked)]
            assert isinstance(asked, Asked)
            shown[f"{station}:{epoch}:{seq}"] = asked.card
        elif isinstance(each, Checkout):
            shown[f"{station}:{epoch}:{seq}"] = each.card
    return shown


def _key(kind: str, item: str, by: Happening) -> str:
    return f"{kind}:{item}:{by.station}:{by.epoch}:{by.seq}"


def torn_messages_are_kept(world: World) -> int:
    """Return how many messages the hub could not read and has kept."""
    with world.hub.engine.connect() as db:
        return len(db.execute(select(quarantine)).all())


def a_stolen_station_tells_nothing(station: "SimStation") -> Iterator[str]:
    """Look for a row in which a card and an item meet, with every key of the station at hand."""
    tokens = {cards.token(CardNumber(card), station.card_key) for card in CARDS}
    known_cards, items = tokens | set(CARDS), set(ITEMS)
    for path in station.disk.folder.glob("journal.sqlite*"):
        body = path.read_bytes()
        for word in (w for w in (*CARDS, *ITEMS) if len(w) > 4):  # shorter ones occur by chance
            if word.encode() in body:
                yield f"{station.id}: {word} can be read in {path.name}"
    for path in station.disk.folder.glob("journal.sqlite"):
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        for (table,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall():
            for row in db.execute(f"SELECT * FROM {table}"):
                words = {str(value) for value in row}
                if words & known_cards and words & items:
                    yield f"{station.id}: a row of {table} has a card and an item"
        db.close()


def what_came_back_is_forgotten_and_nothing_else_changes(world: World) -> Iterator[str]:
    """Let the hub forget, fold every item anew, and look who is still named."""
    before = _standing(world)
    world.hub.forget(ITEMS)
    if (after := _standing(world)) != before:
        yield f"forgetting has changed what stands: {before} became {after}"
    out = {item: loan for item, loan, *_ in after[0]}
    with world.hub.engine.connect() as db:
        rows = db.execute(select(fact.c.item, fact.c.card, fact.c.body, fact.c.envelope)).all()
        log = db.execute(select(catalogue.catalogue_event)).all()
    for row in rows:
        who = _patron(row.card) if row.card else None
        if who and who != out.get(row.item) and row.item != "B-GONE":
            yield f"the ledger still names who had {row.item}"
        forgotten = bool(row.card) and row.card.startswith("~")
        if forgotten and (row.envelope or any(card in str(row.body) for card in CARDS)):
            yield f"the sealed or opened fact still names who had {row.item}"
    for row in log:
        if row.patron in PATRONS and row.patron != out.get(row.item) and row.item in _lent(rows):
            yield f"the catalogue's log still names who had {row.item}"


def _lent(rows: list[Any]) -> set[str]:
    """Return the items of which something is forgotten, as facts and not staff alone had them."""
    return {row.item for row in rows if row.card and row.card.startswith("~")}


def _standing(world: World) -> tuple[list[Any], list[str], int]:
    loans = []
    for item in ITEMS:
        standing = world.hub.catalogue.item(ItemId(item))
        loan = standing.loan if standing else None
        loans.append((item, loan.patron if loan else None, loan.due if loan else None))
    with world.hub.engine.connect() as db:
        keys = sorted(each.key for each in exceptions.open_exceptions(db))
        return loans, keys, len(db.execute(select(posting.c.id)).all())
