"""What each screen has to say."""

from datetime import date

import pytest
from msgspec.structs import replace

from circulation.facts import Outcome
from circulation.utterances import text_of
from circulation.verdicts import Accepted
from station.effects import AskWrite, Settle
from station.events import (
    FaultChanged,
    NoAnswer,
    Place,
    Recorded,
    SignPointed,
    StrangeTag,
)
from station.visit import State
from tests.station.rehearsal import (
    DUE,
    LEJONHJARTA,
    NATTER,
    PROOF,
    RONJA,
    Rehearsal,
    book,
)
from tests.station.screens.ways import at


def test_without_staff_the_help_is_a_telephone_and_a_place():
    station = at(State.HELP, "sv", staffed=False)
    assert "0933-14 000" in station.shown.lines[1]
    assert "i inkastet vid entrén" in station.shown.lines[2]
    assert "Personalen" not in str(station.shown.lines)


def test_without_staff_another_librarys_book_goes_where_books_are_left():
    station = Rehearsal(staffed=False)
    station.place(book(8, foreign=True))
    assert "Lägg den i inkastet vid entrén" in station.shown.lines[-1]


def test_a_loan_kept_here_says_so_on_its_receipt():
    station = Rehearsal()
    station.card_accepted()
    station.place(RONJA)
    ask = station.last(AskWrite).ask
    station.happens(NoAnswer(ask=ask), Recorded(ref=ask, proof=PROOF))
    assert station.last(Settle).outcome is Outcome.OFFLINE
    assert station.shown.rows[0].detail == "Sparad här. Lämnas tillbaka senast den 22 december"
    station.press("done")
    assert any("sparade här" in line for line in station.shown.lines)


def test_a_receipt_for_a_loan_and_a_return_names_both():
    station = Rehearsal()
    station.card_accepted()
    station.place(RONJA)
    station.answered(Accepted(DUE))
    station.press("done")
    station.session = replace(station.session, state=State.RETURN)
    station.returned(LEJONHJARTA)
    station.press("done")
    assert station.shown.heading == "Klart! Du har lånat en bok och lämnat tillbaka en bok"


def test_the_receipts_code_is_said_sign_by_sign():
    station = at(State.RECEIPT, "sv")
    assert "noll fyra R, noll åtta noll" in text_of(station.shown.spoken)


def test_loans_with_several_days_name_the_first_of_them():
    station = Rehearsal()
    station.card_accepted()
    station.place(RONJA, NATTER)
    station.answered(Accepted(DUE), Accepted(date(2026, 12, 1)))
    station.press("done")
    assert "Den första ska lämnas tillbaka senast den 1 december." in station.shown.lines


@pytest.mark.parametrize("kind", ["unknown", "foreign", "unreadable"])
def test_a_book_on_the_pad_that_cannot_be_read_is_spoken_of_and_shown(kind):
    station = Rehearsal()
    station.happens(StrangeTag(place=Place.PAD, uid="1", kind=kind))
    assert "går inte att läsa" in station.said
    assert "går inte att läsa" in station.shown.lines[-1]


def test_a_sign_is_shown_as_it_is_said():
    station = Rehearsal(kind="listening")
    station.happens(SignPointed(text="Deckare", language="swe"))
    assert station.shown.lines[-1] == "Skylten säger: Deckare"


def test_the_faults_own_code_is_shown():
    station = Rehearsal()
    station.happens(FaultChanged(codes=("R2",)))
    assert "Felkod R2." in station.shown.lines[1]
    assert "Felkod R två" in station.said_loud


def test_a_listening_station_does_not_speak_of_cards_and_pads():
    station = Rehearsal(kind="listening", staffed=False)
    station.press("help")
    said = " ".join(station.shown.lines)
    assert "fingerläsaren" in said
    assert "kort" not in said
    station.happens(FaultChanged(codes=("R3",)))
    assert station.shown.lines[0] == "Det går inte att lyssna just nu."
    assert [button.id for button in station.shown.buttons] == ["retry"]
