import random
import socket

import pytest

from circulation.errors import ConfigError
from provisioning.demo.ports import FIRST, HOST, LAST, free, from_base, is_free

NAMES = ["start", "hub", "broker"]


@pytest.fixture
def taken():
    """Return a port that another program listens on."""
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_in_use_is_named_with_what_to_do(taken):
    with pytest.raises(ConfigError, match=f"port {taken} .for start. is in use.*--port-base"):
        from_base(NAMES, taken)


def test_ports_follow_each_other_from_the_base():
    base = free(NAMES, again={}, dice=random.Random(7))["start"]

    assert from_base(NAMES, base) == {"start": base, "hub": base + 1, "broker": base + 2}


def test_a_base_beyond_the_last_port_is_refused():
    with pytest.raises(ConfigError, match="do not exist"):
        from_base(NAMES, 65_534)


def test_the_ports_of_last_time_are_used_again():
    before = free(NAMES, again={}, dice=random.Random())

    assert free(NAMES, again=before, dice=random.Random()) == before


def test_ports_of_last_time_that_are_taken_now_are_left_alone(taken):
    again = {"start": taken, "hub": taken + 1, "broker": taken + 2}

    ports = free(NAMES, again=again, dice=random.Random())

    assert taken not in ports.values()
    assert all(is_free(port) for port in ports.values())
    assert all(FIRST <= port <= LAST for port in ports.values())
