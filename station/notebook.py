"""Small documents a technician may read with cat: settings asked for and in force, and the like."""

import json
import os
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tinydb
from tinydb.storages import Storage

DOCUMENTS_MAX = 1000
T = TypeVar("T")


class AtomicStorage(Storage):
    """TinyDB's storage by replacement: after any crash the file is the old one or the new.

    Stock JSONStorage overwrites in place and truncates last, which leaves invalid JSON when
    the plug is pulled between the two.
    """

    def __init__(self, path: Path) -> None:
        """Keep the document at *path*; one that is not whole is set aside, not deleted."""
        self._path = path
        if path.exists() and self._torn():
            path.rename(path.with_name(f"{path.name}.damaged-{path.stat().st_mtime_ns}"))

    def _torn(self) -> bool:
        try:
            return not isinstance(json.loads(self._path.read_bytes()), dict)
        except (ValueError, UnicodeDecodeError):
            return True

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return the document, None before the first write."""
        if not self._path.exists():
            return None
        document: dict[str, dict[str, Any]] = json.loads(self._path.read_bytes())
        return document

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Return only when *data* would survive pulling the plug."""
        new = self._path.with_name(f"{self._path.name}.new")
        with new.open("w", encoding="utf-8") as file:
            json.dump(data, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Notebook:
    """Named small documents, each a msgspec Struct."""

    def __init__(self, path: Path) -> None:
        """Open the notebook at *path*."""
        self._db = tinydb.TinyDB(path, storage=AtomicStorage)

    def put(self, name: str, document: Any) -> None:
        """Keep *document* as *name*, in the place of what was there."""
        table = self._db.table("documents")
        body = {"name": name, "body": msgspec.to_builtins(document)}
        table.upsert(body, tinydb.where("name") == name)
        assert len(table) <= DOCUMENTS_MAX, "the notebook is for small things"

    def get(self, name: str, kind: type[T]) -> T | None:
        """Return the document *name*, None where there is none that *kind* can read."""
        found = self._db.table("documents").get(tinydb.where("name") == name)
        if not isinstance(found, dict):
            return None
        try:
            return msgspec.convert(found["body"], kind)
        except msgspec.ValidationError:
            # Written by another version of this program: asked for again, not guessed.
            return None

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
