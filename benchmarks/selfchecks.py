"""Checkout and checkin pairs a second at the hub's SIP2 server, against two servers of others.

Ours keeps every loan through a power cut before it answers; pysip2 and invenio-sip2 answer from a
dict. Each is a process of its own, asked over plain sockets by 1 and by 8 terminals, each terminal
with books of its own. Then: what our client costs for a message, against a bare socket.
"""

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import pysip2
from alembic import command
from alembic.config import Config
from sqlalchemy import func, insert, select

from hub.app import MIGRATIONS
from hub.catalogue import tables
from hub.database import open_database
from hub.keys import KeptKey, encode_kept
from hub.sip2 import codec
from hub.sip2.codec import Message
from hub.sip2.terminal import Account, Terminal
from hub.tables import fact
from tests.hub.catalogue.cast import PIN_HASH
from tests.hub.rig import KEY, PRIVATE, TalkingHub
from tests.hub.sip2 import invenio
from tests.hub.sip2.peers import scripted, serving
from tests.hub.test_cli import ROOT, SETTINGS

SECONDS = 4.0
BOOKS_EACH = 20
TERMINALS = (1, 8)
TITLE = "Vägen genom myren"
PASSWORD = "hemligt"


class Wire:
    """A socket that says a line and hears one."""

    def __init__(self, port: int, terminal: int) -> None:
        """Log in as that *terminal*."""
        self._line = socket.create_connection(("127.0.0.1", port), 20)
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert self.say(f"9300CNsorter-{terminal}|CO{PASSWORD}|\r".encode()).startswith(b"941")

    def say(self, line: bytes) -> bytes:
        """Return what is said to *line*."""
        self._line.sendall(line)
        heard = b""
        while not heard.endswith(b"\r"):
            more = self._line.recv(4096)
            assert more, "hung up"
            heard += more
        return heard

    def close(self) -> None:
        """Hang up."""
        self._line.close()


def _pairs(port: int, terminal: int, day: int, until: float) -> int:
    wire, made = Wire(port, terminal), 0
    while time.perf_counter() < until:
        book = f"{terminal:03}-{made % BOOKS_EACH:03}"
        at = f"202611{day:02}    {made // 3600 % 24:02}{made // 60 % 60:02}{made % 60:02}"
        # Nothing posts what came back, so that each book comes back in the hand of another.
        card = f"{terminal}-{made // BOOKS_EACH % 2}"
        lent = wire.say(f"11NN{at}{at}AOSE-Vin|AA{card}|AB{book}|AC|\r".encode())
        assert lent.startswith(b"121"), lent
        back = wire.say(f"09N{at}{at}APVIN|AOSE-Vin|AB{book}|AC|\r".encode())
        assert back.startswith(b"101"), back
        made += 1
    wire.close()
    return made


def rate(port: int, terminals: int) -> float:
    """Return how many pairs a second *terminals* get through at *port*."""
    made: list[int] = []
    # What is said with the same date is a repeat, and is answered from memory.
    day = terminals
    begun = time.perf_counter()
    threads = [
        threading.Thread(target=lambda n=n: made.append(_pairs(port, n, day, begun + SECONDS)))
        for n in range(terminals)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == terminals, "a terminal failed"
    return sum(made) / (time.perf_counter() - begun)


@contextmanager
def ours() -> Iterator[int]:
    """Serve with a hub's own program, as many devices as there are terminals at most."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder)
        ready = folder / "ready.json"
        program = [sys.executable, "-m", "hub", "--config", str(folder / "hub.toml"), "sip2"]
        with _running([*program, "--port", "0", "--ready", str(ready)]) as server:
            end = time.monotonic() + 60
            while not ready.exists():
                assert server.poll() is None, "the hub ended"
                assert time.monotonic() < end, "the hub does not start"
                time.sleep(0.02)
            yield json.loads(ready.read_bytes())["port"]
        _check(folder)


def _prepare(folder: Path) -> None:
    hub = TalkingHub(folder)
    with hub.engine.begin() as db:
        for terminal in range(max(TERMINALS)):
            for card in (f"{terminal}-0", f"{terminal}-1"):
                person = {"id": card, "name": "", "birth_year": 1980, "state": "active"}
                person |= {"kind": "adult", "pin_hash": PIN_HASH, "language": "sv"}
                person |= {"municipality": "vindeln"}
                db.execute(insert(tables.patron).values(person))
                row = {"number": card, "patron": card, "state": "active"}
                db.execute(insert(tables.loan_card).values(row))
            for book in range(BOOKS_EACH):
                row = {"id": f"{terminal:03}-{book:03}", "title": "t-novel", "branch": "VIN"}
                db.execute(insert(tables.item).values(row | {"usage": "circulating", "shelf": ""}))
    hub.engine.dispose()
    migrated = Config()
    migrated.set_main_option("script_location", str(MIGRATIONS))
    migrated.attributes["url"] = hub.url
    command.stamp(migrated, "head")
    kept = encode_kept([KeptKey(id=KEY.id, private=PRIVATE)])
    for file, text in (("sealing.json", kept), ("password", f"{PASSWORD}\n".encode())):
        (folder / file).write_bytes(text)
        (folder / file).chmod(0o600)
    devices = "".join(
        f'[[sip2.device]]\nname = "sorter-{each}"\nbranch = "VIN"\nuser = "sorter-{each}"\n'
        'password = "password"\n'
        for each in range(max(TERMINALS))
    )
    (folder / "hub.toml").write_text(f"{SETTINGS}\n[sip2]\n{devices}", encoding="utf-8")


def _check(folder: Path) -> None:
    """See that every loan and every return is a fact."""
    engine = open_database(f"sqlite:///{folder / 'hub.sqlite'}")
    with engine.connect() as db:
        rows = db.execute(select(fact.c.kind, func.count()).group_by(fact.c.kind)).all()
    engine.dispose()
    kinds = dict(tuple(row) for row in rows)
    assert kinds["asked"] == kinds["settled"] == kinds["checkin"], kinds


@contextmanager
def pysip2_in_memory() -> Iterator[int]:
    """Serve with pysip2, whose library is a dict."""
    with _running(
        [sys.executable, "-m", "benchmarks.selfchecks", "pysip2"], stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())


def _serve_pysip2() -> None:
    lent: dict[str, str] = {}

    def checkout(asked: pysip2.CheckoutRequest, _context: object) -> pysip2.CheckoutResponse:
        lent[asked.item_identifier] = asked.patron_identifier
        return pysip2.CheckoutResponse(
            ok="1", renewal_ok="N", magnetic_media="N", desensitize="Y",
            transaction_date=asked.transaction_date, institution_id="SE-Vin",
            title_identifier=TITLE, patron_identifier=asked.patron_identifier,
            item_identifier=asked.item_identifier, due_date=asked.transaction_date,
        )  # fmt: skip

    def checkin(asked: pysip2.CheckinRequest, _context: object) -> pysip2.CheckinResponse:
        back = lent.pop(asked.item_identifier, None)
        return pysip2.CheckinResponse(
            ok="1" if back else "0", resensitize="Y", magnetic_media="N", alert="N",
            transaction_date=asked.transaction_date, institution_id="SE-Vin",
            item_identifier=asked.item_identifier, permanent_location="VIN",
        )  # fmt: skip

    app = pysip2.SIP2Server(encoding="utf-8", institution_id="SE-Vin")
    app.route(pysip2.LOGIN)(lambda _asked, _context: pysip2.LoginResponse(ok="1"))
    app.route(pysip2.CHECKOUT)(checkout)
    app.route(pysip2.CHECKIN)(checkin)
    with serving(app) as port:
        print(port, flush=True)
        threading.Event().wait()


@contextmanager
def _running(words: list[str], **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(words, cwd=ROOT, **how) as program:
        try:
            yield program
        finally:
            program.terminate()


def _client() -> tuple[float, float]:
    """Return microseconds a message by our client and by a bare socket, to the same server."""
    answer = f"1804000120261125    110000AB000-000|AJ{TITLE}|AY0AZ"

    def say(line: bytes, _number: int) -> bytes:
        if line.startswith(b"93"):
            return b"941AY0AZFDFD\r"
        body = answer.encode().replace(b"AY0", b"AY" + line[line.rindex(b"AY") + 2 :][:1])
        return body + codec.checksum(body) + b"\r"

    asked = Message("17", {"date": "20261125    110000"}, (("AO", "SE-Vin"), ("AB", "000-000")))
    with scripted(say) as port:
        terminal = Terminal(Account(host="127.0.0.1", port=port, user="a", password="b"))
        ours_us = _each(lambda: terminal.ask(asked))
        terminal.close()
        bare = socket.create_connection(("127.0.0.1", port))
        bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = codec.encode(asked, encoding="utf-8", sequence=0)

        def over_a_socket() -> None:
            bare.sendall(line)
            while not bare.recv(4096).endswith(b"\r"):
                continue

        bare_us = _each(over_a_socket)
        bare.close()
    return ours_us, bare_us


def _each(do: Callable[[], object], times: int = 2000) -> float:
    rounds = []
    for _ in range(3):
        begun = time.perf_counter()
        for _ in range(times):
            do()
        rounds.append((time.perf_counter() - begun) / times * 1e6)
    return median(rounds)


AIMS = {"pysip2": 1, "invenio-sip2": 3}
SERVERS = {"ours, durable": ours, "pysip2": pysip2_in_memory, "invenio-sip2": invenio.in_memory}


def main() -> None:
    """Print the promises."""
    rates: dict[tuple[str, int], float] = {}
    for name, served in SERVERS.items():
        with served() as port:
            for terminals in TERMINALS:
                rates[name, terminals] = rate(port, terminals)
    for name in SERVERS:
        row = ", ".join(f"{rates[name, each]:7.1f} over {each}" for each in TERMINALS)
        print(f"  {name:16} {row} (checkout+checkin pairs a second)")
    for name in list(SERVERS)[1:]:
        row = ", ".join(
            f"{rates['ours, durable', each] / rates[name, each]:.2f} over {each}"
            for each in TERMINALS
        )
        print(f"  ours : {name:12} {row}")
    most = max(TERMINALS)
    for name, factor in AIMS.items():
        kept = rates["ours, durable", most] > factor * rates[name, most]
        print(f"  aim: over {factor} times {name} over {most}: {'kept' if kept else 'MISSED'}")
    ours_us, bare_us = _client()
    print(
        f"  client {ours_us:.0f} us a message, bare socket {bare_us:.0f} us: "
        f"{ours_us / bare_us:.2f}"
    )


if __name__ == "__main__":
    _serve_pysip2() if sys.argv[1:] == ["pysip2"] else main()
