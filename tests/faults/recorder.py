"""A station's journal in a process of its own: prints each fact's number once it was promised."""

import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from circulation import envelopes
from circulation.facts import Checkin
from circulation.identifiers import ItemId, StationId
from station.errors import JournalFullError
from station.journal import Journal
from tests.station.rig import AT, KEY, open_journal

FACT = Checkin(at=AT, item=ItemId("30000001"))
REFUSED = "refused"
CARELESS = {"normal": ("synchronous", "NORMAL", 1), "delete": ("journal_mode", "DELETE", "delete")}
"""A setting, what it is made, and how SQLite then calls it."""
NO_CHECKPOINT = "PRAGMA wal_autocheckpoint = 0"
"""At a checkpoint even NORMAL syncs, and while it does a process is easily frozen."""


class CarelessJournal(Journal):
    """A journal whose promise is broken on purpose, after it has looked at its own settings."""

    def become(self, how: str) -> None:
        """Be careless from now on in the way named *how*."""
        setting, value, called = CARELESS[how]
        self._db.execute(NO_CHECKPOINT)
        self._db.execute(f"PRAGMA {setting} = {value}")
        # A control that is as careful as what it controls proves nothing.
        assert self._db.execute(f"PRAGMA {setting}").fetchone() == (called,)


def careless_journal(folder: Path, how: str) -> Journal:
    """Return a journal in *folder* that is careless in the way named *how*."""
    path = folder / "journal.sqlite"
    journal = CarelessJournal(path, station=StationId("vindeln-1"), epoch=1, key=KEY)
    journal.become(how)
    return journal


def kept(folder: Path) -> list[int]:
    """Return the numbers of the facts in *folder*'s journal, whose chain must be whole."""
    journal = open_journal(folder)
    try:
        facts = journal.owed_after(0, 1_000_000)
        prev = envelopes.GENESIS
        for seq, raw in facts:
            envelope = envelopes.address(raw)
            assert (envelope.seq, envelope.prev) == (seq, prev), f"the chain breaks at {seq}"
            prev = envelopes.digest(raw)
        assert journal.newest_seq == len(facts), "the journal's own count is not what it holds"
        return [seq for seq, _ in facts]
    finally:
        journal.close()


def _rounds(wanted: int) -> Iterator[int]:
    return iter(range(wanted)) if wanted else count()


def main(folder: Path, wanted: int, how: str) -> None:
    """Record *wanted* facts, without end where it is 0, and go on after those refused."""
    journal = careless_journal(folder, how) if how else open_journal(folder)
    for _ in _rounds(wanted):
        try:
            print(journal.record(FACT), flush=True)
        except JournalFullError:
            print(REFUSED, flush=True)
    journal.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
