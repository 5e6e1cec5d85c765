"""The bad line does what it says; a fault that is none would be withstood by anyone."""

import contextlib
import socket
import threading
import time

import pytest

from tests.faults.proxy import bad_line


@pytest.fixture
def echo():
    """Return the port of a server that sends back what it gets, and then says goodbye."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    threading.Thread(target=answer, args=(client,), daemon=True).start()

        def answer(client):
            with client, contextlib.suppress(OSError):
                while data := client.recv(100):
                    client.sendall(data)
                client.sendall(b"bye")

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(echo):
    with bad_line(echo) as bad:
        yield bad


@pytest.fixture
def client(line):
    with socket.create_connection(("127.0.0.1", line.port)) as connected:
        connected.settimeout(5)
        connected.sendall(b"first")
        assert connected.recv(100) == b"first"
        yield connected


def test_a_slow_line_takes_its_time(line, client):
    line.delay(0.2)
    begun = time.monotonic()
    client.sendall(b"x")

    assert client.recv(100) == b"x"
    assert time.monotonic() - begun >= 0.4


@pytest.mark.parametrize(("up", "down"), [(True, True), (True, False), (False, True)])
def test_a_line_that_swallows_looks_alive_and_carries_nothing(line, client, up, down):
    line.swallow(up=up, down=down)
    client.sendall(b"x")
    client.settimeout(0.3)

    with pytest.raises(TimeoutError):
        client.recv(100)
    assert (line.up if up else line.down).swallowed_bytes == 1


def test_a_cut_line_is_heard_of_at_once(line, client):
    line.cut()

    assert client.recv(100) == b""


def test_a_half_closed_line_still_carries_the_other_way(line, client):
    line.half_close()

    assert client.recv(100) == b"bye"


def test_a_refusing_line_lets_nobody_in(line):
    line.refuses = True
    with socket.create_connection(("127.0.0.1", line.port)) as refused:
        refused.settimeout(5)

        assert refused.recv(100) == b""
