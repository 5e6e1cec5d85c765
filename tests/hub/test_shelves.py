"""A station is sent a new shelf when something on it has changed, and only then."""

import pytest
from msgspec.structs import replace
from sqlalchemy import delete, insert, select, update

from circulation import messages, shelf_rows
from circulation.cards import token
from circulation.identifiers import BranchCode, CardNumber, ItemId, StationId, TitleId
from circulation.messages import PhraseList, Settings, ShelfTitle, ShelfWant
from circulation.shelf_rows import BURST_PARTS, Kind, Row
from hub import shelf_history
from hub.catalogue import accepted, tables
from hub.catalogue.accepted import DAY_MS
from hub.fleet import Enrolled
from hub.shelves import Shelves
from hub.tables import shelf_row, shelf_told
from tests.hub.catalogue.cast import NOW_MS, enter_title
from tests.hub.rig import TalkingHub

STATION = Enrolled(
    id=StationId("vindeln-1"),
    number=1,
    municipality="Vindeln",
    branch=BranchCode("VIN"),
    kind="loan",
    partition="vindeln",
    card_key=b"k" * 32,
)


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


def told(hub, shelves: Shelves, to: Enrolled) -> str:
    """Tell *to* of its shelf, as the inbox does, and return its version."""
    version = shelves.settings(to).shelf_version
    with hub.engine.begin() as db:
        kept = shelves.keep_told(db, to, version)
    kept()
    return version


def test_a_loan_is_no_reason_for_a_new_shelf(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    before = shelves.settings(STATION).shelf_version
    station = hub.enrol("vindeln-1", "VIN", 1)
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)

    assert hub.own.item(ItemId("B-1")).loan
    assert not shelves.refresh()
    assert shelves.settings(STATION).shelf_version == before


def test_a_blocked_card_is_gone_from_the_next_shelf(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    before = shelves.settings(STATION).shelf_version
    with hub.engine.begin() as db:
        db.execute(update(tables.patron).where(tables.patron.c.id == "bo").values(state="blocked"))

    assert shelves.refresh()
    assert shelves.settings(STATION).shelf_version != before


def test_a_new_book_is_on_the_next_shelf(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    shelves.settings(STATION)
    with hub.engine.begin() as db:
        row = {"id": "B-NEW", "title": "t-map", "branch": "VIN", "usage": "circulating"}
        db.execute(insert(tables.item).values(row | {"shelf": "Hc"}))

    assert shelves.refresh()


def test_two_stations_shelves_name_one_card_by_different_tokens(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    other = replace(STATION, id=StationId("vindeln-2"), card_key=b"l" * 32)

    assert shelves.settings(STATION).shelf_version != shelves.settings(other).shelf_version


def test_leave_to_lend_offline_expires(hub):
    settings = Shelves(hub.engine, lambda: NOW_MS).settings(STATION)

    assert NOW_MS < settings.offline.until_ms < NOW_MS + 4 * 24 * 3_600_000


def rows_of(parts) -> list[Row]:
    pieces = [part.data for part in parts]
    return list(shelf_rows.unpack(pieces, parts[0].pack))


def new_title(hub, name="Ny bok", id_="t-new"):
    with hub.engine.begin() as db:
        enter_title(db, id_, ShelfTitle(id=TitleId(id_), title=name))
        row = {"id": f"B-{id_}", "title": id_, "branch": "VIN", "usage": "circulating"}
        db.execute(insert(tables.item).values(row | {"shelf": "Hc"}))


def block(hub, patron="bo"):
    with hub.engine.begin() as db:
        db.execute(
            update(tables.patron).where(tables.patron.c.id == patron).values(state="blocked")
        )


def test_a_station_that_is_known_is_sent_what_has_changed_and_nothing_else(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    before = told(hub, shelves, STATION)
    new_title(hub)
    block(hub)
    with hub.engine.begin() as db:
        db.execute(delete(tables.item).where(tables.item.c.id == "B-FILM"))
    shelves.refresh()

    parts = shelves.parts(STATION, ShelfWant(have=before))

    assert {part.base for part in parts} == {before}
    changed = {
        (row.kind, row.key, row.gone)
        for row in rows_of(parts)
        if row.kind not in {Kind.CARD, Kind.MENU}
    }
    assert changed == {
        (Kind.TITLE, "t-new", False),
        (Kind.TITLE, "t-film", True),
        (Kind.ITEM, "B-t-new", False),
        (Kind.ITEM, "B-FILM", True),
    }
    assert [row.gone for row in rows_of(parts) if row.kind == Kind.CARD] == [True]


def test_a_shelf_laid_on_while_a_station_is_told_of_the_one_before_is_sent_to_it(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    before = shelves.settings(STATION).shelf_version
    new_title(hub)
    assert shelves.refresh()
    with hub.engine.begin() as db:
        kept = shelves.keep_told(db, STATION, before)
    kept()

    parts = shelves.parts(STATION, ShelfWant(have=before))

    assert parts[0].version == shelves.settings(STATION).shelf_version != before
    assert {"t-new", "B-t-new"} <= {row.key for row in rows_of(parts)}


def test_changes_are_known_after_a_restart_of_the_hub(hub):
    before = told(hub, Shelves(hub.engine, lambda: NOW_MS), STATION)
    new_title(hub)
    hub.restart()

    shelves = Shelves(hub.engine, lambda: NOW_MS)
    parts = shelves.parts(STATION, ShelfWant(have=before))

    assert parts[0].base == before
    assert {row.key for row in rows_of(parts)} == {"t-new", "B-t-new", "here:Hc"}


def test_a_version_nobody_told_of_is_answered_with_the_whole(hub):
    parts = Shelves(hub.engine, lambda: NOW_MS).parts(STATION, ShelfWant(have="f" * 64))

    assert parts[0].base == ""
    whole = {Kind.BRANCH, Kind.TITLE, Kind.ITEM, Kind.CARD, Kind.MENU}
    assert {row.kind for row in rows_of(parts)} == whole


def test_what_was_told_to_another_station_is_not_known_of_this_one(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    theirs = told(hub, shelves, replace(STATION, id=StationId("vindeln-2")))
    new_title(hub)
    shelves.refresh()

    assert shelves.parts(STATION, ShelfWant(have=theirs))[0].base == ""


def test_after_a_month_old_versions_and_rows_that_are_gone_are_forgotten(hub):
    now = NOW_MS
    shelves = Shelves(hub.engine, lambda: now)
    before = told(hub, shelves, STATION)
    block(hub)
    shelves.refresh()
    now += shelf_history.KEPT_MS
    assert shelves.parts(STATION, ShelfWant(have=before))[0].base == before

    now += shelf_history.KEPT_MS + 1
    new_title(hub)
    shelves.refresh()

    assert shelves.parts(STATION, ShelfWant(have=before))[0].base == ""
    with hub.engine.connect() as db:
        assert before not in db.scalars(select(shelf_told.c.version)).all()
        keys = db.scalars(select(shelf_row.c.key).where(shelf_row.c.kind == "card")).all()
    assert "K-BO" not in keys


def test_the_versions_of_one_content_are_the_same_whenever_it_is_looked_at(hub):
    first = told(hub, Shelves(hub.engine, lambda: NOW_MS), STATION)
    new_title(hub)
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    second = told(hub, shelves, STATION)
    with hub.engine.begin() as db:
        db.execute(delete(tables.item).where(tables.item.c.id == "B-t-new"))
    shelves.refresh()

    assert first != second
    assert told(hub, shelves, STATION) == first


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr("circulation.shelf_rows.PART_BYTES", 40)


def test_parts_go_out_in_bursts_and_only_those_that_are_missing(hub, small_parts):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    first = shelves.parts(STATION, ShelfWant(have=""))
    assert [part.part for part in first] == list(range(BURST_PARTS))

    missing = [9, 3, 999, -1, *range(10, 90)]
    then = shelves.parts(STATION, ShelfWant(have="", pack=first[0].pack, missing=missing))
    assert [part.part for part in then][:2] == [9, 3]
    assert len(then) == BURST_PARTS


def test_a_pack_that_is_being_fetched_is_finished_though_the_shelf_has_changed(hub, small_parts):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    first = shelves.parts(STATION, ShelfWant(have=""))
    new_title(hub)
    shelves.refresh()

    then = shelves.parts(STATION, ShelfWant(have="", pack=first[0].pack, missing=[8]))

    assert (then[0].pack, then[0].version) == (first[0].pack, first[0].version)


def test_a_restarted_hub_goes_on_with_the_same_pack(hub, small_parts):
    first = Shelves(hub.engine, lambda: NOW_MS).parts(STATION, ShelfWant(have=""))
    hub.restart()

    want = ShelfWant(have="", pack=first[0].pack, missing=[8])
    (then,) = Shelves(hub.engine, lambda: NOW_MS).parts(STATION, want)

    assert (then.pack, then.part) == (first[0].pack, 8)


def test_a_pack_that_cannot_be_made_again_is_answered_with_another(hub, small_parts):
    want = ShelfWant(have="", pack="f" * 64, missing=[8])
    parts = Shelves(hub.engine, lambda: NOW_MS).parts(STATION, want)

    assert [part.part for part in parts] == list(range(BURST_PARTS))


def test_packs_that_nobody_fetches_any_more_make_room(hub, small_parts, monkeypatch):
    monkeypatch.setattr("hub.shelves.PACKS_BYTES_MAX", 1500)
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    for number in range(9):
        shelves.parts(replace(STATION, id=StationId(f"vindeln-{number}")), ShelfWant(have=""))

    assert 1 <= len(shelves._packs) <= 3


def test_cards_that_may_not_borrow_are_no_more_on_a_shelf_than_unknown_ones(hub):
    parts = Shelves(hub.engine, lambda: NOW_MS).parts(STATION, ShelfWant(have=""))
    known = {row.key for row in rows_of(parts) if row.kind == Kind.CARD}

    good = {"K-ANNA", "K-BO", "K-CHILD"}
    assert known == {token(CardNumber(number), STATION.card_key) for number in good}


@pytest.mark.parametrize("pin", ["waive", "refuse"])
def test_a_municipality_decides_on_the_pin_offline(hub, pin):
    with hub.engine.begin() as db:
        db.execute(update(tables.municipality).values(pin_offline=pin))

    assert Shelves(hub.engine, lambda: NOW_MS).settings(STATION).offline.pin == pin


def test_a_station_is_told_of_its_branchs_phrases_and_told_again_when_they_change(hub):
    offered = {"VIN": PhraseList(sha256="a" * 64, size=520)}
    shelves = Shelves(hub.engine, lambda: NOW_MS, phrases=lambda: dict(offered))
    shelves.refresh()

    assert shelves.settings(STATION).phrases == offered["VIN"]
    assert not shelves.refresh()
    offered["VIN"] = PhraseList(sha256="b" * 64, size=520)
    assert shelves.refresh()
    assert shelves.settings(STATION).phrases == offered["VIN"]


def test_settings_of_a_hub_without_phrases_say_nothing_of_them(hub):
    settings = Shelves(hub.engine, lambda: NOW_MS).settings(STATION)

    assert b"phrases" not in messages.encode(settings)
    assert messages.decode(messages.encode(settings), Settings) == settings


def card_list(hub, made_ms):
    row = {"kind": "cards", "made_ms": made_ms, "taken_ms": made_ms, "lines": 4, "wrong": 0}
    with hub.engine.begin() as db:
        db.execute(delete(tables.feed))
        db.execute(insert(tables.feed).values(row | {"whole": True}))


def test_the_age_of_a_list_of_cards_is_told_and_too_old_a_one_lends_nothing(hub):
    shelves = Shelves(hub.engine, lambda: NOW_MS)
    usual = shelves.settings(STATION).offline

    card_list(hub, NOW_MS - DAY_MS)
    fresh = shelves.settings(STATION).offline
    card_list(hub, NOW_MS - 8 * DAY_MS)
    old = shelves.settings(STATION).offline

    assert (usual.cards_ms, fresh.cards_ms) == (0, NOW_MS - DAY_MS)
    assert fresh.until_ms == usual.until_ms
    assert old.until_ms < NOW_MS


def test_without_a_list_the_cards_that_were_accepted_lately_are_on_the_shelf(hub):
    with hub.engine.begin() as db:
        db.execute(delete(tables.loan_card))
    accepted.note(hub.engine, CardNumber("2001"), NOW_MS, good=True)
    clock = [NOW_MS]
    shelves = Shelves(hub.engine, lambda: clock[0], card_days=30)

    before = shelves.settings(STATION).shelf_version
    clock[0] += 30 * DAY_MS

    assert shelves.refresh()
    assert shelves.settings(STATION).shelf_version != before
