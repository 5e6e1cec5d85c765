import pytest
from sqlalchemy import insert

from hub.catalogue import rulebook, tables
from hub.catalogue.log import Write
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.shelf_data import branch_material, region_material
from hub.catalogue.terms import Rule
from hub.errors import HubError
from tests.hub.catalogue.cast import NOW_MS, enter_talking_book, wait_for


def test_a_branch_knows_the_whole_regions_books(engine):
    material, branch = region_material(engine), branch_material(engine, "GRA").branch

    assert [item.id for item in material.items] == ["B-1", "B-2", "B-FILM", "B-MAP", "B-REF"]
    assert {title.id for title in material.titles} == {"t-novel", "t-film", "t-map"}
    assert (branch.name, branch.municipality) == ("Granö", "Vindeln")
    assert branch.drop_en == "in the box by the door"


def test_only_cards_that_may_borrow_are_on_the_shelf(engine):
    assert region_material(engine).card_numbers == ["K-ANNA", "K-BO", "K-CHILD"]


def test_what_may_not_leave_is_marked(engine):
    wait_for(engine, "t-novel", "bo")
    OwnCatalogue(engine).checkin("B-2", "VIN", posting="p", at_ms=NOW_MS)

    items = {item.id: item for item in region_material(engine).items}

    assert (items["B-REF"].lendable, items["B-1"].lendable) == (False, True)
    assert (items["B-2"].reserved, items["B-1"].reserved) == (True, False)


def test_who_is_entitled_is_on_no_shelf_and_a_talking_book_is_asked_about(engine):
    enter_talking_book(engine)
    before = region_material(engine)
    with engine.begin() as db:
        db.execute(insert(tables.entitlement).values(patron="anna"))

    after = region_material(engine)

    items = {item.id: item for item in after.items}
    assert after == before, "nothing that a station is told depends on who is entitled"
    assert (items["B-TALKING"].asked_about, items["B-1"].asked_about) == (True, False)


def test_what_the_rules_say_of_loans_off_line_is_on_the_shelf(engine):
    rules = [
        Rule(item_kind="film", loan_days=7, offline=False),
        Rule(branch="VIN", loan_days=21),
        Rule(patron_kind="school", loan_days=90),
    ]
    with engine.begin() as db:
        rulebook.keep(db, rules, Write(posting=None, at_ms=NOW_MS))

    items = {item.id: item for item in region_material(engine).items}

    assert branch_material(engine, "VIN").branch.loan_days == 21
    assert (items["B-1"].loan_days, items["B-1"].asked_about) == (0, False)
    assert items["B-FILM"].asked_about


def test_a_kind_that_is_lent_for_other_days_says_so(engine):
    with engine.begin() as db:
        rulebook.keep(db, [Rule(item_kind="film", loan_days=7)], Write(posting=None, at_ms=NOW_MS))

    items = {item.id: item for item in region_material(engine).items}
    assert (items["B-FILM"].loan_days, items["B-1"].loan_days) == (7, 0)


def test_signs_are_the_branchs_own(engine):
    with engine.begin() as db:
        for branch in ("VIN", "GRA"):
            row = {"id": f"S-{branch}", "tag": "04", "branch": branch, "text_en": ""}
            db.execute(insert(tables.shelf_sign).values(row | {"text": f"Hylla i {branch}"}))

    assert [sign.text for sign in branch_material(engine, "GRA").signs] == ["Hylla i GRA"]


def test_a_loan_moves_the_version_on(engine):
    before = region_material(engine).catalogue_version
    OwnCatalogue(engine).checkout(
        "B-1", "K-ANNA", posting="p", at_ms=NOW_MS, due=None, no_block=False
    )

    assert region_material(engine).catalogue_version > before


def test_a_branch_that_is_not_there_is_named(engine):
    with pytest.raises(HubError, match="'XXX'"):
        branch_material(engine, "XXX")
