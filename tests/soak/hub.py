"""The hub of a soaked region in a process of its own: line, inbox, ledger, poster, catalogue."""

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

import structlog

from circulation import sealing
from circulation.signing import KeySigner
from hub.answers import Answers
from hub.catalogue.own import OwnCatalogue
from hub.database import open_database
from hub.inbox import Inbox
from hub.line import Address, Line
from hub.poster import Poster
from hub.shelves import Shelves
from tests.soak import keys

DATABASE = "hub.sqlite"


def now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


def main(folder: Path, port: int) -> None:
    """Serve until killed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    known = keys.load(folder)
    engine = open_database(f"sqlite:///{folder / DATABASE}")
    catalogue = OwnCatalogue(engine)
    ring = sealing.KeyRing({known.key.id: known.sealing})

    def today():
        return datetime.now(UTC).date()

    poster = Poster(engine, catalogue, now_ms=now_ms, today=today)
    inbox = Inbox(
        engine,
        KeySigner("hub", keys.read(known.hub)),
        ring,
        hub_id="hub-1",
        answers=Answers(engine, catalogue, ring, today=today),
        shelves=Shelves(engine, now_ms),
        touched=poster.touched,
    )
    line = Line(
        Address("127.0.0.1", port, "hub", ["vindeln"]),
        lambda messages: inbox.take_all(messages, now_ms()),
    )
    poster.start()
    line.start()
    threading.Event().wait()
