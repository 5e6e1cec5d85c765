"""Leave to lend offline ends after its days, also where no clock can be trusted."""

import pytest
from msgspec import structs

from circulation import sealing
from circulation.facts import Checkin
from circulation.identifiers import ItemId, StationId
from station.clock import BUILD_MS, Clock
from station.journal import Journal
from station.notebook import Notebook
from station.surroundings import Moment, Standing, world
from station.timekeeping import KEEP_MS, Timekeeper, known_ms
from tests.station.shelves import BRANCH
from tests.station.test_clock import TODAY_MS, Hands
from tests.station.test_surroundings import SETTINGS

DAY_MS = 86_400_000
KEY = sealing.SealingKey("2026-1", sealing.public_half(sealing.new_private_key()))
STANDING = Standing(kind="loan", branch_code="VIN", portal_url="")
OFFLINE = structs.replace(SETTINGS.offline, until_ms=TODAY_MS + 3 * DAY_MS)


class Machine:
    """A station's clock and notebook, which can be switched off and on."""

    def __init__(self, folder) -> None:
        self.notebook = Notebook(folder / "notebook.json")
        path = folder / "journal.sqlite"
        self.journal = Journal(path, station=StationId("vindeln-1"), epoch=1, key=KEY)
        self.hands = Hands()
        self.boot()

    def boot(self) -> None:
        self.hands.mono = 0
        floor_ms = max(known_ms(self.notebook), self.journal.floor_ms)
        self.clock = Clock("Europe/Stockholm", floor_ms, self.hands)
        self.keeper = Timekeeper(self.clock, self.notebook, self.journal)

    def runs(self, ms: int) -> None:
        for _ in range(ms // KEEP_MS):
            self.hands.mono += KEEP_MS
            self.hands.wall += KEEP_MS
            self.clock.now()
            self.keeper.look()

    def loses_the_time(self) -> None:
        self.hands.wall, self.hands.vouched = 0, False

    def may_lend(self) -> bool:
        now = self.clock.now()
        moment = Moment(now.mono_ms, now.wall_ms, self.clock.local(), now.trusted)
        settings = structs.replace(SETTINGS, offline=OFFLINE)
        seen = world(STANDING, moment, BRANCH, settings, line_up=False, journal_open=True)
        return seen.offline_allowed


@pytest.fixture
def machine(tmp_path):
    machine = Machine(tmp_path)
    machine.runs(DAY_MS // 2)
    yield machine
    machine.notebook.close()
    machine.journal.close()


def test_leave_ends_while_the_station_runs_without_a_clock(machine):
    machine.loses_the_time()
    machine.runs(2 * DAY_MS)
    assert machine.may_lend()

    machine.runs(DAY_MS)
    assert not machine.may_lend()


def test_leave_ends_though_the_station_is_restarted_every_six_hours(machine):
    for _ in range(8):
        machine.loses_the_time()
        machine.boot()
        machine.runs(DAY_MS // 4)
    assert machine.may_lend()

    for _ in range(4):
        machine.loses_the_time()
        machine.boot()
        machine.runs(DAY_MS // 4)
    assert not machine.may_lend()


def test_a_station_that_never_knew_the_time_begins_with_its_making(tmp_path):
    notebook = Notebook(tmp_path / "notebook.json")

    assert known_ms(notebook) == 0
    assert Clock("Europe/Stockholm", known_ms(notebook)).floor_ms() >= BUILD_MS
    notebook.close()


def test_a_clock_gone_astray_ahead_is_not_written_down(machine):
    machine.hands.vouched, machine.hands.wall = False, TODAY_MS * 2
    machine.runs(DAY_MS)

    assert known_ms(machine.notebook) < TODAY_MS + 3 * DAY_MS


def test_a_floor_that_was_put_right_is_right_after_the_next_start_too(machine):
    right_ms, machine.hands.wall = machine.hands.wall, TODAY_MS * 2
    machine.journal.record(Checkin(at=machine.clock.now(), item=ItemId("B-1")))
    machine.runs(KEEP_MS)
    machine.hands.wall = right_ms + KEEP_MS
    machine.boot()
    assert machine.clock.now().wall_ms >= TODAY_MS * 2
    assert not machine.may_lend()

    machine.clock.hears_leave(OFFLINE.until_ms)
    machine.clock.now()
    machine.keeper.look()

    assert machine.may_lend()
    machine.boot()
    machine.loses_the_time()
    assert machine.clock.now().wall_ms == right_ms + KEEP_MS
    assert machine.may_lend()
