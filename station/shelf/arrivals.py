"""A shelf on its way: its parts on disk as they come, and the one moment when it is laid on."""

import sqlite3
from collections.abc import Iterator

from msgspec import Struct, structs

from circulation import shelf_rows
from circulation.errors import MessageError
from circulation.messages import ShelfPart
from station.shelf import rows


class Arriving(Struct, frozen=True):
    """A pack on its way: *here* of its *parts* have come."""

    version: str
    base: str
    pack: str
    parts: int
    here: int = 0


class Arrivals:
    """The parts of one pack at a time, in the shelf's own file; one thread calls."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Go on with what is in *db* from before."""
        self._db = db
        self._arriving, self._here = self._read()
        self.laid_on = 0
        """How many shelves have been laid on since the start."""

    def _read(self) -> tuple[Arriving | None, set[int]]:
        head = self._db.execute("SELECT version, base, pack, parts FROM arriving").fetchone()
        here = {int(row[0]) for row in self._db.execute("SELECT part FROM arrived")}
        return (structs.replace(Arriving(*head), here=len(here)) if head else None), here

    @property
    def arriving(self) -> Arriving | None:
        """What is on its way, None where nothing is."""
        return self._arriving

    def missing(self, most: int) -> list[int]:
        """Return the first parts that are not here, at most *most*."""
        if self._arriving is None:
            return []
        if len(self._here) == self._arriving.parts:
            # All had come when the plug was pulled: the last, once more, brings them into force.
            return [self._arriving.parts - 1]
        absent = (part for part in range(self._arriving.parts) if part not in self._here)
        return [part for part, _ in zip(absent, range(most), strict=False)]

    def take(self, part: ShelfPart) -> bool:
        """Keep *part*, of this pack or the first of another; return True when all is in force.

        Raises `MessageError` where the whole was not what was promised: then nothing of it is
        laid on, and nothing of it is kept. It is raised too where the disk took nothing.
        """
        try:
            if self._arriving is None or self._arriving.pack != part.pack:
                self._begin(part)
            arriving = self._keep(part)
            if arriving.here == arriving.parts:
                self._lay_on(arriving)
            return self._arriving is None
        except sqlite3.Error as error:
            raise MessageError(f"a shelf that the disk did not take: {error}") from error

    def forget(self) -> None:
        """Throw away what is here of a shelf on its way."""
        with self._db:
            self._clear()
        self._arriving, self._here = None, set()

    def _clear(self) -> None:
        self._db.execute("DELETE FROM arriving")
        self._db.execute("DELETE FROM arrived")

    def _begin(self, part: ShelfPart) -> None:
        head = (part.version, part.base, part.pack, part.parts)
        with self._db:
            self._clear()
            self._db.execute(
                "INSERT INTO arriving VALUES (?, ?, ?, ?, ?)", (*head, part.catalogue_version)
            )
        self._arriving, self._here = Arriving(*head), set()

    def _keep(self, part: ShelfPart) -> Arriving:
        assert self._arriving is not None, "a part of no pack"
        with self._db:
            self._db.execute("INSERT OR IGNORE INTO arrived VALUES (?, ?)", (part.part, part.data))
            # Of two hubs' words on what they had seen, the lesser is true of both.
            self._db.execute(
                "UPDATE arriving SET catalogue_version = min(catalogue_version, ?)",
                (part.catalogue_version,),
            )
        self._here.add(part.part)
        self._arriving = structs.replace(self._arriving, here=len(self._here))
        return self._arriving

    def _lay_on(self, whole: Arriving) -> None:
        try:
            self._lay_on_at_once(whole)
        except MessageError:
            self.forget()
            raise
        self.laid_on += 1
        self._arriving, self._here = None, set()

    def _lay_on_at_once(self, whole: Arriving) -> None:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            if not whole.base:
                rows.clear(self._db)
            rows.lay_on(self._db, shelf_rows.unpack(self._pieces(), whole.pack))
            if rows.version(self._db) != whole.version:
                raise MessageError("a shelf whose content is not the version that was promised")
            self._db.execute("DELETE FROM shelf")
            self._db.execute("INSERT INTO shelf SELECT version, catalogue_version FROM arriving")
            self._clear()

    def _pieces(self) -> Iterator[bytes]:
        for row in self._db.execute("SELECT data FROM arrived ORDER BY part"):
            yield bytes(row[0])
