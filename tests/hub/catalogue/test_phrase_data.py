import pytest
from sqlalchemy import delete

from circulation.identifiers import BranchCode, TitleId
from circulation.messages import ShelfTitle
from hub.catalogue import sayings, tables
from hub.catalogue.phrase_data import spoken_material
from tests.hub.catalogue.cast import enter_title, make_catalogue


@pytest.fixture
def engine(tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    yield engine
    engine.dispose()


def test_what_nobody_can_hold_is_not_said(engine):
    with engine.begin() as db:
        db.execute(delete(tables.item).where(tables.item.c.title == "t-film"))

    assert {title.id for title in spoken_material(engine).titles} == {"t-novel", "t-map"}


def test_the_newest_title_comes_first(engine):
    with engine.begin() as db:
        enter_title(db, "t-new", ShelfTitle(id=TitleId("t-new"), title="Ny bok"))
        row = {"id": "B-NEW", "title": "t-new", "branch": "GRA", "usage": "circulating"}
        db.execute(tables.item.insert().values(row | {"shelf": "Hc"}))

    assert spoken_material(engine).titles[0].id == "t-new"


def test_copies_are_told_by_branch_and_a_branch_without_any_has_none(engine):
    copies = spoken_material(engine).copies

    assert copies[BranchCode("VIN")] == {"t-novel", "t-film", "t-map"}
    assert copies[BranchCode("GRA")] == frozenset()


def test_what_librarians_have_written_is_told(engine):
    with engine.begin() as db:
        sign = {"id": "s1", "tag": "x", "branch": "VIN", "text": "Talböcker", "text_en": "Audio"}
        db.execute(tables.shelf_sign.insert().values(sign))
        assert sayings.keep(db, "Wilde", "Vajld", "sv") is None

    material = spoken_material(engine)

    assert [(sign.text, sign.text_en) for sign in material.signs] == [("Talböcker", "Audio")]
    assert [saying.said for saying in material.sayings] == ["Vajld"]
    assert material.places
