"""A title rendered by the hub is heard at a station that has no such voice itself."""

import sqlite3
from contextlib import closing

import pytest

from circulation.identifiers import BranchCode, TitleId
from circulation.messages import OfflineRules, Settings, ShelfTitle
from circulation.shelf_rows import Kind
from hub.catalogue.phrase_data import SpokenMaterial
from hub.phrases.renewing import Renewal
from hub.phrases.store import Offers, PhraseFolder
from station.config import load
from station.phrases import fetcher
from station.shelf import ShelfStore
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.joiners import AUTHORITY, JoiningHub, served
from tests.journeys.region import eventually
from tests.station.machine import ask, running, write_station
from tests.station.shelves import BRANCH, item_row, put_on, row

TITLE = ShelfTitle(
    id=TitleId("t1"), title="The picture of Dorian Gray", author="Oscar Wilde", language="eng"
)
BOOK, TAG = "30000001", "book-30000001"


@pytest.fixture
def folder(tmp_path):
    """Return the hub's folder of phrases, with all that is said of one title."""
    folder = PhraseFolder(tmp_path / "phrases")
    material = SpokenMaterial(titles=[TITLE], copies={BranchCode("VIN"): frozenset({TITLE.id})})
    renewal = Renewal(folder, material, (), own=False)
    report = renewal.run(processes=1, now_ms=lambda: 1, tell=lambda *_: None)
    folder.close()
    assert report.rendered == 3
    return tmp_path / "phrases"


@pytest.fixture
def path(folder, tmp_path, monkeypatch):
    """Return the settings of a station that speaks by eSpeak, and fetches from a site over TLS."""
    monkeypatch.setattr(fetcher, "LOOK_SECONDS", 0.05)
    machine = tmp_path / "station"
    machine.mkdir()
    path = write_station(machine, kit="simulated-listening", issuer=AUTHORITY)
    data = load(path).data
    data.mkdir()
    shelf = ShelfStore(data / "shelf.sqlite")
    rows = [row(Kind.BRANCH, "VIN", BRANCH), row(Kind.TITLE, "t1", TITLE), item_row(BOOK, "t1")]
    version = put_on(shelf, rows)
    shelf.close()
    ask(
        path,
        Settings(
            shelf_version=version,
            pin_to_borrow=False,
            offline=OfflineRules(until_ms=1 << 50, loans_per_card_day_max=5, pin="waive"),
            phrases=Offers(folder).now()["VIN"],
        ),
    )
    engine = make_catalogue(tmp_path / "hub.sqlite")
    with served(JoiningHub(engine), tmp_path, phrases=folder) as url:
        espeak = '[[speech.voice]]\nlanguage = "en"\nengine = "espeak"\n'
        path.write_text(f'{path.read_text()}\n[phrases]\nsite = "{url}"\n{espeak}')
        yield path
    engine.dispose()


def touch(station):
    """Point at the book, and return what was heard once it is over."""
    before = len(station.get("bench/heard"))
    station.post("bench/place", reader="finger", tag=TAG)

    def whole():
        heard = station.get("bench/heard")[before:]
        return [each for each in heard if each["done"] and not each["cut"]]

    heard = eventually(whole, "it was heard to its end")[-1]
    station.post("bench/remove", reader="finger", tag=TAG)
    return heard


def test_what_the_hub_rendered_is_fetched_heard_and_replaced_where_it_is_damaged(path):
    with running(path) as station:
        store = station.app._phrases
        eventually(lambda: len(store.here()) == 3, "all that is said of the title has come")
        station.post("bench/headphones", **{"in": True})
        station.until(lambda _: station.get("bench/heard"), "the welcome")

        stored = touch(station)
        assert TITLE.title in stored["text"]
        assert stored["engine"].split(",")[0] == "stored"

        with closing(sqlite3.connect(load(path).data / "phrases.sqlite")) as db, db:
            db.execute("UPDATE phrase SET file = zeroblob(length(file))")
        damaged = touch(station)
        assert damaged["engine"] == "espeak"

        eventually(
            lambda: touch(station)["engine"].split(",")[0] == "stored",
            "what was damaged has been fetched again",
        )
