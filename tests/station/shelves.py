"""Shelves as the hub packs them, for a station's tests."""

from datetime import date

import msgspec
from msgspec import Struct

from circulation import messages, shelf_rows
from circulation.identifiers import ItemId, TitleId
from circulation.messages import (
    ShelfBranch,
    ShelfCard,
    ShelfItem,
    ShelfPart,
    ShelfSign,
    ShelfTitle,
)
from circulation.shelf_rows import GONE, Kind, Row
from station.shelf import ShelfStore

BRANCH = ShelfBranch(
    code="VIN",
    name="Vindelns bibliotek",
    municipality="Vindeln",
    telephone="0980-319201",
    drop="i luckan vid dörren",
    hours=[],
    closed_days=[date(2026, 12, 24)],
    loan_days=28,
)


def row(kind: Kind, key: str, body: Struct | None) -> Row:
    """Return one row; without a body it is gone."""
    return Row(kind, key, msgspec.Raw(messages.encode(body)) if body else GONE)


def title_row(id_: str, title: str = "Ronja rövardotter") -> Row:
    return row(Kind.TITLE, id_, ShelfTitle(id=TitleId(id_), title=title))


def item_row(id_: str, title: str = "ft1", **known) -> Row:
    item = ShelfItem(id=ItemId(id_), title=TitleId(title), branch="VIN", **known)
    return row(Kind.ITEM, id_, item)


def card_row(token: str) -> Row:
    return row(Kind.CARD, token, ShelfCard(token=token))


def shelf(title: str = "Ronja rövardotter") -> list[Row]:
    """Return a small shelf."""
    return [
        row(Kind.BRANCH, "VIN", BRANCH),
        title_row("ft1", title),
        item_row("30000001"),
        card_row("aa"),
        row(Kind.SIGN, "s1", ShelfSign(id="s1", text="Talböcker")),
    ]


def version_of(rows: list[Row]) -> str:
    def digest(kind: Kind) -> str:
        return shelf_rows.digest(sorted((r.key, bytes(r.body)) for r in rows if r.kind is kind))

    return shelf_rows.version(digest(kind) for kind in Kind)


def cut(
    rows: list[Row],
    *,
    whole: list[Row] | None = None,
    base: str = "",
    size: int = 90,
    catalogue_version: int = 7,
) -> list[ShelfPart]:
    """Return the parts of *rows* that make *whole* (themselves, where they are) out of *base*."""
    packed = shelf_rows.pack(rows)
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    return [
        ShelfPart(
            version=version_of(whole if whole is not None else rows),
            base=base,
            pack=shelf_rows.name(packed),
            part=number,
            parts=len(pieces),
            catalogue_version=catalogue_version,
            data=piece,
        )
        for number, piece in enumerate(pieces)
    ]


def put_on(store: ShelfStore, rows: list[Row], **more) -> str:
    """Put *rows* in force, as if they had come from the hub; return their version."""
    for part in cut(rows, **more):
        store.arrivals.take(part)
    return store.version()
