"""A bad line: facts made meanwhile are in the ledger exactly once, and a dead line is noticed."""

import shutil
import time

import pytest

from tests.faults import accepter
from tests.faults.linked import linked

NOTICED_SECONDS_MAX = 35.0
BAD_SECONDS = 2.5
"""Longer than a station waits before it sends again."""

pytestmark = pytest.mark.skipif(
    shutil.which("mosquitto", path="/usr/sbin:/usr/bin") is None, reason="a real broker"
)


def cut(line):
    line.refuses = True
    line.cut()


def half_closed(line):
    line.half_close()


def slow(line):
    line.delay(0.3)


def swallowing(line):
    line.swallow(up=True, down=True)


def deaf(line):
    line.swallow(up=False, down=True)


def mute(line):
    line.swallow(up=True, down=False)


FAULTS = [cut, half_closed, slow, swallowing, deaf, mute]


@pytest.fixture
def region(tmp_path):
    with linked(tmp_path) as (running, line):
        running.line = line
        running.until_line_is(up=True)
        yield running


def test_facts_made_on_bad_lines_are_in_the_ledger_exactly_once(region):
    region.record(2)
    for spoil in FAULTS:
        spoil(region.line)
        region.record(3)
        time.sleep(0.3)
        region.line.mend()
        region.record(1)
        region.until_nothing_is_owed()

    assert accepter.ledger(region.hub) == region.told
    assert len(region.told) == 2 + 4 * len(FAULTS)


@pytest.mark.faults
@pytest.mark.parametrize("spoil", FAULTS)
def test_facts_sent_more_than_once_on_a_bad_line_are_in_the_ledger_once(region, spoil):
    spoil(region.line)
    for _ in range(5):
        region.record(4)
        time.sleep(BAD_SECONDS / 5)
    region.line.mend()

    region.until_nothing_is_owed()

    assert accepter.ledger(region.hub) == region.told


def test_what_a_broker_dropped_is_sent_again_on_the_same_connection(region):
    before = region.line.accepted
    region.hub_goes()
    region.record(3)
    time.sleep(0.5)
    region.hub_comes()

    region.until_nothing_is_owed()

    assert accepter.ledger(region.hub) == region.told
    assert region.line.accepted == before


@pytest.mark.faults
@pytest.mark.parametrize("spoil", [swallowing, deaf, mute])
def test_a_line_that_only_looks_alive_is_noticed(region, spoil):
    spoil(region.line)

    assert region.until_line_is(up=False) < NOTICED_SECONDS_MAX

    region.record(1)
    region.line.mend()
    region.until_nothing_is_owed()
    assert accepter.ledger(region.hub) == region.told


def test_a_question_without_an_answer_is_enough_to_distrust_the_line(region):
    region.line.swallow(up=True, down=True)

    region.uplink.talk.suspect()

    region.until_line_is(up=False, seconds=1)
    region.line.mend()
    region.until_line_is(up=True)
