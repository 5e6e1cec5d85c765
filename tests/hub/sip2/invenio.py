"""invenio-sip2, a SIP2 server that others wrote and that is sloppy, with its redis beside it."""

import contextlib
import json
import os
import socketserver
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hub.sip2.codec import Message

ROOT = Path(__file__).parents[3]
PYTHON = ROOT / ".venv/peers/bin/python"
PASSWORD = "hemligt"
START_SECONDS_MAX = 60


class InvenioPeer:
    """A server whose library is *system*, which a test may put another in the place of."""

    def __init__(self) -> None:
        self.system: Any = None
        self.port = 0

    def answer(self, asked: Message) -> Message:
        """Return what the library says, whoever it is just now."""
        if asked.code == "93":
            return Message("94", {"ok": "1" if asked.get("CO") == PASSWORD else "0"})
        with self.system.lock:
            self.system.asked.append(asked.code)
            return self.system.answer(asked)


class _Library(socketserver.ThreadingTCPServer):
    daemon_threads = True
    peer: InvenioPeer


class _Question(socketserver.StreamRequestHandler):
    server: _Library

    def handle(self) -> None:
        for line in self.rfile:
            asked = json.loads(line)
            fields = tuple((id_, value) for id_, value in asked["fields"])
            told = self.server.peer.answer(Message(asked["code"], asked["fixed"], fields))
            said = {"fixed": dict(told.fixed), "fields": told.fields}
            self.wfile.write(json.dumps(said).encode() + b"\n")


@contextmanager
def _redis(folder: Path) -> Iterator[Path]:
    """Run a redis that keeps nothing, on a socket in *folder*."""
    address = folder / "redis"
    command = ["redis-server", "--port", "0", "--unixsocket", str(address), "--save", ""]
    with _running([*command, "--appendonly", "no", "--dir", str(folder)]) as server:
        end = time.monotonic() + START_SECONDS_MAX
        while not address.exists():
            assert server.poll() is None, "redis-server ended"
            assert time.monotonic() < end, "redis-server does not start"
            time.sleep(0.01)
        yield address


@contextmanager
def _running(command: list[str], **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    how = {"stdout": subprocess.DEVNULL} | how
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, **how) as program:
        try:
            yield program
        finally:
            program.kill()


@contextmanager
def in_memory() -> Iterator[int]:
    """Serve a library that is a dict in the server itself, and yield the port."""
    with _served(0) as port:
        yield port


@contextmanager
def invenio_peer() -> Iterator[InvenioPeer]:
    """Serve, and yield the server that a test puts its library behind."""
    peer = InvenioPeer()
    with _Library(("127.0.0.1", 0), _Question) as library:
        library.peer = peer
        thread = threading.Thread(target=library.serve_forever, args=(0.05,), name="library")
        thread.start()
        try:
            with _served(library.server_address[1]) as peer.port:
                yield peer
        finally:
            library.shutdown()
            thread.join(10)


@contextmanager
def _served(library_port: int) -> Iterator[int]:
    assert PYTHON.exists(), "invenio-sip2 is not there: type `make .venv/peers/made`"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(_redis(folder))
        child = Path(__file__).with_name("invenio_child.py")
        command = [str(PYTHON), str(child), str(redis), str(library_port)]
        clean = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        server = stack.enter_context(
            _running(command, stdout=subprocess.PIPE, cwd=folder, env=clean)
        )
        assert server.stdout is not None
        said = server.stdout.readline()
        assert said, "invenio-sip2 ended before it served"
        yield int(said)
