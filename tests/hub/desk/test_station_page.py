"""A technician has a station do something, from the desk."""

import re

import pytest

from hub import calls, orders
from hub.tables import station as station_table
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.desk.listed import station
from tests.hub.web.rig import PASSWORD, post

PAGE = "/desk/station/vindeln-1"


@pytest.fixture
def desk(rig, client):
    rig.source.listed = [station("vindeln-1"), station("vindeln-2", revoked=True)]
    with rig.engine.begin() as db:
        for number, id_ in enumerate(("vindeln-1", "vindeln-2"), start=1):
            db.execute(
                station_table.insert().values(
                    id=id_, number=number, municipality="Vindeln", branch="VIN", kind="loan",
                    partition="vindeln", certificate="", card_key=b"", revoked_at_ms=None,
                )
            )  # fmt: skip
    post(client, "/desk/sign-in", "/desk/sign-in", account="teknik", password=PASSWORD)
    return client


def given(rig):
    with rig.engine.connect() as db:
        return orders.latest(db)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_asks_without_an_account(client, method):
    if method == "get":
        assert client.get(PAGE).location == "/desk/sign-in"
    else:
        assert post(client, "/desk/sign-in", PAGE, kind="identify").location == "/desk/sign-in"


def test_the_overview_leads_to_each_station(desk):
    assert f'href="{PAGE}"' in desk.get("/desk/").text


@pytest.mark.parametrize(
    ("so", "told"),
    [
        ({}, "Svarar"),
        ({"faults": ["S1"]}, "I gång, utan ljud"),
        ({"faults": ["S2", "S3"]}, "I gång, ljudet behöver ses till (S2, S3)"),
        ({"faults": ["S3", "R2"]}, "Fel: S3, R2"),
        ({"faults": ["S1", "R2"]}, "Fel: S1, R2"),
        ({"clock_trusted": False}, "Klockan är osäker"),
        ({"alive": False, "faults": ["S1"]}, "Svarar inte"),
        ({"revoked": True, "alive": False}, "Indragen"),
    ],
)
def test_its_state_is_told_alike_on_the_overview_and_on_its_page(desk, rig, so, told):
    rig.source.listed = [station("vindeln-1", **so)]

    for page, kind in (("/desk/", "td"), (PAGE, "dd")):
        _, _, rest = desk.get(page).text.partition(f'<{kind} class="state">')
        state, _, _ = rest.partition(f"</{kind}>")
        assert re.sub(r"<[^>]+>|\s+", " ", state).strip() == told, page


def test_what_is_asked_is_kept_with_who_asked_and_shown(desk, rig):
    answer = post(desk, PAGE, PAGE, kind="identify")

    assert answer.location == PAGE
    (one,) = given(rig)
    assert (one.station, one.kind, one.by) == ("vindeln-1", "identify", "teknik")
    page = desk.get(PAGE).text
    assert "Visa var den står" in page
    assert "Väntar" in page


def test_a_sentence_is_asked_for_with_its_words(desk, rig):
    post(desk, PAGE, PAGE, kind="say", text=" Vi stänger snart. ")
    assert given(rig)[0].text == "Vi stänger snart."

    answer = post(desk, PAGE, PAGE, kind="say", text="")

    assert answer.status_code == 400
    assert "högst 300 bokstäver" in answer.text
    assert len(given(rig)) == 1


def test_an_order_that_there_is_not_and_a_station_that_there_is_not_are_refused(desk, rig):
    assert post(desk, PAGE, PAGE, kind="dance").status_code == 400
    assert desk.get("/desk/station/vindeln-9").status_code == 404
    assert given(rig) == []


def test_a_revoked_station_has_no_buttons(desk):
    assert 'name="kind"' not in desk.get("/desk/station/vindeln-2").text


def test_whoever_called_hears_that_somebody_comes_and_nobody_else_is_told(desk, rig):
    with rig.engine.begin() as db:
        calls.make(db, "vindeln-1", NOW_MS - 60_000)

    post(desk, "/desk/", "/desk/coming", station="vindeln-1")
    post(desk, "/desk/", "/desk/coming", station="vindeln-1")

    (one,) = given(rig)
    assert (one.station, one.kind, one.by) == ("vindeln-1", "coming", "teknik")
    assert NOW_MS < one.until_ms <= NOW_MS + 5 * 60_000


def test_a_call_from_a_station_that_is_revoked_meanwhile_is_over(desk, rig):
    with rig.engine.begin() as db:
        calls.make(db, "vindeln-2", NOW_MS - 60_000)
        revoked = station_table.update().where(station_table.c.id == "vindeln-2")
        db.execute(revoked.values(revoked_at_ms=1))

    assert post(desk, "/desk/", "/desk/coming", station="vindeln-2").status_code == 302

    with rig.engine.connect() as db:
        assert calls.waiting(db, NOW_MS) == []
    assert given(rig) == []


def test_how_many_phrases_a_station_has_is_told(desk, rig):
    rig.source.listed = [
        station("vindeln-1", phrases=1200, phrases_bytes=98_400_000, phrases_missing=7)
    ]

    page = desk.get(PAGE).text

    assert "1200 finns här (98 MB)." in page
    assert "7 på listan saknas" in page


def test_nothing_is_told_of_phrases_where_there_are_none(desk):
    assert "Lagrade fraser" not in desk.get(PAGE).text
