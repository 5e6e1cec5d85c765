"""What of the catalogue is said aloud, and where its copies are."""

import msgspec
from msgspec import Struct
from sqlalchemy import Engine, select

from circulation.identifiers import BranchCode, TitleId
from circulation.messages import ShelfSaying, ShelfSign, ShelfTitle
from hub.catalogue import menu, sayings, tables
from hub.catalogue.menu import Place


class SpokenMaterial(Struct, frozen=True, kw_only=True):
    """The *titles* that somebody can hold in their hand, the newest first; *copies* by branch.

    And what librarians have written: the *places* of the spoken menu, the *signs* on shelves, and
    how words are to be said.
    """

    titles: list[ShelfTitle]
    copies: dict[BranchCode, frozenset[TitleId]]
    places: list[Place] = []
    signs: list[ShelfSign] = []
    sayings: list[ShelfSaying] = []


def spoken_material(engine: Engine) -> SpokenMaterial:
    """Return one moment's material; a branch without copies has an empty set."""
    title, item, sign = tables.title.c, tables.item.c, tables.shelf_sign.c
    with engine.execution_options(read_only=True).begin() as db:
        held = select(title.shelf_title).where(title.control_number.in_(select(item.title)))
        titles = list(db.scalars(held.order_by(title.number.desc())))
        branches = list(db.scalars(select(tables.branch.c.code)))
        rows = db.execute(select(item.branch, item.title).distinct()).all()
        signs = db.execute(select(sign.id, sign.text, sign.text_en)).all()
        places, said = menu.places(db), sayings.every(db)
    copies: dict[BranchCode, set[TitleId]] = {BranchCode(code): set() for code in branches}
    for row in rows:
        copies.setdefault(BranchCode(row.branch), set()).add(TitleId(row.title))
    return SpokenMaterial(
        titles=msgspec.convert(titles, list[ShelfTitle]),
        copies={branch: frozenset(held) for branch, held in copies.items()},
        places=[place for place in places if place.shown],
        signs=[ShelfSign(**row._mapping) for row in signs],
        sayings=said,
    )
