"""A station of a world: the product's own decider, journal and conversation, without a thread."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec

from circulation import messages, signing, topics
from circulation.facts import Fact
from circulation.identifiers import StationId
from circulation.messages import FactBatch
from circulation.signing import KeySigner
from circulation.tags.content import TagContent, Usage
from station.clock import Clock
from station.config import GateSetting
from station.decider import Decider
from station.errors import JournalDamagedError, JournalError
from station.events import ButtonPressed, Place, TagTaken, Tick
from station.journal import Journal
from station.keeping import Badge, Keeper
from station.notebook import Notebook
from station.parts import Note, Parts, TagCame
from station.questions import Questions
from station.readers.gates import PadGates
from station.settings_file import SettingsFile, Trusted
from station.shelf import ShelfStore
from station.uplink.conversation import Conversation
from station.uplink.port import Identity, LineIs, News, NothingOwed
from tests.worlds.disk import Disk, PowerCut
from tests.worlds.network import SimLine

if TYPE_CHECKING:
    from tests.worlds.world import World

ZONE = "Europe/Stockholm"
RECONNECT_MS_MAX = 5_000


class Hands:
    """The machine's clock: as wrong as the world makes it."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.boots = 0
        self._booted_ms = 0
        self.off_ms = 0
        self.known_from_ms = 0

    @property
    def boot(self) -> str:
        return f"boot-{self.boots}"

    def start(self) -> None:
        self.boots += 1
        self._booted_ms = self._world.now_ms

    def mono_ms(self) -> int:
        return self._world.now_ms - self._booted_ms + 1_000

    def wall_ms(self) -> int:
        if not self.synchronised():
            return self.mono_ms() if self.off_ms == 0 else self._world.now_ms + self.off_ms
        return self._world.now_ms

    def synchronised(self) -> bool:
        return self._world.now_ms >= self.known_from_ms


class WatchedJournal(Journal):
    """The journal; the world is told what it was asked to keep, and what it said it had kept."""

    def __init__(self, world: "World", path: Path, **how: Any) -> None:
        self._world = world
        super().__init__(path, **how)

    def record(self, fact: Fact, **beside: Any) -> int:
        key = (self.station, self.epoch, self.newest_seq + 1)
        self._world.tried[key] = fact
        seq = super().record(fact, **beside)
        self._world.told[key] = fact
        return seq


class Silence:
    """The mouth and the lamp of a world in which nobody listens; each sound is an effect."""

    def __init__(self, station: "SimStation") -> None:
        self._station = station

    def say(self, *_: object, **__: object) -> int:
        self._station.effect("say")
        return 0

    def hush(self) -> None:
        self._station.effect("hush")

    def earcon(self, name: str) -> None:
        self._station.effect(f"earcon {name}")

    def volume(self, steps: int) -> None:
        """Change nothing that is heard."""

    def faults(self) -> dict[str, str]:
        return {}

    def show(self, pattern: str) -> None:
        self._station.effect(f"lamp {pattern}")


class SimStation:
    """One station, its disk, its clock and its visitors' hands."""

    def __init__(self, world: "World", number: int, card_key: bytes, key: Any) -> None:
        self._world = world
        self.id = StationId(f"vindeln-{number}")
        self.number = number
        self.card_key = card_key
        self._key: ec.EllipticCurvePrivateKey = key
        self.hands = Hands(world)
        self.folder = world.folder / self.id
        self.folder.mkdir()
        self.epoch = 1
        self.line_up = True
        self.alive = False
        self.left: int | None = None
        """How many effects are left until the plug is pulled."""
        self._lives = 0
        self._line: SimLine | None = None
        self._heard: list[Note] = []
        self.journal: Journal | None = None
        self._disks: list[Disk] = []
        self.disk = self._new_disk()

    def _new_disk(self) -> Disk:
        return self._noted(Disk(self._new_folder(), self.effect, self._world.rng))

    def _noted(self, disk: Disk) -> Disk:
        self._disks.append(disk)
        return disk

    def _new_folder(self) -> Path:
        self._lives += 1
        folder = self.folder / str(self._lives)
        folder.mkdir()
        return folder

    # --- life and death --------------------------------------------------------------------

    def effect(self, _name: str) -> None:
        if not self.alive:
            raise PowerCut
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                raise PowerCut

    def boot(self) -> None:
        """Start as the program does, on what the disk still holds."""
        if self.alive:
            return
        self.alive, self.left, self._heard = True, None, []
        self.hands.start()
        self._world.guarded(self, self._boot)

    def _boot(self) -> None:
        world = self._world
        try:
            self.journal = WatchedJournal(
                world,
                self.disk.folder / "journal.sqlite",
                station=self.id,
                epoch=self.epoch,
                key=world.sealing_key,
                connect=self.disk.connect,
            )
        except JournalDamagedError:
            world.count("journal set aside")
            self.journal = None
        except JournalError as error:
            raise PowerCut from error  # the program ends, and is started again
        floor_ms = self.journal.floor_ms if self.journal else 0
        clock = Clock(ZONE, floor_ms, self.hands)
        badge = Badge(
            station=self.id,
            number=self.number,
            branch="VIN",
            kind="loan",
            kit="simulated-loan",
            version="0",
            portal_url="https://bibliotek.example",
            card_key=self.card_key,
        )
        shelf = ShelfStore(self.folder / "shelf.sqlite")
        keeper = Keeper(badge, self.journal, shelf, clock)
        quiet = Silence(self)
        self._parts = Parts(
            keeper=keeper,
            shelf=shelf,
            notebook=Notebook(self.folder / "notebook.json"),
            clock=clock,
            mouth=quiet,
            lamp=quiet,
            questions=Questions(world.sealing_key),
            gates=PadGates(GateSetting(), self._decide),
            settings=SettingsFile(self.folder, self._trusted()),
            chore=lambda _order: None,
        )
        self.decider = Decider(badge, self._parts)
        try:
            self.decider.begin()
        except JournalError as error:
            raise PowerCut from error
        identity = Identity(
            self.id, "vindeln", KeySigner(self.id, self._key), "hub", world.hub_public
        )
        self.talk = Conversation(
            identity,
            self.journal or NothingOwed(world.now_ms // 1000),
            reporter=self.decider,
            tell=self._hear,
            mono_ms=self.hands.mono_ms,
        )
        self.decider.uplink = self.talk
        self._connect()
        self._tick(self._lives)

    def _trusted(self) -> Trusted:
        topic = topics.topic("vindeln", self.id, topics.SETTINGS)
        return Trusted(topic, "hub", self._world.hub_public, self._world.authority)

    def die(self) -> None:
        """Lose everything but what is on the platter."""
        self.alive = False
        self._close_parts()
        self.disk.off = True
        self.disk = self._noted(self.disk.survivor(self._new_folder(), self.effect))
        self._line = None
        self._world.broker.lost(self.id)

    def close(self) -> None:
        """Let go of every disk that it ever had: a night of worlds fits in no memory else."""
        if self.alive:
            self.die()
        for disk in self._disks:
            disk.close()

    def _close_parts(self) -> None:
        if parts := getattr(self, "_parts", None):
            parts.shelf.close()
            parts.notebook.close()

    def new_card(self) -> Disk:
        """Put an empty card in, with the next epoch; return the old one for the bench."""
        old, self.disk = self.disk, self._new_disk()
        self.epoch += 1
        self.journal = None
        return self._noted(old.survivor(self._new_folder(), lambda _: None))

    def read_on_bench(self, epoch: int, disk: Disk) -> None:
        """Bring the facts of an old card to the hub, as the bench does."""
        journal = Journal(
            disk.folder / "journal.sqlite",
            station=self.id,
            epoch=epoch,
            key=self._world.sealing_key,
            connect=disk.connect,
        )
        topic = topics.topic("vindeln", self.id, topics.FACTS)
        signer = KeySigner(self.id, self._key)
        for seq, raw in journal.owed_after(0, 10_000):
            batch = messages.encode(FactBatch(epoch=epoch, first=seq, envelopes=[raw]))
            self._world.hub.receive(topic, signing.wrap(topic, batch, signer))
        journal.close()

    # --- the line --------------------------------------------------------------------------

    def _connect(self) -> None:
        # Without a line nobody reads a will; to sign one for nothing costs a world its time.
        broker = self._world.broker
        self._line = broker.connect(self, self.talk.will()) if broker.reachable(self) else None
        if self._line is None:
            self._again()
        else:
            self.talk.begin(self._line)
            self._decide_heard()

    def _again(self) -> None:
        life = self._lives
        self._world.later(
            self._world.rng.randrange(200, RECONNECT_MS_MAX), lambda: self._reconnect(life)
        )

    def _reconnect(self, life: int) -> None:
        if self.alive and self._lives == life and (self._line is None or not self._line.open):
            self._world.guarded(self, self._connect)

    def line_lost(self) -> None:
        """Hear that the line is gone."""
        if self.alive and self._line is not None:
            self._world.broker.lost(self.id)
            self._line = None
            self._world.guarded(self, self._end_line)
            self._again()

    def _end_line(self) -> None:
        self.talk.end()
        self._decide_heard()

    def carry(self) -> None:
        """Send what is due, as the uplink's thread does when it wakes."""
        if self.alive and self._line is not None:
            self._world.guarded(self, self.talk.send_due)
            if self.alive and self.talk.fruitless():
                self.line_lost()

    def hears(self, line: SimLine, topic: str, payload: bytes) -> None:
        if self.alive and line is self._line:
            self._world.guarded(self, lambda: self._take(topic, payload))

    def _take(self, topic: str, payload: bytes) -> None:
        self.talk.take(topic, payload)
        self.talk.send_due()
        self._decide_heard()

    def _hear(self, news: News) -> None:
        self._heard.append(news)

    def _decide_heard(self) -> None:
        while self._heard:
            note = self._heard.pop(0)
            if isinstance(note, LineIs):
                self._world.count(f"line {'up' if note.up else 'down'}")
            self._decide(note)

    # --- visitors --------------------------------------------------------------------------

    def card(self, number: str) -> None:
        content = TagContent(
            uid=f"c{number}",
            format="28560-3",
            number=number,
            usage=Usage.PATRON_CARD,
            crc_held=True,
        )
        self.happens(TagCame(Place.CARD, content, 0.0))
        self.happens(TagTaken(place=Place.CARD, uid=content.uid))

    def book(self, item: str) -> None:
        content = TagContent(
            uid=f"b{item}", format="28560-3", number=item, usage=Usage.CIRCULATING, crc_held=True
        )
        self.happens(TagCame(Place.PAD, content, 0.0))

    def lift(self, item: str) -> None:
        self.happens(TagTaken(place=Place.PAD, uid=f"b{item}"))

    def press(self, button: str) -> None:
        if self.alive and button in {each.id for each in self.decider.screen().buttons}:
            self.happens(ButtonPressed(button=button))

    def happens(self, note: Note) -> None:
        if self.alive:
            self._world.guarded(self, lambda: self._decide(note))

    def _decide(self, note: Note) -> None:
        self.decider.decide(note)
        if (end_ms := self._parts.questions.next_end_ms()) is not None:
            life = self._lives
            wait = max(end_ms - self.hands.mono_ms(), 1)
            self._world.later(wait, lambda: self._lives == life and self.happens(Tick()))

    def _tick(self, life: int) -> None:
        if self.alive and self._lives == life:
            self.happens(Tick())
            self.carry()
            self._world.later(self._world.tick_ms, lambda: self._tick(life))
