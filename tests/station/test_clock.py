"""The clock never goes back before its floor, and says when it cannot be trusted."""

import time

from station.clock import BUILD_MS, Clock

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
