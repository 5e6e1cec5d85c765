"""A station of a soaked region: journal and uplink, and visitors who come and go without a pause.

What it does with number N depends on N alone, so that it goes on as it would have when killed.
"""

import logging
import os
import random
import time
from datetime import UTC, date, datetime
from pathlib import Path

import structlog

from circulation import envelopes
from circulation.facts import Checkin, Checkout, Fact
from circulation.identifiers import CardNumber, ItemId, StationId
from circulation.instants import Instant
from circulation.messages import State
from circulation.signing import KeySigner
from station.journal import Journal
from station.shelf import ShelfStore
from station.uplink.connection import Address
from station.uplink.port import Identity, News
from station.uplink.uplink import Uplink
from tests.soak import keys

BOOKS, SHARED, PATRONS = 200, 200, 400
DUE = date(2030, 1, 1)


class Well:
    """A station with an empty shelf."""

    settings_version = -1

    def __init__(self, folder: Path, journal: Journal) -> None:
        self.shelf = ShelfStore(folder / "shelf.sqlite")
        self._journal = journal

    def state(self, connection: int) -> State:
        owed = self._journal.owed
        return State(alive=True, connection=connection, epoch=1, owed=owed)


def name(number: int) -> str:
    return f"vindeln-{number + 1}"


def visit(number: int, seq: int, at: Instant) -> Fact:
    """Return what happens at station *number* as its *seq*th fact: lent, and then back.

    Now and then it is a book that all stations have, and that nobody keeps track of.
    """
    rng = random.Random(f"{number} {seq}")
    item = ItemId(f"S{number}-{seq // 2 % BOOKS}")
    if seq % 100 < 2:
        item = ItemId(f"X-{rng.randrange(SHARED)}")
    if seq % 2:
        return Checkin(at=at, item=item)
    return Checkout(at=at, item=item, card=CardNumber(f"C-{rng.randrange(PATRONS)}"), due=DUE)


def main(folder: Path, number: int, port: int, wanted: int, pause: float) -> None:
    """Tell *wanted* facts, one each *pause* seconds; return when the hub has them all."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    known, own = keys.load(folder), folder / name(number)
    own.mkdir(exist_ok=True)
    id_ = StationId(name(number))
    journal = Journal(own / "journal.sqlite", station=id_, epoch=1, key=known.key)
    signer = KeySigner(id_, keys.read(known.stations[number]))
    news: list[News] = []
    uplink = Uplink(
        Identity(id_, "vindeln", signer, "hub", keys.read(known.hub).public_key()),
        Address("127.0.0.1", port, id_),
        journal,
        reporter=Well(own, journal),
        tell=lambda each: news.__setitem__(slice(0, 1), [each]),
        mono_ms=lambda: time.monotonic_ns() // 1_000_000,
    )
    uplink.start()
    told = os.open(own / "told", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    while journal.newest_seq < wanted:
        wall_ms = int(datetime.now(UTC).timestamp() * 1000)
        at = Instant(wall_ms=wall_ms, mono_ms=wall_ms, boot="boot", trusted=True)
        seq = journal.record(visit(number, journal.newest_seq + 1, at))
        os.write(told, f"{seq} {envelopes.digest(journal.envelope(seq))}\n".encode())
        uplink.talk.nudge()
        time.sleep(pause)
    while journal.owed:
        time.sleep(0.1)
    uplink.stop()
    journal.close()
