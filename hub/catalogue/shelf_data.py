"""What a branch's stations must know of the catalogue while the line is down."""

from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Engine, Row, select

from circulation.identifiers import BranchCode, CardNumber, ItemId, TitleId
from circulation.messages import (
    ShelfBranch,
    ShelfItem,
    ShelfMenu,
    ShelfSaying,
    ShelfSign,
    ShelfTitle,
)
from hub.catalogue import accepted, branches, log, menu, rulebook, sayings, tables
from hub.catalogue.feeds import ages
from hub.catalogue.policy import LENDABLE, STATE_GOOD, USAGE_ENTITLED
from hub.catalogue.talking import with_talking_books
from hub.catalogue.terms import RuleBook
from hub.errors import HubError


class RegionMaterial(Struct, frozen=True, kw_only=True):
    """What every shelf of the region has: any book is heard and named at any branch."""

    titles: list[ShelfTitle]
    items: list[ShelfItem]
    card_numbers: list[CardNumber]
    """Cards that may borrow; each station knows them by tokens of its own."""
    menu: list[ShelfMenu]
    """What of the spoken menu is the same everywhere."""
    sayings: list[ShelfSaying]
    """How words are said that a voice would say wrong."""
    catalogue_version: int


class BranchMaterial(Struct, frozen=True, kw_only=True):
    """What only the shelves of one branch have."""

    branch: ShelfBranch
    signs: list[ShelfSign]
    menu: list[ShelfMenu]


def region_material(engine: Engine, *, shown_since_ms: int = 0) -> RegionMaterial:
    """Return one moment's material for every shelf.

    Where no list tells of cards, those are on it that were good when shown after
    *shown_since_ms*; where one does, it is put right by what was shown after it was made.
    """
    with engine.execution_options(read_only=True).begin() as db:
        return RegionMaterial(
            titles=_titles(db),
            items=_items(db),
            card_numbers=_cards(db, shown_since_ms),
            menu=menu.of_region(db),
            sayings=sayings.every(db),
            catalogue_version=log.version(db),
        )


def branch_material(engine: Engine, branch: BranchCode) -> BranchMaterial:
    """Return one moment's material for the shelves of *branch*."""
    with engine.execution_options(read_only=True).begin() as db:
        home = branches.branch(db, branch)
        if home is None:
            raise HubError(f"no branch {branch!r} in the catalogue; load the region first")
        told = branches.on_shelf(home, branches.municipalities(db)[home.municipality].name)
        usual = rulebook.of(db).terms(branch=branch, loan_days=told.loan_days)
        return BranchMaterial(
            branch=structs.replace(told, loan_days=usual.loan_days),
            signs=_signs(db, branch),
            menu=menu.of_branch(db, branch),
        )


def _titles(db: Connection) -> list[ShelfTitle]:
    title = tables.title.c
    # Only what somebody can hold in their hand is touched.
    held = select(title.shelf_title).where(title.control_number.in_(select(tables.item.c.title)))
    spoken = db.scalars(held.order_by(title.control_number))
    return with_talking_books(msgspec.convert(list(spoken), list[ShelfTitle]))


def _items(db: Connection) -> list[ShelfItem]:
    item, hold = tables.item.c, tables.hold.c
    aside = set(db.scalars(select(hold.item).where(hold.item.is_not(None))))
    kind = tables.title.c.shelf_title["kind"].as_string().label("kind")
    copies = select(tables.item, kind).select_from(tables.item.join(tables.title))
    book = rulebook.of(db)
    days = {each.code: each.details.loan_days for each in branches.branches(db)}
    found = db.execute(copies.order_by(item.id))
    return [_item(row, book, days[row.branch], reserved=row.id in aside) for row in found]


def _item(row: Row[Any], book: RuleBook, loan_days: int, *, reserved: bool) -> ShelfItem:
    terms = book.terms(item_kind=row.kind or "book", branch=row.branch, loan_days=loan_days)
    usual = book.terms(branch=row.branch, loan_days=loan_days).loan_days
    return ShelfItem(
        id=ItemId(row.id),
        title=TitleId(row.title),
        branch=row.branch,
        lendable=row.usage in LENDABLE,
        reserved=reserved,
        # Whether somebody is entitled is asked of the hub, sealed; no station can tell.
        asked_about=row.usage == USAGE_ENTITLED or not terms.offline,
        loan_days=0 if terms.loan_days == usual else terms.loan_days,
    )


def _cards(db: Connection, shown_since_ms: int) -> list[CardNumber]:
    card, patron = tables.loan_card.c, tables.patron.c
    good = select(card.number).select_from(tables.loan_card.join(tables.patron))
    good = good.where(card.state == STATE_GOOD, patron.state == STATE_GOOD)
    numbers = set(db.scalars(good))
    shown = accepted.since(db, ages.cards_made_ms(db) or shown_since_ms)
    numbers |= {number for number, is_good in shown.items() if is_good}
    numbers -= {number for number, is_good in shown.items() if not is_good}
    return [CardNumber(number) for number in sorted(numbers)]


def _signs(db: Connection, branch: BranchCode) -> list[ShelfSign]:
    sign = tables.shelf_sign.c
    found = db.execute(select(tables.shelf_sign).where(sign.branch == branch).order_by(sign.id))
    return [ShelfSign(id=row.id, text=row.text, text_en=row.text_en) for row in found]
