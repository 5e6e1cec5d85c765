"""What one waits for is heard with its title, and nothing of it over the speaker."""

from datetime import date

import pytest
from msgspec.structs import replace

from circulation.messages import AccountHold
from circulation.utterances import text_of
from station.effects import Say
from tests.station.rehearsal import Rehearsal, loan_of

READY = AccountHold(title="Emma", language="eng", branch="Vindeln", ready=True)
WAITING = AccountHold(title="Mio, min Mio", language="swe", branch="Vindeln", ahead=2)


def at_titles(*holds, lang="sv"):
    """A station that shows the titles of an account with one loan and *holds*."""
    station = Rehearsal()
    station.card_accepted()
    station.press("account")
    station.account_opened(loan_of("1", "Emil"))
    account = replace(station.session.account, holds=holds)
    station.session = replace(station.session, account=account, lang=lang)
    station.press("show_loans")
    return station


def test_loans_come_first_then_what_waits_each_in_its_own_language():
    station = at_titles(READY, WAITING)

    assert [row.text for row in station.shown.rows] == ["Emil", "Emma", "Mio, min Mio"]
    tongues = {chunk.language: chunk.text for chunk in station.last(Say).private}
    assert tongues["en"] == "Emma."
    assert "Finns att hämta på Vindeln." in station.said
    assert "Två står före dig i kön." in station.said


@pytest.mark.parametrize(
    ("told", "detail"),
    [
        (
            {"ready": True, "until": date(2026, 12, 1)},
            "Finns att hämta på Vindeln, senast den 1 december",
        ),
        ({"ready": True, "branch": ""}, "Finns att hämta"),
        ({"on_its_way": True}, "På väg till Vindeln"),
        ({"ahead": 0}, "Du står på tur i kön"),
        ({"ahead": 1}, "En står före dig i kön"),
        ({"ahead": None}, "Du står i kö"),
    ],
)
def test_how_it_stands_with_a_reservation_is_told_as_far_as_it_is_known(told, detail):
    hold = replace(WAITING, **told)

    assert at_titles(hold).shown.rows[1].detail == detail


def test_a_title_that_the_hub_does_not_know_has_a_row_all_the_same():
    assert at_titles(replace(READY, title="")).shown.rows[1].text == "Boken"


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_nothing_of_it_is_said_over_the_speaker(lang):
    station = at_titles(READY, WAITING, lang=lang)

    loud = text_of(station.shown.spoken_loud)
    assert not [word for word in ("Emma", "Mio", "Vindeln", "kön", "queue") if word in loud]
