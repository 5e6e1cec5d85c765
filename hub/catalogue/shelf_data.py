"""What a branch's stations must know of the catalogue while the line is down."""

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, select

from circulation.identifiers import BranchCode, CardNumber, ItemId, TitleId
from circulation.messages import ShelfBranch, ShelfItem, ShelfMenu, ShelfSign, ShelfTitle
from hub.catalogue import branches, log, menu, tables
from hub.catalogue.policy import STATE_GOOD, USAGE_LOAN
from hub.catalogue.talking import with_talking_books
from hub.errors import HubError


class RegionMaterial(Struct, frozen=True, kw_only=True):
    """What every shelf of the region has: any book is heard and named at any branch."""

    titles: list[ShelfTitle]
    items: list[ShelfItem]
    card_numbers: list[CardNumber]
    """Cards that may borrow; each station knows them by tokens of its own."""
    menu: list[ShelfMenu]
    """What of the spoken menu is the same everywhere."""
    catalogue_version: int


class BranchMaterial(Struct, frozen=True, kw_only=True):
    """What only the shelves of one branch have."""

    branch: ShelfBranch
    signs: list[ShelfSign]
    menu: list[ShelfMenu]


def region_material(engine: Engine) -> RegionMaterial:
    """Return one moment's material for every shelf."""
    with engine.execution_options(read_only=True).begin() as db:
        return RegionMaterial(
            titles=_titles(db),
            items=_items(db),
            card_numbers=_cards(db),
            menu=menu.of_region(db),
            catalogue_version=log.version(db),
        )


def branch_material(engine: Engine, branch: BranchCode) -> BranchMaterial:
    """Return one moment's material for the shelves of *branch*."""
    with engine.execution_options(read_only=True).begin() as db:
        home = branches.branch(db, branch)
        if home is None:
            raise HubError(f"no branch {branch!r} in the catalogue; load the region first")
        return BranchMaterial(
            branch=branches.on_shelf(home, branches.municipalities(db)[home.municipality].name),
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
    found = db.execute(select(tables.item).order_by(item.id))
    return [
        ShelfItem(
            id=ItemId(row.id),
            title=TitleId(row.title),
            branch=row.branch,
            lendable=row.usage == USAGE_LOAN,
            reserved=row.id in aside,
        )
        for row in found
    ]


def _cards(db: Connection) -> list[CardNumber]:
    card, patron = tables.loan_card.c, tables.patron.c
    good = select(card.number).select_from(tables.loan_card.join(tables.patron))
    good = good.where(card.state == STATE_GOOD, patron.state == STATE_GOOD)
    return [CardNumber(number) for number in db.scalars(good.order_by(card.number))]


def _signs(db: Connection, branch: BranchCode) -> list[ShelfSign]:
    sign = tables.shelf_sign.c
    found = db.execute(select(tables.shelf_sign).where(sign.branch == branch).order_by(sign.id))
    return [ShelfSign(id=row.id, text=row.text, text_en=row.text_en) for row in found]
