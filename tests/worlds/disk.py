"""A disk that forgets what was not synced when its plug is pulled; SQLite runs on it as it is."""

import contextlib
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import apsw

SECTOR = 512


class PowerCut(BaseException):
    """The plug is pulled: nothing of the process goes on, not even an `except Exception`."""


class Disk:
    """The files of one machine; *effect* is told of each write and sync, and may pull the plug."""

    made = 0

    def __init__(self, folder: Path, effect: Callable[[str], None], rng: random.Random) -> None:
        self.folder = folder
        self.effect = effect
        self._rng = rng
        self.files: dict[str, File] = {}
        self.off = False
        self.free_bytes: int | None = None
        """How much may still be written; None is without end."""
        Disk.made += 1
        self.name = f"world-{Disk.made}"
        self._vfs = Vfs(self)
        self._open: list[Connection] = []

    def connect(self, path: Path) -> "Connection":
        """Return a connection as `sqlite3.connect` would, to a file of this disk."""
        made = Connection(self, path)
        self._open.append(made)
        return made

    def cut(self) -> None:
        """Pull the plug."""
        self.off = True
        raise PowerCut

    def wrote(self, name: str, size: int) -> None:
        if self.free_bytes is not None:
            if size > self.free_bytes:
                raise apsw.FullError("no space left on the disk")
            self.free_bytes -= size
        try:
            self.effect(name)
        except PowerCut:
            self.off = True
            raise

    def survivor(self, folder: Path, effect: Callable[[str], None]) -> "Disk":
        """Return the disk as it is found when the power comes back."""
        found = Disk(folder, effect, self._rng)
        found.free_bytes = self.free_bytes
        for path in self.folder.iterdir():
            if str(path) not in self.files:
                (folder / path.name).write_bytes(path.read_bytes())
        for name, file in self.files.items():
            body = file.after_power_cut(self._rng)
            if body is not None:
                (folder / Path(name).name).write_bytes(body)
        return found

    def close(self) -> None:
        """Let go of it: SQLite holds on to every file system that it was told of."""
        self.off = True
        for connection in self._open:
            connection.let_go()
        self._vfs.unregister()


class Vfs(apsw.VFS):  # type: ignore[misc]
    """SQLite's own file system, watched."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__(disk.name, "")

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        plain = name.filename() if isinstance(name, apsw.URIFilename) else name
        return File(self._disk, plain, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        if self._disk.off:
            return
        self._disk.wrote("delete", 0)
        super().xDelete(filename, syncdir)
        self._disk.files.pop(filename, None)


class File(apsw.VFSFile):  # type: ignore[misc]
    """One file: what is on the platter, and what only the cache knows."""

    def __init__(self, disk: Disk, plain: str, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._path = Path(plain) if plain else None
        known = disk.files.get(plain)
        self.synced = known.synced if known else self._body()
        self.cached: list[tuple[int, bytes | None]] = list(known.cached) if known else []
        if plain:
            disk.files[plain] = self

    def _body(self) -> bytes:
        return self._path.read_bytes() if self._path and self._path.exists() else b""

    def xWrite(self, data: bytes, offset: int) -> None:
        if self._disk.off:
            return
        self._disk.wrote("write", len(data))
        super().xWrite(data, offset)
        self.cached.append((offset, bytes(data)))

    def xTruncate(self, size: int) -> None:
        if self._disk.off:
            return
        self._disk.wrote("truncate", 0)
        super().xTruncate(size)
        self.cached.append((size, None))

    def xSync(self, flags: int) -> None:
        if self._disk.off:
            return
        self._disk.wrote("sync", 0)
        super().xSync(flags)
        body = bytearray(self.synced)
        for offset, data in self.cached:
            _apply(body, offset, data)
        self.synced, self.cached = bytes(body), []

    def after_power_cut(self, rng: random.Random) -> bytes | None:
        """Return what is on the platter: all that was synced, and any sectors of what was not."""
        body = bytearray(self.synced)
        for offset, data in self.cached:
            if data is None:
                if rng.random() < 0.5:
                    _apply(body, offset, data)
                continue
            for at in range(0, len(data), SECTOR):
                if rng.random() < 0.5:
                    _apply(body, offset + at, data[at : at + SECTOR])
        return bytes(body)


def _apply(body: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del body[offset:]
        return
    if len(body) < offset:
        body.extend(bytes(offset - len(body)))
    body[offset : offset + len(data)] = data


class Connection:
    """As much of `sqlite3.Connection` as the product uses, over a watched file."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._db = apsw.Connection(str(path), vfs=disk.name)

    def execute(self, statement: str, values: tuple[Any, ...] = ()) -> "Cursor":
        def run() -> Cursor:
            if statement.lstrip().split(None, 1)[0].upper() in {"INSERT", "UPDATE", "DELETE"}:
                self._begin()
            before = self._db.total_changes()
            rows = self._db.execute(statement, values).fetchall()
            return Cursor(rows, self._db.total_changes() - before)

        return self._told(run)

    def executescript(self, script: str) -> None:
        self._told(lambda: self._db.execute(script))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._db.in_transaction:
            word = "COMMIT" if kind is None else "ROLLBACK"
            self._told(lambda: self._db.execute(word))

    def _begin(self) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN")

    def _told(self, run: Callable[[], Any]) -> Any:
        if self._disk.off:
            raise PowerCut
        try:
            return run()
        except (apsw.Error, OSError, PowerCut) as error:
            if self._disk.off:
                raise PowerCut from error
            if isinstance(error, apsw.FullError | apsw.IOError):
                self._roll_back()
                raise sqlite3.OperationalError(str(error)) from error
            if isinstance(error, apsw.NotADBError | apsw.CorruptError):
                raise sqlite3.DatabaseError(str(error)) from error
            raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def close(self) -> None:
        if not self._disk.off:
            with contextlib.suppress(apsw.FullError):
                self._db.close()

    def let_go(self) -> None:
        """End it on a disk that takes nothing any more."""
        self._db.close(True)


class Cursor:
    """The rows of one statement."""

    def __init__(self, rows: list[tuple[Any, ...]], changed: int) -> None:
        self._rows = rows
        self.rowcount = changed

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows
