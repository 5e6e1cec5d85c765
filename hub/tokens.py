"""What stands for a person in the facts of a book that has come back."""

import hashlib
import hmac
from collections.abc import Callable, Iterable

from sqlalchemy import Connection, bindparam, select

from circulation.identifiers import CardNumber, PatronId
from hub.catalogue.port import FORGOTTEN
from hub.prepared import Prepared
from hub.tables import item_key

MARK = FORGOTTEN
"""What a token begins with, and no card number does."""
_NOBODY = f"{MARK}?"

_KEY = Prepared(select(item_key.c.key).where(item_key.c.item == bindparam("of")))


def token(patron: PatronId, key: bytes) -> str:
    """Return what stands for *patron* in the facts of the one item that *key* belongs to."""
    return MARK + hmac.new(key, patron.encode(), hashlib.sha256).hexdigest()[:24]


def nobodys(card: CardNumber, key: bytes) -> str:
    """Return what stands for *card*, which no catalogue knows, in the facts of the one item."""
    return _NOBODY + hmac.new(key, card.encode(), hashlib.sha256).hexdigest()[:24]


def key_of(db: Connection, item: str) -> bytes | None:
    """Return the key of *item*'s tokens, None where nothing of it is forgotten."""
    key: bytes | None = _KEY.scalar(db, {"of": item})
    return key


def reader(
    db: Connection, item: str, known: Iterable[PatronId]
) -> Callable[[str], PatronId | None]:
    """Return what makes a patron of a token of *item*: one of the *known*, or the token itself.

    None for a card that nobody knew.
    """
    key = key_of(db, item)
    names = {token(patron, key): patron for patron in known} if key else {}
    return lambda mark: None if mark.startswith(_NOBODY) else names.get(mark, PatronId(mark))
