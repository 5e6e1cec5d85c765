"""The pages over a real socket."""

import http.client
import socket
import threading
import time

import pytest

from station.kiosk.page import STREAMS_MAX, create_app
from station.kiosk.serving import KioskServer
from tests.station.kiosk.rehearsed import RehearsedStation


def _get(port, path):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    line.request("GET", path)
    return line, line.getresponse()


def test_buttons_still_answer_while_every_stream_is_taken():
    station = RehearsedStation()
    with KioskServer(create_app(station)) as server:
        streams = [_get(server.port, "/events") for _ in range(STREAMS_MAX)]
        assert all(answer.status == 200 for _, answer in streams)
        refused, answer = _get(server.port, "/events")
        assert answer.status == 503
        health, answer = _get(server.port, "/healthz")
        assert answer.status == 200
        station.stop_changes()
        for line, _ in [*streams, (refused, None), (health, None)]:
            line.close()


def test_an_address_in_use_is_said_at_once():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        KioskServer(create_app(RehearsedStation()), port=taken.getsockname()[1])


def test_a_stopped_server_leaves_no_thread_behind():
    station = RehearsedStation()
    with KioskServer(create_app(station)) as server:
        line, _ = _get(server.port, "/events")
        station.stop_changes()
        line.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "kiosk"]


def test_a_server_that_wakes_while_it_is_told_to_stop_stops():
    server = KioskServer(create_app(RehearsedStation()))
    server.start()
    trigger = server._server.trigger
    pull = trigger._physical_pull

    def slow_pull():
        # Something else wakes it between the word and the pull.
        pull()
        time.sleep(0.2)
        pull()

    trigger._physical_pull = slow_pull
    server.stop()

    assert not [thread for thread in threading.enumerate() if thread.name == "kiosk"]
