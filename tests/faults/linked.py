"""A station's journal and uplink, a bad line, a real broker, and a hub's line, inbox and ledger."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from circulation import envelopes
from circulation.messages import State
from hub import line as hub_line
from hub.line import Line
from station.journal import Journal
from station.shelf import ShelfStore
from station.uplink.connection import Address
from station.uplink.port import Identity, LineIs, News
from station.uplink.uplink import Uplink
from tests.brokers import RunningBroker, running_broker
from tests.faults import accepter
from tests.faults.proxy import BadLine, bad_line
from tests.faults.recorder import FACT
from tests.hub.rig import HUB_KEY, KEY, NOW_MS

WAIT_SECONDS_MAX = 40.0


class Plain:
    """A station with an empty shelf."""

    settings_version = -1

    def __init__(self, folder: Path) -> None:
        self.shelf = ShelfStore(folder / "shelf.sqlite")

    def state(self, connection: int) -> State:
        return State(alive=True, connection=connection, epoch=1)


class Linked:
    """All of them, running."""

    def __init__(
        self, folder: Path, broker: RunningBroker, way: tuple[str, int], make: type[Uplink] = Uplink
    ) -> None:
        """Let the hub use *broker* itself, and the station what answers at *way*."""
        accepter.make_database(folder)
        self.hub = accepter.ReopenedHub(folder)
        station = self.hub.enrol(accepter.STATION, "VIN", 1)
        self.told: list[str] = []
        self._heard_up = False
        self._at_broker = hub_line.Address("127.0.0.1", broker.port, "hub", ["vindeln"])
        self.hub_comes()
        path = folder / "journal.sqlite"
        self.journal = Journal(path, station=station.id, epoch=1, key=KEY)
        self.well = Plain(folder)
        self.uplink = make(
            Identity(station.id, "vindeln", station.signer, "hub", HUB_KEY.public_key()),
            Address(*way, station.id),
            self.journal,
            reporter=self.well,
            tell=self._hear,
            mono_ms=lambda: time.monotonic_ns() // 1_000_000,
        )
        self.uplink.start()

    def hub_comes(self) -> None:
        """Let the hub listen."""
        self._hub_line = Line(
            self._at_broker,
            lambda messages: self.hub.inbox.take_all(messages, NOW_MS),
        )
        self._hub_line.start()

    def hub_goes(self) -> None:
        """Let the hub be away; its broker drops what comes meanwhile."""
        self._hub_line.stop()

    def _hear(self, news: News) -> None:
        if isinstance(news, LineIs):
            self._heard_up = news.up

    def record(self, count: int) -> None:
        """Tell *count* visitors that their books are back."""
        for _ in range(count):
            seq = self.journal.record(FACT)
            self.told.append(envelopes.digest(self.journal.envelope(seq)))
            self.uplink.talk.nudge()

    def until_line_is(self, *, up: bool, seconds: float = WAIT_SECONDS_MAX) -> float:
        """Return how many seconds it took the station to count the line as *up*, or as down."""
        begun = time.monotonic()
        while self._heard_up != up:
            assert time.monotonic() - begun < seconds, f"never {up=} in {seconds} s"
            time.sleep(0.02)
        return time.monotonic() - begun

    def until_nothing_is_owed(self) -> None:
        """Return when the hub has acknowledged every fact."""
        end = time.monotonic() + WAIT_SECONDS_MAX
        while self.journal.owed:
            assert time.monotonic() < end, f"{self.journal.owed} still owed"
            time.sleep(0.02)

    def stop(self) -> None:
        """Return when every thread is gone."""
        self.uplink.stop()
        self._hub_line.stop()
        self.journal.close()
        self.well.shelf.close()
        self.hub.engine.dispose()


@contextlib.contextmanager
def linked(folder: Path) -> Iterator[tuple[Linked, BadLine]]:
    """Run all of them in *folder*, over a proxy."""
    with running_broker("mosquitto", folder) as broker, bad_line(broker.port) as line:
        all_of_them = Linked(folder, broker, ("127.0.0.1", line.port))
        try:
            yield all_of_them, line
        finally:
            line.mend()
            all_of_them.stop()
