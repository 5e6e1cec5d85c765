"""What of the catalogue is said aloud, and where its copies are."""

import msgspec
from msgspec import Struct
from sqlalchemy import Engine, select

from circulation.identifiers import BranchCode, TitleId
from circulation.messages import ShelfTitle
from hub.catalogue import tables


class SpokenMaterial(Struct, frozen=True):
    """The *titles* that somebody can hold in their hand, the newest first; *copies* by branch."""

    titles: list[ShelfTitle]
    copies: dict[BranchCode, frozenset[TitleId]]


def spoken_material(engine: Engine) -> SpokenMaterial:
    """Return one moment's material; a branch without copies has an empty set."""
    title, item = tables.title.c, tables.item.c
    with engine.execution_options(read_only=True).begin() as db:
        held = select(title.shelf_title).where(title.control_number.in_(select(item.title)))
        titles = list(db.scalars(held.order_by(title.number.desc())))
        branches = list(db.scalars(select(tables.branch.c.code)))
        rows = db.execute(select(item.branch, item.title).distinct()).all()
    copies: dict[BranchCode, set[TitleId]] = {BranchCode(code): set() for code in branches}
    for row in rows:
        copies.setdefault(BranchCode(row.branch), set()).add(TitleId(row.title))
    return SpokenMaterial(
        msgspec.convert(titles, list[ShelfTitle]),
        {branch: frozenset(held) for branch, held in copies.items()},
    )
