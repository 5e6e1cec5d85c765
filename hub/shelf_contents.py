"""What is on the shelves now: rows in memory, shared by every station of the region."""

from collections.abc import Iterator

import msgspec
from msgspec import Struct

from circulation import cards, messages, shelf_rows
from circulation.identifiers import BranchCode, CardNumber
from circulation.messages import ShelfCard
from circulation.shelf_rows import Kind, Row
from hub.catalogue.shelf_data import BranchMaterial, RegionMaterial
from hub.shelf_history import Changed, RowKey

REGION = ""
"""The scope of what every shelf has."""
Bodies = dict[str, bytes]
_PUT_TOGETHER = frozenset({Kind.CARD, Kind.MENU})


class Contents(Struct, frozen=True):
    """The rows of one scope by kind and key; a card stands here by its number, with no body."""

    by_kind: dict[Kind, Bodies]
    digests: dict[Kind, str]
    """Of each kind but cards and places, whose digests every station has its own of."""

    def rows(self) -> dict[RowKey, bytes]:
        """Return every row by kind and key."""
        return {
            (kind, key): body for kind, rows in self.by_kind.items() for key, body in rows.items()
        }


def of_region(material: RegionMaterial) -> Contents:
    """Return what every shelf has."""
    return _contents(
        {
            Kind.TITLE: {title.id: messages.encode(title) for title in material.titles},
            Kind.ITEM: {item.id: messages.encode(item) for item in material.items},
            Kind.CARD: dict.fromkeys(material.card_numbers, b""),
            Kind.MENU: {place.id: messages.encode(place) for place in material.menu},
            Kind.SAYING: {saying.id: messages.encode(saying) for saying in material.sayings},
        }
    )


def of_branch(material: BranchMaterial) -> Contents:
    """Return what only the shelves of one branch have."""
    return _contents(
        {
            Kind.BRANCH: {material.branch.code: messages.encode(material.branch)},
            Kind.SIGN: {sign.id: messages.encode(sign) for sign in material.signs},
            Kind.MENU: {place.id: messages.encode(place) for place in material.menu},
        }
    )


def _contents(by_kind: dict[Kind, Bodies]) -> Contents:
    digests: dict[Kind, str] = {
        kind: shelf_rows.digest(sorted(rows.items()))
        for kind, rows in by_kind.items()
        if kind not in _PUT_TOGETHER
    }
    return Contents(by_kind, digests)


class StationShelf:
    """One station's shelf as it is now: its region's, its branch's, and cards as its tokens."""

    def __init__(
        self, region: Contents, branch: Contents, code: BranchCode, card_key: bytes
    ) -> None:
        """Put *region* and *branch* together; cards are tokens under *card_key*."""
        self.code = code
        # Of a place that both have, the branch's is the nearer.
        places = region.by_kind[Kind.MENU] | branch.by_kind[Kind.MENU]
        self._by_kind = region.by_kind | branch.by_kind | {Kind.MENU: places}
        self._card_key = card_key
        self._tokens = sorted(map(self._token, self._by_kind[Kind.CARD]))
        put_together = {
            Kind.CARD: self._cards_digest(),
            Kind.MENU: shelf_rows.digest(sorted(places.items())),
        }
        digests = region.digests | branch.digests | put_together
        self.version = shelf_rows.version(digests[kind] for kind in Kind)

    def _token(self, number: str) -> str:
        return cards.token(CardNumber(number), self._card_key)

    def _cards_digest(self) -> str:
        return shelf_rows.digest((token, _card_body(token)) for token in self._tokens)

    def rows(self) -> Iterator[Row]:
        """Give every row."""
        for kind in Kind:
            if kind is Kind.CARD:
                yield from (_row(kind, token, _card_body(token)) for token in self._tokens)
            else:
                yield from (_row(kind, *row) for row in sorted(self._by_kind[kind].items()))

    def changes(self, changed: list[Changed]) -> Iterator[Row]:
        """Give the rows of *changed* as they are now."""
        for each in changed:
            if each.kind is not Kind.CARD:
                body = b"" if each.gone else self._by_kind[each.kind].get(each.key, b"")
                yield _row(each.kind, each.key, body)
            else:
                token = self._token(each.key)
                yield _row(each.kind, token, b"" if each.gone else _card_body(token))


def _card_body(token: str) -> bytes:
    return messages.encode(ShelfCard(token=token))


def _row(kind: Kind, key: str, body: bytes) -> Row:
    return Row(kind, key, msgspec.Raw(body) if body else shelf_rows.GONE)
