"""The simulated line carries, and is cut and mended like a plug."""

import gc
import socket
import threading
from contextlib import closing

import pytest

from station.simulated_line import SimulatedLine


@pytest.fixture
def echo():
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(5)

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line:
                while data := _read(line):
                    line.sendall(data)

    thread = threading.Thread(target=serve, name="echo")
    thread.start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


def _read(line: socket.socket) -> bytes:
    try:
        return line.recv(100)
    except OSError:
        return b""


@pytest.fixture
def line(echo):
    relay = SimulatedLine("127.0.0.1", echo)
    relay.start()
    yield relay
    relay.stop()


def connect(line: SimulatedLine) -> socket.socket:
    return socket.create_connection(("127.0.0.1", line.port), timeout=5)


def test_what_goes_in_comes_out(line):
    with closing(connect(line)) as client:
        client.sendall(b"hej")
        assert client.recv(100) == b"hej"


def test_a_pulled_plug_cuts_what_is_open_and_refuses_what_is_new(line):
    with closing(connect(line)) as client:
        client.sendall(b"hej")
        client.recv(100)
        line.plug(up=False)
        assert _read(client) == b""
    with closing(connect(line)) as client:
        assert _read(client) == b""


def test_put_back_it_carries_again(line):
    line.plug(up=False)
    line.plug(up=True)
    with closing(connect(line)) as client:
        client.sendall(b"hej igen")
        assert client.recv(100) == b"hej igen"


def test_stopped_while_somebody_comes_in_it_leaves_nothing_open(echo):
    """A socket that nobody closed is told of by its end, and pytest makes that an error."""
    for _ in range(20):
        relay = SimulatedLine("127.0.0.1", echo)
        relay.start()
        clients = [connect(relay) for _ in range(3)]
        relay.stop()
        for client in clients:
            client.close()
    gc.collect()
