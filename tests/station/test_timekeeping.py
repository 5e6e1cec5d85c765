"""Leave to lend offline ends after its days, also where no clock can be trusted."""

import pytest
from msgspec import structs

from station.clock import BUILD_MS, Clock
from station.notebook import Notebook
from station.surroundings import Moment, Standing, world
from station.timekeeping import KEEP_MS, Timekeeper, known_ms
from tests.station.shelves import BRANCH
from tests.station.test_clock import TODAY_MS, Hands
from tests.station.test_surroundings import SETTINGS

DAY_MS = 86_400_000
STANDING = Standing(kind="loan", branch_code="VIN", portal_url="")
OFFLINE = structs.replace(SETTINGS.offline, until_ms=TODAY_MS + 3 * DAY_MS)


class Machine:
    """A station's clock and notebook, which can be switched off and on."""

    def __init__(self, folder) -> None:
        self.notebook = Notebook(folder / "notebook.json")
        self.hands = Hands()
        self.boot()

    def boot(self) -> None:
        self.hands.mono = 0
        self.clock = Clock("Europe/Stockholm", known_ms(self.notebook), self.hands)
        self.keeper = Timekeeper(self.clock, self.notebook)

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
