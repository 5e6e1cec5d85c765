"""The public site of a region whose catalogue is a library system at the end of a line."""

import re
from contextlib import ExitStack

import pytest

from hub.catalogue.sip2.asking import REMEMBER_MS
from tests.hub.catalogue.sip2.rig import Clock, cast, catalogue_at
from tests.hub.catalogue.sip2.system import TODAY, Out
from tests.hub.sip2.peers import scripted
from tests.hub.web.rig import make_rig, post, sign_in


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.fixture
def system():
    return cast()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(tmp_path, system, clock):
    with ExitStack() as running:
        port = running.enter_context(scripted(system.wire))

        def behind(engine):
            return running.enter_context(catalogue_at(port, engine, clock))

        rig = make_rig(tmp_path, behind=behind)
        yield rig.app.test_client()
        rig.engine.dispose()


def test_loans_and_holds_are_the_library_systems(client, system):
    system.loans["B-1"] = Out("K-ANNA", TODAY)
    system.kept["B-REF"] = "K-ANNA"

    sign_in(client)
    page = words(client.get("/loans"))

    assert "Vägen genom myren" in page
    assert "Finns att hämta" in page


def test_reserving_renewing_and_cancelling_reach_it_once(client, system):
    system.loans["B-2"] = Out("K-ANNA", TODAY)
    sign_in(client)

    for _ in range(2):
        post(client, "/loans", "/loans/renew", item="B-2")
    for _ in range(2):
        post(client, "/title/t-novel", "/loans/reserve", title="t-novel", branch="VIN")
    assert "Du står i kö" in words(client.get("/loans"))
    answer = post(client, "/loans", "/loans/cancel", title="t-novel")

    assert "Reservationen är borttagen." in words(client.get(answer.location))
    assert system.changes == [
        "renew B-2",
        "hold Vägen genom myren K-ANNA",
        "no hold Vägen genom myren K-ANNA",
    ]


def test_while_it_is_silent_the_pages_say_so(client, system):
    sign_in(client)
    system.hangs_up = True

    answer = client.get("/loans")

    assert answer.status_code == 503
    assert "Katalogen svarar inte just nu" in answer.text


def test_while_it_is_silent_titles_are_still_found_and_shown(client, system, clock):
    sign_in(client)
    system.hangs_up = True
    clock.now_ms += REMEMBER_MS

    answer = client.get("/title/t-novel")

    assert answer.status_code == 200
    assert "Vägen genom myren" in words(answer)


def test_a_title_that_somebody_keeps_is_shown_so_and_it_is_not_asked_each_time(client, system):
    sign_in(client)
    post(client, "/title/t-novel", "/list/keep", title="t-novel")
    system.hangs_up = True

    assert "Ta bort från min lista" in client.get("/title/t-novel").text
