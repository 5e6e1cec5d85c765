"""The shelf on disk: read by whoever decides, renewed by whoever hears the hub."""

import sqlite3
from pathlib import Path
from threading import Lock

import structlog
from msgspec import Struct

from circulation import messages
from circulation.identifiers import ItemId, TitleId
from circulation.messages import (
    ShelfBranch,
    ShelfItem,
    ShelfMenu,
    ShelfSaying,
    ShelfSign,
    ShelfTitle,
)
from circulation.phrases.lexicon import AS_WRITTEN, Lexicon
from circulation.shelf_rows import Kind
from station.menu import NOTHING, Menu
from station.shelf import rows
from station.shelf.arrivals import Arrivals

log = structlog.get_logger()


class _InForce(Struct, frozen=True):
    """What is asked at every touch, and changes only when a shelf is laid on."""

    laid_on: int
    version: str
    branch: ShelfBranch | None


class ShelfStore:
    """The shelf in SQLite; whoever reads sees the old one until the new one is whole."""

    def __init__(self, path: Path) -> None:
        """Open the shelf at *path*; a damaged one is thrown away and asked for again."""
        try:
            self._db = rows.connect(path)
            self._throw_away_if_damaged()
        except sqlite3.DatabaseError:
            _erase(path)
            self._db = rows.connect(path)
        self._lock = Lock()
        self._menu = "", NOTHING
        self._lexicon = "", AS_WRITTEN
        self._in_force: _InForce | None = None
        # A connection of its own: a new shelf is laid on while visitors read the old.
        self._renewing = rows.connect(path)
        self.arrivals = Arrivals(self._renewing)

    def _throw_away_if_damaged(self) -> None:
        try:
            written = self._db.execute("SELECT version FROM shelf").fetchone()
            if written is None or rows.version(self._db) == written[0]:
                return
            raise sqlite3.DatabaseError("the shelf's rows are not its version")
        except sqlite3.DatabaseError:
            log.warning("shelf_damaged")
            self._db.close()
            raise

    def _body(self, kind: Kind, key: str) -> bytes | None:
        query = f"SELECT body FROM {kind} WHERE id = ?"  # noqa: S608 - our own names
        with self._lock:
            row = self._db.execute(query, (key,)).fetchone()
        return row and bytes(row[0])

    def item(self, item: ItemId) -> ShelfItem | None:
        """Return the copy *item*, None where it is not known here."""
        body = self._body(Kind.ITEM, item)
        return messages.decode(body, ShelfItem) if body else None

    def title(self, title: TitleId) -> ShelfTitle | None:
        """Return *title* as it is spoken, None where it is not known here."""
        body = self._body(Kind.TITLE, title)
        return messages.decode(body, ShelfTitle) if body else None

    def sign(self, sign: str) -> ShelfSign | None:
        """Return the shelf sign *sign*, None where it is not known here."""
        body = self._body(Kind.SIGN, sign)
        return messages.decode(body, ShelfSign) if body else None

    def knows_card(self, token: str) -> bool:
        """Return whether the card behind *token* may borrow while the line is down."""
        return self._body(Kind.CARD, token) is not None

    def branch(self) -> ShelfBranch | None:
        """Return this station's branch, None before the first shelf."""
        return self._now().branch

    def _now(self) -> _InForce:
        # Before it is read: what is laid on meanwhile is read the next time.
        laid_on = self.arrivals.laid_on
        known = self._in_force
        if known is None or known.laid_on != laid_on:
            known = self._in_force = self._read(laid_on)
        return known

    def _read(self, laid_on: int) -> _InForce:
        with self._lock:
            version = self._db.execute("SELECT version FROM shelf").fetchone()
            body = self._db.execute("SELECT body FROM branch").fetchone()
        branch = messages.decode(bytes(body[0]), ShelfBranch) if body else None
        return _InForce(laid_on, str(version[0]) if version else "", branch)

    def menu(self) -> Menu:
        """Return the spoken menu; the same one as long as the shelf is the same."""
        version = self.version()
        if self._menu[0] != version:
            places = Menu(messages.decode(body, ShelfMenu) for body in self._bodies(Kind.MENU))
            self._menu = version, places
        return self._menu[1]

    def lexicon(self) -> Lexicon:
        """Return how words are to be said; the same as long as the shelf is the same."""
        version = self.version()
        if self._lexicon[0] != version:
            sayings = self._bodies(Kind.SAYING)
            read = Lexicon(messages.decode(body, ShelfSaying) for body in sayings)
            self._lexicon = version, read
        return self._lexicon[1]

    def _bodies(self, kind: Kind) -> list[bytes]:
        query = f"SELECT body FROM {kind} ORDER BY id"  # noqa: S608 - our own names
        with self._lock:
            return [bytes(row[0]) for row in self._db.execute(query)]

    def version(self) -> str:
        """Return the shelf's version, empty before the first."""
        return self._now().version

    def catalogue_version(self) -> int:
        """Return the catalogue's version that this shelf carries, 0 before the first."""
        with self._lock:
            row = self._db.execute("SELECT catalogue_version FROM shelf").fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Let go of the file."""
        self._renewing.close()
        self._db.close()


def _erase(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
