"""What a hub sees to now and then: one care that fails keeps no other from being done."""

import threading

import pytest
from structlog.testing import capture_logs

from hub.caretaking import Caretaker
from tests.hub.catalogue.cast import NOW_MS


@pytest.fixture
def run():
    """Have a caretaker go by the given cares; each is over at the end."""
    running = []

    def begin(**cares):
        caretaker = Caretaker(cares, now_ms=lambda: NOW_MS, seconds=0.01)
        running.append(caretaker)
        caretaker.start()

    yield begin
    for each in running:
        each.stop()
        assert not each.is_alive()


def test_each_is_told_the_time_and_again_and_again(run):
    told, twice = [], threading.Event()

    def care(now_ms):
        told.append(now_ms)
        if len(told) == 2:
            twice.set()
        return 0

    run(forgotten=care)

    assert twice.wait(10)
    assert set(told) == {NOW_MS}


def test_one_that_fails_is_named_without_what_it_was_about_and_the_next_is_done(run):
    done = threading.Event()

    def fails(_now_ms):
        raise ValueError("card 20000017")

    def care(_now_ms):
        done.set()
        return 3

    with capture_logs() as logs:
        run(expired=fails, forgotten=care)
        assert done.wait(10)

    assert {"event": "forgotten", "log_level": "info", "many": 3} in logs
    assert any(each["event"] == "not_seen_to" and each["what"] == "expired" for each in logs)
    assert "20000017" not in str(logs)
