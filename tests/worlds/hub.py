"""The hub of a world: the product's own inbox, ledger, rule and poster, without a thread."""

import shutil
import sqlite3
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

from circulation.identifiers import ItemId
from circulation.signing import KeySigner
from circulation.verdicts import Verdict
from hub import backup
from hub.answers import Answers
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.terms import Rule
from hub.database import open_database
from hub.errors import CatalogueUnavailableError
from hub.forgetting import Forgetting
from hub.inbox import Inbox
from hub.keeping import Message
from hub.poster import Poster
from hub.shelves import Shelves
from tests.worlds.disk import PowerCut

if TYPE_CHECKING:
    from tests.worlds.world import World

LOANS_MAX = 2
"""So few that two stations can lend somebody too many."""
LOOK_MS = 45_000
"""Less often than the real hub looks: whole hours pass in a world."""


class FaultyCatalogue(OwnCatalogue):
    """The real catalogue on a line that is cut: before a call, or after it was done."""

    def __init__(self, engine: Any, hub: "SimHub") -> None:
        super().__init__(engine, rules=(Rule(loans=LOANS_MAX),))
        self._hub = hub

    def _through(self, call: Callable[[], Any]) -> Any:
        self._hub.effect("catalogue asked")
        fault = self._hub.catalogue_fault()
        if fault == "before":
            raise CatalogueUnavailableError("the line is cut")
        answer = call()
        self._hub.effect("catalogue answered")
        if fault == "after":
            raise CatalogueUnavailableError("the answer is lost")
        return answer

    def checkout(self, *args: Any, **how: Any) -> Verdict:
        return self._through(lambda: super(FaultyCatalogue, self).checkout(*args, **how))

    def checkin(self, *args: Any, **how: Any) -> bool:
        return self._through(lambda: super(FaultyCatalogue, self).checkin(*args, **how))

    def renew(self, *args: Any, **how: Any) -> Verdict:
        return self._through(lambda: super(FaultyCatalogue, self).renew(*args, **how))


class Watched(sqlite3.Connection):
    """A connection that tells of each transaction's begin and end, before it happens."""

    tell: Callable[[str], None] = staticmethod(lambda _: None)

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement.startswith("BEGIN"):
            self.tell("begin")
        return super().execute(statement, *values)

    def commit(self) -> None:
        self.tell("commit")
        super().commit()


class Store:
    """One engine for all the hubs of a process, so that each statement is put together once."""

    def __init__(self) -> None:
        self._path = Path()
        self._effect: Callable[[str], None] = lambda _: None

    def of(self, path: Path, effect: Callable[[str], None]) -> Engine:
        """Return the engine on *path*; *effect* is told of each transaction from now on."""
        self.engine.dispose()
        self._path, self._effect = path, effect
        return self.engine

    @cached_property
    def engine(self) -> Engine:
        engine = open_database("sqlite:///of-a-world")
        event.listen(engine, "do_connect", self._connect)
        return engine

    def _tell(self, name: str) -> None:
        self._effect(name)

    def _connect(self, *_given: Any) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, check_same_thread=False, factory=Watched)
        db.tell = self._tell
        return db


STORE = Store()


class SimHub:
    """The hub's program on its database file, which outlives it."""

    def __init__(self, world: "World", template: Path) -> None:
        self._world = world
        self._path = world.folder / "hub.sqlite"
        shutil.copy(template, self._path)
        self.alive = False
        self.left: int | None = None
        self.id = "hub-1"
        self._restores = 0
        self._backup = world.folder / "backup.sqlite"
        self._life = 0

    def effect(self, _name: str) -> None:
        if not self.alive:
            raise PowerCut
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                raise PowerCut

    def catalogue_fault(self) -> str | None:
        world = self._world
        if not world.misfortune or world.rng.random() > world.outage:
            return None
        fault = world.rng.choice(["before", "after"])
        world.count(f"catalogue cut {fault}")
        return fault

    def boot(self) -> None:
        if self.alive:
            return
        self.alive, self.left = True, None
        self._life += 1
        self._world.guarded(self, self._boot)

    def _boot(self) -> None:
        world = self._world
        self.engine = STORE.of(self._path, self.effect)
        self.catalogue = FaultyCatalogue(self.engine, self)
        self.poster = Poster(
            self.engine, self.catalogue, now_ms=lambda: world.now_ms, today=self._today
        )
        self.inbox = Inbox(
            self.engine,
            KeySigner("hub", world.hub_key),
            world.ring,
            hub_id=self.id,
            answers=Answers(self.engine, self.catalogue, world.ring, today=self._today),
            shelves=Shelves(self.engine, lambda: world.now_ms),
            touched=self._touched,
            erase_after_backup=world.backups,
        )
        self.poster.queue_up(self.poster.owed())
        world.broker.hub_subscribed()
        self._look(self._life)

    def _today(self) -> date:
        return datetime.fromtimestamp(self._world.now_ms / 1000, UTC).date()

    def die(self) -> None:
        self.alive = False
        self.engine.dispose()

    def receive(self, topic: str, payload: bytes, *, retained: bool = False) -> None:
        if self.alive:
            self._world.guarded(self, lambda: self._receive(Message(topic, payload, retained)))

    def _receive(self, message: Message) -> None:
        for out in self.inbox.take_all([message], self._world.now_ms):
            self.effect("say")
            self._world.broker.from_hub(out.topic, out.payload, qos=out.qos, retain=out.retain)

    def _touched(self, items: frozenset[str]) -> None:
        self.poster.queue_up(ItemId(item) for item in sorted(items))
        life = self._life
        wait = self._world.rng.randrange(1, 2_000)
        self._world.later(wait, lambda: self._post(life))

    def _post(self, life: int) -> None:
        if self.alive and self._life == life:
            self._world.guarded(self, self.poster.post_waiting)

    def _look(self, life: int) -> None:
        if self.alive and self._life == life:
            self._world.guarded(self, self.poster.look)
            self._world.later(LOOK_MS, lambda: self._look(life))

    def forget(self, items: Iterable[str]) -> None:
        """Forget all that may be forgotten a day later, and fold *items* anew."""
        Forgetting(self.engine, self.catalogue, zone="Europe/Stockholm").run(
            self._world.now_ms + 86_400_000
        )
        self.poster.queue_up(map(ItemId, items))
        self.poster.post_waiting()

    # --- backups -----------------------------------------------------------------------------

    def back_up(self) -> None:
        """Make a backup, and read it back."""
        if self.alive:
            self._world.guarded(self, lambda: backup.backup(self.engine, self._backup))

    def lose_all(self) -> bool:
        """Lose the machine; return whether there is a backup, on which it boots again."""
        if not self._backup.exists():
            return False
        if self.alive:
            self.die()
        for part in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + part).unlink(missing_ok=True)
        shutil.copy(self._backup, self._path)
        self._restores += 1
        self.id = f"hub-{self._restores + 1}"
        return True
