"""The clock never goes back before its floor, and says when it cannot be trusted."""

import time

import pytest

from station.clock import BUILD_MS, LEAVE_FRESH_MS, Clock

FAR_FUTURE_MS = 4_000_000_000_000
TODAY_MS = 1_795_600_800_000


class Hands:
    """A clock face that the test moves."""

    boot = "boot-1"
    mono = 0
    wall = TODAY_MS
    vouched = True

    def mono_ms(self):
        return self.mono

    def wall_ms(self):
        return self.wall

    def synchronised(self):
        return self.vouched


def test_a_jump_ahead_that_nobody_vouches_for_is_forgotten_when_the_time_is_known():
    hands = Hands()
    clock = Clock("Europe/Stockholm", hands=hands)
    hands.wall, hands.vouched = FAR_FUTURE_MS, False
    assert not clock.now().trusted

    hands.wall, hands.vouched, hands.mono = TODAY_MS + 120_000, True, 120_000

    assert clock.now().wall_ms == TODAY_MS + 120_000
    assert clock.now().trusted


def test_a_clock_that_was_set_is_asked_about_at_once():
    hands = Hands()
    clock = Clock("Europe/Stockholm", hands=hands)
    assert clock.now().trusted

    hands.wall, hands.vouched = TODAY_MS + 86_400_000, False

    assert not clock.now().trusted
    hands.wall = TODAY_MS
    assert clock.now().wall_ms == TODAY_MS


def test_a_trusted_clock_never_goes_back():
    hands = Hands()
    clock = Clock("Europe/Stockholm", hands=hands)
    clock.now()
    hands.wall = TODAY_MS - 3_600_000

    assert clock.now().wall_ms == TODAY_MS
    assert not clock.now().trusted


def test_now_is_the_machines_time():
    clock = Clock("Europe/Stockholm")

    assert abs(clock.now().wall_ms - time.time() * 1000) < 5_000
    assert clock.local().utcoffset() is not None


def test_a_clock_behind_its_floor_shows_the_floor_and_is_not_trusted():
    now = Clock("Europe/Stockholm", floor_ms=FAR_FUTURE_MS).now()

    # The floor goes on with the time since the start, and a busy machine is slow.
    assert 0 <= now.wall_ms - FAR_FUTURE_MS < 10_000
    assert not now.trusted


def test_the_floor_is_never_before_the_program_was_made():
    assert Clock("Europe/Stockholm", floor_ms=0).now().wall_ms >= BUILD_MS


def test_milliseconds_since_boot_never_go_back():
    clock = Clock("Europe/Stockholm")

    assert clock.mono_ms() <= clock.mono_ms()
    assert clock.now().boot


def test_time_passes_where_nobody_knows_the_time():
    hands = Hands()
    clock = Clock("Europe/Stockholm", hands=hands)
    clock.now()
    hands.wall, hands.vouched, hands.mono = 0, False, 3 * 86_400_000

    assert clock.now().wall_ms == TODAY_MS + 3 * 86_400_000
    assert not clock.now().trusted


def test_a_clock_of_a_slightly_slower_pace_is_trusted_all_the_same():
    hands = Hands()
    clock = Clock("Europe/Stockholm", hands=hands)
    clock.now()
    hands.wall, hands.mono = TODAY_MS + 86_399_000, 86_400_000

    assert clock.now().wall_ms == TODAY_MS + 86_399_000
    assert clock.now().trusted


def test_the_floor_is_no_word_of_a_clock_that_nobody_vouches_for():
    hands = Hands()
    hands.vouched, hands.wall = False, FAR_FUTURE_MS
    clock = Clock("Europe/Stockholm", TODAY_MS, hands)
    hands.mono = 5_000

    assert clock.now().wall_ms == FAR_FUTURE_MS
    assert clock.floor_ms() == TODAY_MS + 5_000


DAY_MS = 86_400_000


def astray():
    """Return the hands of a machine, right again, and its clock, once vouched for far ahead."""
    hands = Hands()
    clock = Clock("Europe/Stockholm", hands=hands)
    hands.wall = FAR_FUTURE_MS
    assert clock.now().trusted
    hands.wall, hands.mono = TODAY_MS + 120_000, 120_000
    return hands, clock


def test_a_floor_that_a_time_service_raised_by_mistake_is_put_right_by_two_witnesses():
    hands, clock = astray()
    assert clock.now().wall_ms >= FAR_FUTURE_MS
    assert not clock.now().trusted

    clock.hears_leave(TODAY_MS + 3 * DAY_MS)

    assert (clock.now().wall_ms, clock.now().trusted) == (TODAY_MS + 120_000, True)
    assert clock.floor_ms() == TODAY_MS + 120_000
    hands.wall, hands.vouched = 0, False
    assert clock.now().wall_ms == TODAY_MS + 120_000


def test_one_witness_alone_puts_no_floor_right():
    hands, clock = astray()
    hands.vouched = False
    clock.hears_leave(TODAY_MS + 3 * DAY_MS)
    hands.mono += 61_000

    assert clock.floor_ms() > FAR_FUTURE_MS
    assert clock.now().wall_ms > FAR_FUTURE_MS


@pytest.mark.parametrize(
    ("until_ms", "since_ms"),
    [
        pytest.param(TODAY_MS + 3 * DAY_MS, LEAVE_FRESH_MS + 1, id="heard long ago"),
        pytest.param(TODAY_MS + 30 * DAY_MS, 0, id="of another month"),
        pytest.param(TODAY_MS - DAY_MS, 0, id="over by the time service"),
        pytest.param(FAR_FUTURE_MS + DAY_MS, 0, id="not over by the floor"),
    ],
)
def test_witnesses_that_do_not_agree_put_no_floor_right(until_ms, since_ms):
    hands, clock = astray()
    clock.hears_leave(until_ms)
    hands.mono += since_ms
    hands.wall += since_ms

    assert clock.now().wall_ms >= FAR_FUTURE_MS
    assert not clock.now().trusted


def test_certificates_are_judged_by_the_time_service_though_the_floor_is_wrong():
    hands, clock = astray()

    assert clock.for_certificates().trusted
    assert clock.for_certificates().wall_ms == TODAY_MS + 120_000
    hands.vouched, hands.mono = False, hands.mono + 61_000
    assert not clock.for_certificates().trusted
    assert clock.for_certificates().wall_ms > FAR_FUTURE_MS
