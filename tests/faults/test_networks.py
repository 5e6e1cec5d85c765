"""A real link, cut, choked and lossy: facts made meanwhile are in the ledger exactly once."""

import time

import pytest

from tests.faults import accepter
from tests.faults.linked import Linked
from tests.faults.networks import ReachableBroker, network

pytestmark = pytest.mark.faults


@pytest.fixture
def net():
    with network() as made:
        yield made


@pytest.fixture
def region(net, tmp_path):
    broker = ReachableBroker(tmp_path, net.ours)
    broker.start()
    running = Linked(tmp_path, broker, (net.ours, broker.port), net.uplink())
    try:
        running.until_line_is(up=True)
        yield running
    finally:
        net.mend()
        running.stop()
        broker.kill()


def unplugged(net):
    net.link(up=False)


def throttled(net):
    net.throttle("8kbit")


def lossy(net):
    net.drop(0.3)


def refused(net):
    net.refuse()


@pytest.mark.parametrize("spoil", [unplugged, throttled, lossy, refused])
def test_facts_made_on_a_bad_network_are_in_the_ledger_exactly_once(net, region, spoil):
    region.record(5)
    spoil(net)
    for _ in range(10):
        region.record(3)
        time.sleep(0.4)
    owed = region.journal.owed
    net.mend()
    region.record(5)
    region.until_nothing_is_owed()

    assert accepter.ledger(region.hub) == region.told
    assert len(region.told) == 40
    if spoil in (unplugged, refused, throttled):
        assert owed, "the network was not bad at all"


def test_a_lossy_and_slow_network_carries_all_the_same(net, region):
    net.throttle("64kbit")
    net.drop(0.1)

    region.record(40)
    region.until_nothing_is_owed()

    assert accepter.ledger(region.hub) == region.told
