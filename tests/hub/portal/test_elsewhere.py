"""The public site of a region whose catalogue is a library system at the end of a line."""

import re
from contextlib import ExitStack

import pytest

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
def client(tmp_path, system):
    with ExitStack() as running:
        port = running.enter_context(scripted(system.wire))

        def behind(engine):
            return running.enter_context(catalogue_at(port, engine, Clock()))

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
