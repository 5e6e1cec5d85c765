import re

import pytest
from sqlalchemy import insert, select

from hub import calls, decisions
from hub.catalogue import tables
from hub.catalogue.feeds import ages
from hub.desk.accounts import add_account, desk_opening
from hub.exceptions import FOLD, Named, open_exceptions, open_one
from hub.phrases import standing
from hub.phrases.standing import Standing
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.desk.listed import LENT_OVER_HOLD, station
from tests.hub.web.rig import PASSWORD, make_rig, post


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def desk(client):
    def signed_in(name="maja"):
        post(client, "/desk/sign-in", "/desk/sign-in", account=name, password=PASSWORD)
        return client

    return signed_in


def open_exception(client):
    return post(client, "/desk/", "/desk/exception", key=LENT_OVER_HOLD.key)


def test_the_desk_says_how_old_a_list_of_the_library_system_is(rig, desk):
    row = {"taken_ms": NOW_MS, "lines": 12, "whole": True}
    old = NOW_MS - ages.OLD_MS - 1
    with rig.engine.begin() as db:
        for kind, made_ms, wrong in (("cards", NOW_MS, 0), ("loans", old, 1)):
            db.execute(
                insert(tables.feed).values(row | {"kind": kind, "made_ms": made_ms, "wrong": wrong})
            )

    page = words(desk().get("/desk/"))

    assert "Listor från bibliotekssystemet Lånekort 12 rader Gjord" in page
    assert "Lån 12 rader · en rad gick inte att läsa Ingen ny sedan" in page


@pytest.mark.parametrize(("path", "status"), [("/desk/", 302), ("/desk/live", 403)])
def test_nobody_sees_the_desk_without_an_account(rig, client, path, status):
    rig.source.listed = [station("vindeln-1")]

    answer = client.get(path)

    assert (answer.status_code, "vindeln-1" in answer.text) == (status, False)


def test_a_patron_who_is_signed_in_is_no_staff(client):
    post(client, "/sign-in", "/sign-in", card="K-ANNA", pin="1234")

    assert client.get("/desk/").location == "/desk/sign-in"


def test_a_wrong_password_lets_nobody_in(client):
    answer = post(client, "/desk/sign-in", "/desk/sign-in", account="maja", password="fel fel fel")

    assert (answer.status_code, client.get("/desk/").status_code) == (403, 302)


def test_the_desk_tells_which_stations_are_silent_and_what_is_owed(rig, desk):
    rig.source.listed = [
        station("vindeln-1", owed=2),
        station("umea-1", alive=False, seen_ms=None, municipality="Umeå"),
        station("umea-2", faults=["R2", "J1"], municipality="Umeå"),
    ]

    page = words(desk().get("/desk/"))

    assert "En station svarar inte: umea-1." in page
    assert "2 händelser är på väg." in page
    assert "Fel: R2, J1" in page
    assert page.index("umea-2") < page.index("vindeln-1")


def test_when_all_is_well_it_says_so(rig, desk):
    rig.source.listed = [
        station("vindeln-1"),
        station("vindeln-2"),
        station("vannas-1", alive=False, revoked=True),
    ]

    page = words(desk().get("/desk/"))

    assert "Alla 2 stationer svarar." in page
    assert "Inga ärenden väntar." in page


def test_title_and_name_are_hidden_until_an_exception_is_opened(rig, desk):
    rig.source.exceptions = [LENT_OVER_HOLD]
    client = desk()

    closed, opened = words(client.get("/desk/")), words(open_exception(client))

    assert "Lånad fast någon annan väntar" in closed
    assert not re.search("Vägen genom myren|Anna Exempel|K-ANNA", client.get("/desk/").text)
    assert "Titel Vägen genom myren" in opened
    assert "Låntagare Anna Exempel" in opened
    assert "Att det gick bra, fast linjen var nere" in opened


def test_who_opened_an_exception_is_written_down(rig, desk):
    rig.source.exceptions = [LENT_OVER_HOLD]
    open_exception(desk())

    with rig.engine.connect() as db:
        (opening,) = db.execute(select(desk_opening)).all()
    assert (opening.account, opening.key, opening.at_ms) == ("maja", LENT_OVER_HOLD.key, rig.now_ms)


def test_a_technician_opens_an_exception_without_title_and_name(rig, desk):
    rig.source.exceptions = [LENT_OVER_HOLD]

    page = words(open_exception(desk("teknik")))

    assert "Lånet står kvar." in page
    assert not re.search("Vägen genom myren|Anna Exempel", page)


def test_an_exception_that_is_closed_is_no_page(rig, desk):
    client = desk()
    rig.source.exceptions = [LENT_OVER_HOLD]
    token = re.search(r'csrf_token" value="([^"]+)"', client.get("/desk/").text)[1]
    rig.source.exceptions = []

    answer = client.post("/desk/exception", data={"csrf_token": token, "key": LENT_OVER_HOLD.key})

    assert answer.status_code == 404


def test_the_changing_part_comes_alone(rig, desk):
    client = desk()
    rig.source.listed = [station("vindeln-1")]

    part = client.get("/desk/live").text

    assert "vindeln-1" in part
    assert "<html" not in part


def test_a_new_password_ends_old_visits(rig, desk):
    client = desk()
    add_account(rig.engine, "maja", "en helt annan mening", "librarian")

    assert client.get("/desk/").location == "/desk/sign-in"


def test_signing_out_ends_the_visit(desk):
    client = desk()
    post(client, "/desk/", "/desk/sign-out")

    assert client.get("/desk/").location == "/desk/sign-in"


def test_a_shelf_on_its_way_shows_how_far_it_has_come(rig, desk):
    rig.source.listed = [
        station("vindeln-1", shelf_parts_here=12, shelf_parts=80),
        station("vindeln-2"),
    ]

    shown = words(desk().get("/desk/"))

    assert shown.count("Hyllan är på väg") == 1
    assert "12 av 80 delar" in shown


def settle(client, rig, **chosen):
    rig.source.exceptions = [LENT_OVER_HOLD]
    fields = {"key": LENT_OVER_HOLD.key, "action": "told_patron", "reason": "Ringde."} | chosen
    return post(client, "/desk/", "/desk/settle", **fields)


@pytest.fixture
def open_matter(rig):
    with rig.engine.begin() as db:
        one = LENT_OVER_HOLD
        named = Named(
            key=one.key, kind=one.kind, source=FOLD, station=one.station, epoch=1, seq=7,
            at_ms=one.at_ms, item=one.item, card=one.card,
        )  # fmt: skip
        open_one(db, named)


def test_a_librarian_settles_an_exception_and_it_stands_among_the_settled(rig, desk, open_matter):
    client = desk()

    assert settle(client, rig).location == "/desk/"

    with rig.engine.connect() as db:
        (made,) = decisions.of(db, LENT_OVER_HOLD.key)
        assert open_exceptions(db) == []
    assert (made.action, made.reason, made.by) == ("told_patron", "Ringde.", "maja")
    page = words(client.get("/desk/"))
    assert "Talade med låntagaren · maja" in page
    assert "Ringde." not in page


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"action": "returned"}, "Välj vad som blev gjort."),
        ({"action": ""}, "Välj vad som blev gjort."),
        ({"reason": " x "}, "minst tre tecken"),
        ({"reason": "x" * 501}, "minst tre tecken"),
    ],
)
def test_what_cannot_be_settled_so_is_said_beside_the_form(rig, desk, open_matter, chosen, told):
    answer = settle(desk(), rig, **chosen)

    assert answer.status_code == 400
    assert told in words(answer)
    with rig.engine.connect() as db:
        assert decisions.of(db, LENT_OVER_HOLD.key) == []


def test_nobody_settles_without_an_account(rig, client, open_matter):
    rig.source.exceptions = [LENT_OVER_HOLD]
    answer = post(
        client, "/desk/sign-in", "/desk/settle", key=LENT_OVER_HOLD.key, action="told_patron",
        reason="Ringde.",
    )  # fmt: skip

    assert answer.location == "/desk/sign-in"
    with rig.engine.connect() as db:
        assert decisions.of(db, LENT_OVER_HOLD.key) == []


def test_who_calls_for_help_is_seen_at_the_desk_until_somebody_goes_there(rig, client):
    post(client, "/desk/sign-in", "/desk/sign-in", account="maja", password=PASSWORD)
    rig.source.listed = [station("vindeln-2")]
    with rig.engine.begin() as db:
        calls.make(db, "vindeln-2", NOW_MS - 60_000)
    assert "Någon vid vindeln-2 (Vindeln, Vindelns bibliotek) vill ha hjälp" in words(
        client.get("/desk/live")
    )

    answer = post(client, "/desk/", "/desk/coming", station="vindeln-2")

    assert answer.location == "/desk/"
    assert "vill ha hjälp" not in words(client.get("/desk/"))


def test_nobody_answers_a_call_without_an_account(client):
    answer = post(client, "/desk/sign-in", "/desk/coming", station="vindeln-2")

    assert answer.location == "/desk/sign-in"


@pytest.mark.parametrize(("voice", "told"), [("espeak", True), ("piper", False)])
def test_a_region_without_a_swedish_voice_is_told_so_plainly(tmp_path, voice, told):
    swedish = Standing(language="sv", voice=voice, lufs=None, wanted=9, ready=0)
    standing.keep(tmp_path, [swedish])
    rig = make_rig(tmp_path, phrases=tmp_path)
    client = rig.app.test_client()
    post(client, "/desk/sign-in", "/desk/sign-in", account="maja", password=PASSWORD)

    assert ("ingen neural röst för svenska" in client.get("/desk/").text) == told
    rig.engine.dispose()
