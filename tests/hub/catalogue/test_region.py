import pytest
from sqlalchemy import func, select

from circulation.errors import ConfigError
from hub.catalogue import tables
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.region import load_region
from hub.database import open_database
from tests.hub.catalogue.cast import NOW_MS, TITLES, enter_title

REGION = """
name = "Provregionen"

[[municipality]]
code = "vannas"
name = "Vännäs"
pin_to_borrow = true
pin_offline = "refuse"

[[branch]]
code = "VAN"
name = "Vännäs bibliotek"
municipality = "vannas"
telephone = "0935-000 00"
drop = "i luckan"
drop_en = "in the hatch"
floating = false
loan_days = 28
closed_days = [2026-12-24]

[[branch.hours]]
weekday = 0
opens = "09:30"
closes = "18:00"
staffed = true

[[branch.stop]]
place = "Torget"
weekday = 2
from = "14:00"
to = "14:40"
weeks = "odd"
"""
FILES = {
    "region.toml": REGION,
    "items.csv": "item,title,branch,usage,tag,shelf\nB1,t-novel,VAN,circulating,04aa,Hc\n"
    "B2,t-novel,VAN,circulating,04ab,Hc\n",
    "patrons.csv": "patron,name,birth_year,kind,state,pin,language,municipality,fees_ore\n"
    "p1,Ett Exempel,1980,adult,active,1234,sv,vannas,1500\n",
    "cards.csv": "card,patron,state,uid\nK1,p1,active,0401\n",
    "holds.csv": "title,patron,branch,item,state\nt-novel,p1,VAN,,waiting\n",
    "loans.csv": "item,patron,due_in_days\nB1,p1,5\n",
    "signs.csv": "sign,tag,branch,text,text_en\nS1,04ff,VAN,Talböcker,Talking books\n",
}


@pytest.fixture
def engine(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    tables.ensure(engine)
    with engine.begin() as db:
        enter_title(db, "t-novel", TITLES["t-novel"])
    yield engine
    engine.dispose()


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def counts(engine):
    names = ("branch", "item", "patron", "loan_card", "hold", "loan", "shelf_sign")
    kept = [tables.METADATA.tables[name] for name in (*names, "catalogue_event")]
    with engine.connect() as db:
        return [db.scalar(select(func.count()).select_from(table)) for table in kept]


def test_a_whole_region_goes_in_with_its_loans_in_the_log(engine, folder):
    region = load_region(engine, folder, NOW_MS)

    catalogue = OwnCatalogue(engine)
    account = catalogue.account("K1", "VAN", catalogue.item("B1").loan.due)
    (entry,) = catalogue.log("B1")
    assert region.name == "Provregionen"
    assert counts(engine) == [1, 2, 1, 1, 1, 1, 1, 1]
    assert [loan.title for loan in account.loans] == ["Vägen genom myren"]
    assert (account.fees_ore, entry.posting) == (1500, None)
    assert account.loans[0].due.weekday() == 0, "due when the library is open"
    assert catalogue.pin_refused("K1", "1234", NOW_MS) is None


def test_going_in_again_changes_nothing(engine, folder):
    load_region(engine, folder, NOW_MS)
    catalogue = OwnCatalogue(engine)
    catalogue.checkin("B1", "VAN", posting="p", at_ms=NOW_MS)
    before = counts(engine)

    load_region(engine, folder, NOW_MS + 86_400_000)

    assert counts(engine) == before
    assert catalogue.item("B1").loan is None


def test_a_region_without_its_titles_says_what_to_do(engine, folder):
    (folder / "items.csv").write_text(
        "item,title,branch,usage,tag,shelf\nB9,t-none,VAN,circulating,,\n", encoding="utf-8"
    )

    with pytest.raises(ConfigError, match="import the region's titles first"):
        load_region(engine, folder, NOW_MS)
    assert counts(engine) == [0] * 8


def test_a_loan_of_an_unknown_item_is_named(engine, folder):
    (folder / "loans.csv").write_text("item,patron,due_in_days\nB9,p1,5\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="no item 'B9'"):
        load_region(engine, folder, NOW_MS)
