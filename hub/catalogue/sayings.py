"""How librarians want words to be said: one list for the whole region."""

import re

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select

from circulation.messages import ShelfSaying
from hub.catalogue import tables

LANGUAGES = ("", "sv", "en", "fi", "nb", "da", "se", "smj", "ar")
"""Of the voices; empty: all of them."""
LETTERS_MAX = 120
SAYINGS_MAX = 2000

_SAYABLE = re.compile(r"[^\W_](?:[\w\s.,:;!?'’·-]*[\w.!?'’])?")


class Wrong(Struct, frozen=True):
    """What is wrong with what was given: `written`, `said`, `language` or `many`."""

    what: str


def every(db: Connection) -> list[ShelfSaying]:
    """Return the whole list, in the alphabet."""
    saying = tables.saying.c
    rows = db.execute(select(tables.saying).order_by(saying.written, saying.language)).all()
    return [
        ShelfSaying(id=str(row.number), written=row.written, said=row.said, language=row.language)
        for row in rows
    ]


def keep(db: Connection, written: str, said: str, language: str) -> Wrong | None:
    """Let *written* be said as *said* in *language*, in the place of what stood there."""
    written, said = _plain(written), _plain(said)
    if not 0 < len(written) <= LETTERS_MAX or not any(map(str.isalnum, written)):
        return Wrong("written")
    if len(said) > LETTERS_MAX or not _SAYABLE.fullmatch(said):
        return Wrong("said")
    if language not in LANGUAGES:
        return Wrong("language")
    saying = tables.saying.c
    same = (saying.written == written) & (saying.language == language)
    db.execute(delete(tables.saying).where(same))
    if len(every(db)) >= SAYINGS_MAX:
        return Wrong("many")
    db.execute(insert(tables.saying).values(written=written, said=said, language=language))
    return None


def drop(db: Connection, number: int) -> None:
    """Let the words of the row *number* be said as they are written."""
    db.execute(delete(tables.saying).where(tables.saying.c.number == number))


def _plain(text: str) -> str:
    return " ".join(text.split())
