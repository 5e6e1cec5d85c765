"""What a bad card does to a journal, done on purpose; the file itself stays a whole database."""

import sqlite3
from contextlib import closing
from pathlib import Path


def change(folder: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / "journal.sqlite")) as db, db:
        db.execute(statement, values)


def spoil(folder: Path, seq: int) -> None:
    """Change one letter of fact *seq*'s sealed bytes."""
    with closing(sqlite3.connect(folder / "journal.sqlite")) as db, db:
        (raw,) = db.execute("SELECT envelope FROM owed WHERE seq = ?", (seq,)).fetchone()
        at = raw.index(b'"sealed":"') + 30
        bad = raw[:at] + (b"A" if raw[at : at + 1] != b"A" else b"B") + raw[at + 1 :]
        db.execute("UPDATE owed SET envelope = ? WHERE seq = ?", (bad, seq))


def spoil_hash(folder: Path, seq: int) -> None:
    """Leave what is not even text any more beside fact *seq*."""
    change(folder, "UPDATE owed SET hash = CAST(x'ff0102' AS TEXT) WHERE seq = ?", seq)


def remove(folder: Path, seq: int) -> None:
    """Have row *seq* vanish."""
    change(folder, "DELETE FROM owed WHERE seq = ?", seq)
