"""What is due is sent, once while it waits, and again when the hub stays silent."""

from hypothesis import given
from hypothesis import strategies as st

from station.uplink.window import RESEND_MS_MAX, RESEND_MS_MIN, WINDOW_FACTS_MAX, Window


def test_nothing_new_is_nothing_due():
    assert Window(5, 5).due_after(5, 0) is None


def test_a_new_fact_is_due_at_once_and_then_no_more():
    window = Window(5, 5)
    assert window.due_after(6, 0) == 5
    window.has_sent(6, 0)

    assert window.due_after(6, 1) is None


def test_silence_sends_again_from_the_last_acknowledgement_ever_more_patiently():
    window = Window(0, 0)
    window.has_sent(3, 0)
    assert window.due_after(3, RESEND_MS_MIN - 1) is None
    assert window.due_after(3, RESEND_MS_MIN) == 0

    window.has_sent(3, RESEND_MS_MIN)
    assert window.due_after(3, 2 * RESEND_MS_MIN) is None
    assert window.due_after(3, 3 * RESEND_MS_MIN) == 0


def test_patience_has_an_end():
    window = Window(0, 0)
    now = 0
    for _ in range(20):
        window.has_sent(1, now)
        now += RESEND_MS_MAX
        assert window.due_after(1, now) == 0


def test_an_acknowledgement_makes_room():
    window = Window(0, 0)
    window.has_sent(WINDOW_FACTS_MAX, 0)
    assert window.due_after(WINDOW_FACTS_MAX + 5, 1) is None

    window.has_acknowledged(10, 2)
    assert window.due_after(WINDOW_FACTS_MAX + 5, 3) == WINDOW_FACTS_MAX


def test_a_gap_is_sent_from_where_it_is():
    window = Window(0, 0)
    window.has_sent(9, 0)
    window.send_again_from(4)

    assert window.due_after(9, 1) == 3


def test_a_restored_hub_is_sent_what_it_forgot():
    window = Window(0, 0)
    window.has_sent(9, 0)
    window.has_acknowledged(9, 1)
    window.has_acknowledged(4, 2)

    assert window.due_after(9, 3) == 4


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), max_size=40))
def test_whatever_happens_nothing_owed_is_forgotten(steps):
    window, now, newest = Window(0, 0), 0, 50
    for step, value in steps:
        now += value
        if step == 0 and (after := window.due_after(newest, now)) is not None:
            window.has_sent(min(after + 5, newest), now)
        elif step == 1:
            window.has_acknowledged(min(value, window.sent), now)
        elif step == 2:
            window.send_again_from(value)

    for _ in range(100):
        now += RESEND_MS_MAX
        after = window.due_after(newest, now)
        if after is None:
            break
        assert after <= max(window.sent, window.acked)
        window.has_sent(min(after + 5, newest), now)
        window.has_acknowledged(min(after + 5, newest), now)
    assert window.acked == newest
