"""The folder of rendered phrases: files by their SHA-256, and an index of what each one says."""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import NamedTuple

import msgspec

from circulation.messages import PhraseList
from hub.errors import HubError

KEPT_MS = 30 * 24 * 3_600_000
"""How long a file is kept that no list asks for: stations may be far behind."""
OFFERS = "offers.json"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS phrase (
  words BLOB PRIMARY KEY, voice TEXT NOT NULL, sha256 BLOB NOT NULL, size INTEGER NOT NULL,
  wanted_ms INTEGER NOT NULL
) WITHOUT ROWID
"""


class Rendered(NamedTuple):
    """A phrase that was tried by *voice*, and which file it is; its *size* is 0 where none."""

    voice: str
    sha256: bytes
    size: int


class PhraseFolder:
    """Rendered phrases on disk; one process writes, any number read the files."""

    def __init__(self, folder: Path) -> None:
        """Use *folder*, made where it is not there; raises `HubError` where it cannot be."""
        self.path = folder
        try:
            (folder / "files").mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(folder / "index.sqlite")
            with self._told():
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise HubError(f"{folder}: no folder for phrases: {error}") from error

    @contextmanager
    def for_one(self) -> Iterator[None]:
        """Keep everybody else from writing; raises `HubError` where somebody does."""
        with (self.path / "lock").open("wb") as lock:
            try:
                flock(lock, LOCK_EX | LOCK_NB)
            except OSError as error:
                raise HubError(f"{self.path}: phrases are being rendered already") from error
            yield

    def rendered(self) -> dict[bytes, Rendered]:
        """Return what was tried by its words; what lost its file was not."""
        with self._told():
            rows = self._db.execute("SELECT words, voice, sha256, size FROM phrase").fetchall()
        tried = {words: Rendered(*rest) for words, *rest in rows}
        return {words: each for words, each in tried.items() if self._has(each)}

    def put(self, words: bytes, voice: str, file: bytes, now_ms: int) -> None:
        """Keep *file* for *words*, empty where *voice* cannot say them.

        `commit` makes it known; the file is on the disk before.
        """
        sha256 = self._keep(file) if file else b""
        with self._told():
            self._db.execute(
                "INSERT OR REPLACE INTO phrase VALUES (?, ?, ?, ?, ?)",
                (words, voice, sha256, len(file), now_ms),
            )

    def want(self, words: Iterable[bytes], now_ms: int) -> None:
        """Note that *words* are wanted still."""
        query = "UPDATE phrase SET wanted_ms = ? WHERE words = ?"
        with self._told():
            self._db.executemany(query, ((now_ms, each) for each in words))
            self._db.commit()

    def commit(self) -> None:
        """Make what was put known."""
        with self._told():
            self._db.commit()

    def offer(self, lists: dict[str, bytes]) -> None:
        """Put *lists* (by branch) before the stations, in the place of what was."""
        offers = {
            branch: PhraseList(sha256=self._keep(body).hex(), size=len(body))
            for branch, body in lists.items()
        }
        write_whole(self.path / OFFERS, msgspec.json.encode(offers))

    def forget(self, now_ms: int) -> int:
        """Delete what has long been wanted by nobody, and return how many files that were."""
        old = now_ms - KEPT_MS
        with self._told():
            self._db.execute("DELETE FROM phrase WHERE wanted_ms < ?", (old,))
            self._db.commit()
        kept = {each.sha256.hex() for each in self.rendered().values()}
        kept |= {each.sha256 for each in Offers(self.path).now().values()}
        gone = 0
        for file in (self.path / "files").glob("*/*"):
            if file.name not in kept and file.stat().st_mtime * 1000 < old:
                file.unlink()
                gone += 1
        return gone

    def close(self) -> None:
        """Let go of the index."""
        self._db.close()

    def _has(self, one: Rendered) -> bool:
        return not one.size or path_of(self.path, one.sha256).exists()

    def _keep(self, file: bytes) -> bytes:
        sha256 = hashlib.sha256(file).digest()
        path = path_of(self.path, sha256)
        # One of another size was damaged behind our back.
        if path.exists() and path.stat().st_size == len(file):
            os.utime(path)
        else:
            path.parent.mkdir(exist_ok=True)
            write_whole(path, file)
        return sha256

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what is wrong with the index into a sentence for a technician."""
        try:
            yield
        except sqlite3.Error as error:
            raise HubError(
                f"{self.path}/index.sqlite: {error}: make room, or remove it and render anew"
            ) from error


class Offers:
    """Which list each branch is offered; read again when it has changed."""

    def __init__(self, folder: Path) -> None:
        """Look into *folder*, which need not be there yet."""
        self._path = folder / OFFERS
        self._seen: tuple[int, int] | None = None
        self._offers: dict[str, PhraseList] = {}

    def now(self) -> dict[str, PhraseList]:
        """Return the lists by branch, none where there are none or they cannot be read."""
        try:
            status = self._path.stat()
            seen = status.st_mtime_ns, status.st_ino
            if seen != self._seen:
                body = self._path.read_bytes()
                self._offers = msgspec.json.decode(body, type=dict[str, PhraseList])
                self._seen = seen
        except (OSError, msgspec.DecodeError):
            return {}
        return self._offers


def path_of(folder: Path, sha256: bytes) -> Path:
    """Return where the file *sha256* lies in *folder*."""
    name = sha256.hex()
    return folder / "files" / name[:2] / name


def write_whole(path: Path, body: bytes) -> None:
    """Replace *path* by *body*, whole or not at all; raises `HubError` for a disk without room."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with new.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise HubError(f"{path} could not be written: {error.strerror}") from error
