"""What happens to a region in a world's hours, each with dice of its own.

An incident that is left out changes nothing of what the others do: so a story can be made short.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId
from hub.catalogue.staff import StaffDesk
from hub.errors import CatalogueUnavailableError
from tests.worlds.disk import PowerCut

if TYPE_CHECKING:
    from tests.worlds.world import World

HOURS_MS = 20 * 60_000
ROUND_MS = 4 * 60_000
"""How long the region goes on each time that too little has happened."""
VISITS, MORE_VISITS, ROUND_VISITS = 56, 12, 12
CARDS = ("K-ANNA", "K-BO", "K-CHILD", "K-BLOCKED", "K-NOBODY")
ITEMS = ("B-1", "B-2", "B-MAP", "B-FILM", "B-REF", "B-GONE")

What = Callable[["World", random.Random], None]


@dataclass(frozen=True)
class Incident:
    """Something that happens *at_ms* after the region has begun."""

    number: int
    at_ms: int
    what: What
    dice: str

    def happens(self, world: "World") -> None:
        self.what(world, random.Random(self.dice))


def plan(seed: int, *, backups: bool) -> list[Incident]:
    """Return what is to happen under *seed*."""
    rng = random.Random(f"plan {seed}")
    kinds: list[What] = [visit] * VISITS
    kinds += [plug_pulled] * rng.randrange(7, 10)
    kinds += [line_cut] * rng.randrange(2, 5)
    kinds += [broker_dies] * rng.randrange(1, 3)
    kinds += [staff_meddle] * rng.randrange(4)
    kinds += [clock_jumps] * rng.randrange(2)
    kinds += [card_replaced] * rng.randrange(2)
    kinds += [card_fills] * rng.randrange(2)
    if backups:
        kinds += [backed_up] * 3 + [hub_lost] * rng.randrange(2)
    told = [
        Incident(number, rng.randrange(HOURS_MS), what, f"{seed} {number}")
        for number, what in enumerate(kinds)
    ]
    # Dice of their own: who may borrow what changes nothing of when plugs are pulled.
    rng = random.Random(f"rules {seed}")
    kinds = [staff_block] * rng.randrange(5) + [staff_hold] * rng.randrange(2, 9)
    # Whom a block turns away makes no fact, so that more must come.
    kinds += [visit] * MORE_VISITS
    return told + [
        Incident(number, rng.randrange(HOURS_MS), what, f"{seed} {number}")
        for number, what in enumerate(kinds, start=len(told))
    ]


def more(seed: int, turn: int) -> list[Incident]:
    """Return what is to happen in the minutes that are added the *turn*th time."""
    rng = random.Random(f"more {seed} {turn}")
    kinds: list[What] = [visit] * ROUND_VISITS + [plug_pulled] * 2
    return [
        Incident(number, rng.randrange(ROUND_MS), what, f"{seed} {number}")
        for number, what in enumerate(kinds, start=1_000 * turn)
    ]


def visit(world: "World", rng: random.Random) -> None:
    station = rng.choice(world.stations)
    items = rng.sample(ITEMS, rng.randrange(1, 4))
    at = 0
    if rng.random() < 0.55:
        card = rng.choices(CARDS, (5, 5, 2, 1, 1))[0]
        world.say(f"{station.id}: a visitor with card {card} and {' '.join(items)}")
        station.card(card)
        at = rng.randrange(200, 4_000)
    else:
        world.say(f"{station.id}: {' '.join(items)} come back")
    for item in items:
        world.later(at, lambda item=item: station.book(item))
        at += rng.randrange(50, 1_500)
    at += rng.randrange(500, 6_000)
    world.later(at, lambda: station.press("done"))
    world.later(at + 500, lambda: station.press("done"))
    for item in items:
        world.later(at + 1_000, lambda item=item: station.lift(item))


def plug_pulled(world: "World", rng: random.Random) -> None:
    who = rng.choice([*world.stations, world.hub])
    world.say(f"the plug of {who.id} is about to be pulled")
    who.left = rng.randrange(1, 25)


def line_cut(world: "World", rng: random.Random) -> None:
    station = rng.choice(world.stations)
    world.say(f"the line of {station.id} is cut")
    world.count("line cut")
    station.line_up = False
    station.line_lost()

    def mended() -> None:
        station.line_up = True

    world.later(rng.randrange(10_000, HOURS_MS // 3), mended)


def broker_dies(world: "World", rng: random.Random) -> None:
    world.say("the broker dies")
    world.broker.die()
    world.later(rng.randrange(1_000, 120_000), world.broker.rise)


def clock_jumps(world: "World", rng: random.Random) -> None:
    station = rng.choice(world.stations)
    world.say(f"the clock of {station.id} jumps")
    world.count("clock jumped")
    station.hands.off_ms = rng.choice([-1, 1]) * rng.randrange(3_600_000, 10**11)
    station.hands.known_from_ms = world.now_ms + rng.randrange(HOURS_MS // 2)


def card_replaced(world: "World", rng: random.Random) -> None:
    station = rng.choice(world.stations)
    if station.alive:
        station.die()
    world.say(f"the memory card of {station.id} is replaced")
    world.count("card replaced")
    world.old_cards.append((station, station.epoch, station.new_card()))
    world.later(rng.randrange(1_000, 60_000), station.boot)


def card_fills(world: "World", rng: random.Random) -> None:
    station = rng.choice(world.stations)
    world.say(f"the memory card of {station.id} is nearly full")
    world.count("card full")
    station.disk.free_bytes = rng.randrange(40_000)

    def room_again() -> None:
        station.disk.free_bytes = None

    world.later(rng.randrange(60_000, HOURS_MS // 2), room_again)


def backed_up(world: "World", _rng: random.Random) -> None:
    world.say("a backup is made")
    world.count("backed up")
    world.hub.back_up()


def hub_lost(world: "World", rng: random.Random) -> None:
    if world.hub.lose_all():
        world.say("the hub's machine is lost, and restored from the backup")
        world.count("hub restored")
        world.later(rng.randrange(1_000, 120_000), world.hub.boot)


def staff_meddle(world: "World", rng: random.Random) -> None:
    if not world.hub.alive:
        return
    item = rng.choice(ITEMS[:3])
    world.count("staff meddled")
    if rng.random() < 0.5:
        card = rng.choice(CARDS[:2])
        world.say(f"staff lend {item} at their own desk")
        _at_desk(world, lambda desk, at: desk.lend(ItemId(item), CardNumber(card), at_ms=at))
    else:
        world.say(f"staff take {item} back at their own desk")
        _at_desk(world, lambda desk, at: desk.take_back(ItemId(item), BranchCode("VIN"), at_ms=at))


def staff_block(world: "World", rng: random.Random) -> None:
    if not world.hub.alive:
        return
    patron, card = rng.choice([("anna", "K-ANNA"), ("bo", "K-BO")])
    world.count("card blocked")
    if rng.random() < 0.7:
        world.say(f"staff block {patron}, or lift the block")
        _at_desk(
            world,
            lambda desk, at: (
                desk.block(PatronId(patron), at_ms=at) or desk.lift(PatronId(patron), at_ms=at)
            ),
        )
    else:
        world.say(f"card {card} is lost, or found again")
        _at_desk(
            world,
            lambda desk, at: (
                desk.lose(CardNumber(card), at_ms=at) or desk.find(CardNumber(card), at_ms=at)
            ),
        )


def staff_hold(world: "World", rng: random.Random) -> None:
    if not world.hub.alive:
        return
    title = rng.choice(["t-novel", "t-novel", "t-map"])
    patron, what = PatronId(rng.choice(["anna", "bo", "child"])), rng.random()
    world.count("queue changed")
    if what < 0.6:
        world.say(f"{patron} begins to wait for {title}")
        _at_desk(world, lambda desk, at: desk.reserve(title, patron, BranchCode("VIN"), at_ms=at))
    elif what < 0.8:
        world.say(f"{patron} waits for {title} no more")
        _at_desk(world, lambda desk, at: desk.cancel(title, patron, at_ms=at))
    else:
        item = ItemId(rng.choice(["B-1", "B-2", "B-MAP"]))
        world.say(f"staff look for {item}, to put it on the hold shelf")
        _at_desk(world, lambda desk, at: desk.trap(item, at_ms=at))


def _at_desk(world: "World", what: Callable[[StaffDesk, int], object]) -> None:
    try:
        what(StaffDesk(world.hub.engine), world.now_ms)
    except (PowerCut, CatalogueUnavailableError):
        world.guarded(world.hub, lambda: world.hub.effect("staff"))
