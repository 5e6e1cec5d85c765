"""What systemd hears of a station, over a socket as systemd opens it."""

import socket

import pytest

from station.heartbeat import Heartbeat


@pytest.fixture(params=["in a folder", "in none"])
def systemd(request, tmp_path):
    address = str(tmp_path / "notify") if request.param == "in a folder" else f"\0{tmp_path}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.settimeout(5)
        yield listening


def named(systemd) -> str:
    address = systemd.getsockname()
    return f"@{address[1:].decode()}" if isinstance(address, bytes) else address


def test_it_is_told_once_and_then_again_and_again(systemd):
    heartbeat = Heartbeat({"NOTIFY_SOCKET": named(systemd)})

    heartbeat.ready()
    heartbeat.beat()
    heartbeat.beat()

    assert [systemd.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_without_systemd_nothing_is_told_and_nothing_fails(environment):
    Heartbeat(environment).ready()
    Heartbeat(environment).beat()
