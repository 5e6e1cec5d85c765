"""What is kept comes out, and comes in again as it was."""

import io
import stat
from pathlib import Path

import pymarc
import pytest
from sqlalchemy import select

from circulation.errors import ConfigError
from hub.catalogue import menu, menu_editing, rulebook, sayings, tables
from hub.catalogue.exporting import bring_in, export
from hub.catalogue.importing import import_file
from hub.catalogue.log import Write
from hub.catalogue.marc import read_records
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.search import search
from hub.catalogue.staff import StaffDesk
from hub.catalogue.terms import Rule
from hub.database import open_database
from tests.hub.catalogue.cast import NOW_MS, enter_talking_book
from tests.hub.catalogue.records import iso2709, marcxml, record

TITLES = Path(__file__).parents[3] / "provisioning" / "umearegionen" / "titles.mrc"
KEPT = (
    "municipality",
    "branch",
    "item",
    "patron",
    "entitlement",
    "loan_card",
    "loan",
    "hold",
    "transit",
    "shelf_sign",
    "menu_place",
    "circulation_rules",
    "saying",
)


@pytest.fixture
def lived(engine, tmp_path):
    """Return the cast's region after a day, with records of both kinds."""
    enter_talking_book(engine)
    xml = tmp_path / "in.xml"
    latin = marcxml(record("x1", "Åns ö", f650a="Fiske & <båtar>"))
    xml.write_bytes(latin.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"))
    import_file(engine, xml)
    catalogue, staff = OwnCatalogue(engine), StaffDesk(engine)
    catalogue.checkout("B-2", "K-ANNA", posting="p", at_ms=NOW_MS, due=None, no_block=False)
    catalogue.place_hold("t-novel", "K-BO", pickup="GRA", at_ms=NOW_MS)
    catalogue.place_hold("t-novel", "K-CHILD", pickup="VIN", at_ms=NOW_MS)
    catalogue.checkin("B-1", "VIN", posting="q", at_ms=NOW_MS)
    catalogue.place_hold("t-film", "K-ANNA", pickup="VIN", at_ms=NOW_MS)
    staff.trap("B-FILM", at_ms=NOW_MS)
    with engine.begin() as db:
        rulebook.keep(
            db, [Rule(item_kind="film", age=11, offline=False)], Write(posting=None, at_ms=NOW_MS)
        )
        menu_editing.keep(db, menu.places(db)[:3])
        for language, said in (("sv", "Åsa"), ("", "osa")):
            sayings.keep(db, "Åsa", said, language)
        db.execute(
            tables.shelf_sign.insert().values(
                id="S", tag="04", branch="VIN", text='Hylla "Ö", 2\n', text_en=""
            )
        )
    return engine


@pytest.fixture
def empty(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    tables.ensure(engine)
    yield engine
    engine.dispose()


def rows(engine, name):
    table = tables.METADATA.tables[name]
    with engine.connect() as db:
        by_key = select(table).order_by(*table.primary_key.columns)
        kept = [dict(row._mapping) for row in db.execute(by_key)]
    for row in kept:
        row.pop("number", None) if name == "hold" else None
    return sorted(kept, key=str) if name != "hold" else kept


def records(engine):
    title = tables.title.c
    with engine.connect() as db:
        return {
            row.control_number: (row.marc, row.shelf_title, row.sought_title)
            for row in db.execute(select(tables.title).order_by(title.control_number))
        }


def test_everything_that_came_out_is_the_same_when_it_has_come_in_again(lived, empty, tmp_path):
    export(lived, tmp_path / "out")

    bring_in(empty, tmp_path / "out", NOW_MS)

    for name in KEPT:
        assert rows(empty, name) == rows(lived, name), name
    before, after = records(lived), records(empty)
    assert set(after) == set(before)
    for number in ("t-novel", "t-film", "t-map", "t-talking"):
        assert after[number][0] == before[number][0], "MARC21 to the byte"
    assert OwnCatalogue(empty).pin_refused("K-ANNA", "1234", NOW_MS) is None


def test_coming_in_twice_is_coming_in_once(lived, empty, tmp_path):
    export(lived, tmp_path / "out")
    for _ in range(2):
        bring_in(empty, tmp_path / "out", NOW_MS)

    assert {name: rows(empty, name) for name in KEPT} == {name: rows(lived, name) for name in KEPT}


def test_an_export_that_was_cut_off_is_none_and_changes_nothing(lived, empty, tmp_path):
    export(lived, tmp_path / "out")
    (tmp_path / "out" / "menu.json").unlink()
    (tmp_path / "out" / "lists" / "transit.csv").unlink()

    with pytest.raises(ConfigError, match=r"it lacks lists/transit\.csv, menu\.json"):
        bring_in(empty, tmp_path / "out", NOW_MS)
    assert records(empty) == {}


def test_records_come_out_as_they_came_in(lived, tmp_path):
    marc = tmp_path / "in.mrc"
    raw = iso2709(record("n1", "Ån"), record("n2", "Ö", f100a="Å, Ä"))
    marc.write_bytes(raw)
    import_file(lived, marc)

    export(lived, tmp_path / "out")

    assert raw in (tmp_path / "out" / "titles.mrc").read_bytes()
    (found,) = pymarc.parse_xml_to_array(io.BytesIO((tmp_path / "out" / "titles.xml").read_bytes()))
    assert found["245"]["a"] == "Åns ö"
    assert found["650"]["a"] == "Fiske & <båtar>"


def test_how_many_are_where_is_told(lived, tmp_path):
    counts = export(lived, tmp_path / "out")

    assert (counts["titles.mrc"], counts["titles.xml"]) == (4, 1)
    assert (counts["items.csv"], counts["cards.csv"], counts["loans.csv"]) == (6, 6, 1)
    assert (counts["holds.csv"], counts["transit.csv"], counts["region.toml"]) == (3, 1, 2)


def test_nobody_else_may_read_what_came_out(lived, tmp_path):
    export(lived, tmp_path / "out")

    for file in (tmp_path / "out").rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


def test_a_folder_that_is_there_is_not_written_into(lived, tmp_path):
    (tmp_path / "lists").mkdir()

    with pytest.raises(ConfigError, match="name a new folder"):
        export(lived, tmp_path)


def test_all_records_of_the_example_region_are_found_and_come_out_as_they_came_in(empty, tmp_path):
    raw = TITLES.read_bytes()
    report = import_file(empty, TITLES)

    export(empty, tmp_path / "out")

    assert (report.broken, report.repeated) == ([], {})
    assert (tmp_path / "out" / "titles.mrc").read_bytes() == raw
    with TITLES.open("rb") as file, empty.connect() as db:
        for each in read_records(file, "iso2709"):
            sought = each.fields["245"]["a"]
            found = [hit.title.id for hit in search(db, sought).hits]
            assert each.control_number in found, sought
