"""What a visitor hears of a book whose alarm has not been switched."""

import pytest

from circulation.facts import Outcome
from circulation.verdicts import Accepted, Reason, Refused
from station.effects import (
    Gate,
    RecordCheckin,
    RecordCheckout,
    Settle,
    VisitEnded,
)
from station.events import (
    Alarm,
    GateOutcome,
    GateSwitched,
    LineChanged,
    NotRecorded,
    Place,
    Recorded,
    TagTaken,
)
from station.visit import Did, State
from tests.station.rehearsal import CARD, DUE, PROOF, RONJA, Rehearsal, book

GATED = book(8, alarms=(Alarm(uid="04000000000008"),))


@pytest.fixture
def station():
    return Rehearsal()


def switched(outcome: GateOutcome) -> GateSwitched:
    return GateSwitched(uid=GATED.uid, armed=False, outcome=outcome)


def test_a_return_arms_the_books_alarm(station):
    station.place(GATED)

    assert station.last(RecordCheckin).gates == (Gate(uid=GATED.uid, item=GATED.item, armed=True),)


def test_a_loan_releases_it_once_it_is_granted_and_not_before(station):
    station.card_accepted()
    station.place(GATED)
    station.answered(Accepted(DUE))

    assert station.last(Settle).gates == (Gate(uid=GATED.uid, item=GATED.item, armed=False),)


def test_a_refusal_leaves_it_as_it_is(station):
    station.card_accepted()
    station.place(GATED)
    station.answered(Refused(Reason.RESERVED))

    assert station.last(Settle).outcome is Outcome.REFUSED
    assert station.last(Settle).gates == ()


def test_a_loan_while_the_line_is_down_releases_it():
    station = Rehearsal(line_up=False)
    station.happens(CARD)
    station.place(GATED)

    assert station.last(RecordCheckout).gates[0].armed is False


def test_a_sticker_without_an_alarm_owes_nothing(station):
    station.place(book(9))

    assert station.last(RecordCheckin).gates == ()


def test_a_book_lifted_too_soon_is_asked_back_until_it_is_there(station):
    station.returned(GATED)

    station.happens(switched(GateOutcome.GONE))
    assert "Lägg tillbaka boken" in " ".join(station.shown.lines)
    assert "Lägg tillbaka boken" in station.said_loud

    station.happens(switched(GateOutcome.DONE))
    assert "Lägg tillbaka boken" not in " ".join(station.shown.lines)


def test_two_books_lifted_too_soon_are_asked_back_until_both_are_there(station):
    other = "04000000000009"
    station.returned(GATED)
    for uid in (GATED.uid, other):
        station.happens(GateSwitched(uid=uid, armed=True, outcome=GateOutcome.GONE))

    station.happens(GateSwitched(uid=GATED.uid, armed=True, outcome=GateOutcome.DONE))
    assert "Lägg tillbaka boken" in " ".join(station.shown.lines)

    station.happens(GateSwitched(uid=other, armed=True, outcome=GateOutcome.DONE))
    assert "Lägg tillbaka boken" not in " ".join(station.shown.lines)


def test_a_tag_that_refuses_is_told_of_kindly(station):
    station.returned(GATED)

    station.happens(switched(GateOutcome.REFUSED))

    assert "Det kan låta när du går ut" in station.said_loud


def test_nothing_is_said_where_all_is_well(station):
    station.returned(GATED)
    before = station.shown

    station.happens(switched(GateOutcome.DONE))

    assert station.shown == before


def test_an_empty_room_is_not_asked_for_a_book():
    station = Rehearsal()

    station.happens(switched(GateOutcome.GONE))

    assert station.state == State.IDLE
    assert "Lägg tillbaka" not in " ".join(station.shown.lines)


def test_the_next_visitor_is_not_asked_for_the_last_ones_book(station):
    station.place(GATED)
    station.happens(Recorded(ref=station.last(RecordCheckin).ref, proof=PROOF))
    station.happens(switched(GateOutcome.GONE))
    station.press("done")
    station.press("done")

    assert "Lägg tillbaka" not in " ".join(station.shown.lines)


PARTS = tuple(
    book(n, item=book(80).item, part=part, parts=2, alarms=(Alarm(uid=book(n).uid),))
    for part, n in ((1, 81), (2, 82))
)
REFUSED = GateSwitched(uid=GATED.uid, armed=False, outcome=GateOutcome.REFUSED)


def lent(station, *books):
    station.card_accepted()
    station.place(*books)
    station.answered(*(Accepted(DUE) for _ in {each.item for each in books}))


def undone(station) -> None:
    """Have what the station took back put on disk."""
    station.happens(Recorded(ref=station.last(RecordCheckin).ref, proof=PROOF))


def became(station) -> list[tuple[str, str]]:
    return [(row.item, row.did) for row in station.session.rows]


def shown(station) -> str:
    return " ".join(station.shown.lines)


def test_a_loan_whose_alarm_refuses_is_taken_back_and_told_once_that_is_on_disk(station):
    lent(station, GATED)
    before = station.shown

    station.happens(REFUSED)
    took = station.last(RecordCheckin)
    assert (took.item, took.gates) == (
        GATED.item,
        (Gate(uid=GATED.uid, item=GATED.item, armed=True),),
    )
    assert station.shown == before

    undone(station)
    assert became(station) == [(GATED.item, Did.UNDONE)]
    assert "Lämna den till personalen. Den står inte på ditt kort." in shown(station)
    assert "larmet i den går inte att stänga av" in station.said_loud
    assert station.shown.rows[0].detail == "Inte lånad: larmet i den går inte att stänga av."


def test_without_staff_the_book_is_left_where_it_lies():
    station = Rehearsal(staffed=False)
    lent(station, GATED)
    station.happens(REFUSED)
    undone(station)

    assert "Låt den ligga kvar här, så tar personalen hand om den." in shown(station)


def test_the_other_loans_of_the_visit_stand_and_are_alone_on_the_receipt(station):
    lent(station, GATED, RONJA)
    station.happens(REFUSED)
    undone(station)
    assert became(station) == [(RONJA.item, Did.LENT), (GATED.item, Did.UNDONE)]

    station.press("done")
    assert station.state == State.RECEIPT
    assert station.shown.heading == "Klart! Du har lånat en bok"
    station.press("done")
    assert station.last(VisitEnded) == VisitEnded(lent=1, returned=0, refused=1)


@pytest.mark.parametrize("armed", [False, True])
def test_it_is_undone_once_however_often_the_alarm_refuses(station, armed):
    lent(station, GATED)
    again = GateSwitched(uid=GATED.uid, armed=armed, outcome=GateOutcome.REFUSED)
    station.happens(REFUSED, again)
    undone(station)
    told = shown(station)
    station.happens(again)

    assert len(station.all(RecordCheckin)) == 1
    assert shown(station) == told


def test_the_same_book_laid_again_is_neither_lent_nor_returned(station):
    lent(station, GATED)
    station.happens(REFUSED)
    undone(station)
    for way in ((), ("help",)):
        station.press(*way)
        station.happens(TagTaken(place=Place.PAD, uid=GATED.uid))
        station.place(GATED)

    assert len(station.all(Settle)) == 1
    assert len(station.all(RecordCheckin)) == 1


def test_a_set_is_taken_back_whole_where_the_alarm_of_one_part_refuses(station):
    lent(station, *PARTS)
    refused = [
        GateSwitched(uid=part.uid, armed=False, outcome=GateOutcome.REFUSED) for part in PARTS
    ]
    station.happens(*refused)
    undone(station)

    (took,) = station.all(RecordCheckin)
    assert [(gate.uid, gate.armed) for gate in took.gates] == [(part.uid, True) for part in PARTS]
    assert became(station) == [(PARTS[0].item, Did.UNDONE)]


def test_a_set_of_which_a_part_was_lifted_stays_lent(station):
    lent(station, *PARTS)
    station.happens(
        TagTaken(place=Place.PAD, uid=PARTS[0].uid),
        GateSwitched(uid=PARTS[1].uid, armed=False, outcome=GateOutcome.REFUSED),
    )

    assert station.all(RecordCheckin) == []
    assert "Det kan låta när du går ut" in station.said_loud


def test_a_book_that_has_left_the_pad_stays_lent(station):
    lent(station, GATED)
    station.happens(TagTaken(place=Place.PAD, uid=GATED.uid), REFUSED)

    assert station.all(RecordCheckin) == []
    assert became(station) == [(GATED.item, Did.LENT)]
    assert "Det kan låta när du går ut" in shown(station)


def test_a_loan_stands_where_the_line_is_down(station):
    lent(station, GATED)
    station.set(line_up=False)
    station.happens(LineChanged(up=False), REFUSED)

    assert station.all(RecordCheckin) == []
    assert became(station) == [(GATED.item, Did.LENT)]


def test_a_loan_stands_once_the_visit_is_over(station):
    lent(station, GATED)
    station.press("done", "done")
    station.happens(REFUSED)

    assert station.all(RecordCheckin) == []


def test_a_loan_whose_return_could_not_be_written_stands_and_is_shown(station):
    lent(station, GATED)
    station.happens(REFUSED)
    station.happens(NotRecorded(ref=station.last(RecordCheckin).ref))

    assert station.state == State.FAULT
    assert became(station) == [(GATED.item, Did.LENT)]


@pytest.mark.parametrize("way", ["receipt", "timeout"])
def test_a_receipt_on_which_nothing_is_left_gives_way_to_what_has_happened(station, way):
    lent(station, GATED)
    station.press("done")
    assert station.state == State.RECEIPT
    if way == "timeout":
        station.wait(45)
        assert station.state == State.TIMEOUT
    station.happens(REFUSED)
    undone(station)
    if way == "timeout":
        station.press("more_time")

    assert station.state == State.LOANS
    assert "Den står inte på ditt kort." in shown(station)
