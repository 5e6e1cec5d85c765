"""Books lent to the card of the visit."""

from datetime import date

import pytest

from circulation.facts import Outcome
from circulation.verdicts import Accepted, Reason, Refused
from station.effects import (
    AskCard,
    AskWrite,
    RecordCheckin,
    RecordCheckout,
    Settle,
)
from station.events import (
    BookPlaced,
    CardAnswered,
    CardTouched,
    NoAnswer,
    Place,
    Recorded,
    TagTaken,
    WriteAnswered,
)
from station.visit import Did, State
from tests.station.rehearsal import (
    CARD,
    DUE,
    NATTER,
    PROOF,
    RONJA,
    Rehearsal,
    book,
)


@pytest.fixture
def station():
    return Rehearsal()


def test_a_book_laid_twice_in_one_visit_is_asked_for_once(station):
    station.card_accepted()
    station.place(RONJA)
    station.answered(Accepted(DUE))
    station.happens(TagTaken(place=Place.PAD, uid=RONJA.uid), BookPlaced(book=RONJA))

    assert len(station.all(AskWrite)) == 1
    assert station.all(RecordCheckin) == []
    assert station.state == State.LOANS


def test_a_book_that_cannot_be_lent_says_why_and_where_to_put_it(station):
    station.card_accepted()
    station.place(NATTER)
    station.answered(Refused(Reason.RESERVED))
    assert station.shown.rows[0].status == "stop"
    assert station.shown.rows[0].detail.startswith("Reserverad av någon annan.")
    assert station.outcomes() == ["refused"]


def test_a_refusal_that_we_have_no_words_for_is_told_as_it_came(station):
    station.card_accepted()
    station.place(NATTER)
    station.answered(Refused(Reason.AGE_LIMIT, "Boken ska lagas."))

    assert station.shown.rows[0].status == "stop"
    assert station.shown.rows[0].detail == "Biblioteket svarar: Boken ska lagas."
    assert station.outcomes() == ["refused"]


def test_a_silent_catalogue_does_not_keep_a_known_card_from_borrowing(station):
    station.card_accepted()
    station.place(RONJA)
    ask = station.last(AskWrite).ask
    station.happens(NoAnswer(ask=ask), Recorded(ref=ask, proof=PROOF))

    assert station.last(Settle).outcome is Outcome.OFFLINE
    assert station.last(Settle).due == station.world.offline_due
    assert station.session.rows[0].did is Did.LENT


@pytest.mark.parametrize(
    ("laid", "used", "reason"),
    [
        (book(7, lendable_offline=False), 0, Reason.NOT_FOR_LOAN),
        (book(7, reserved=True), 0, Reason.RESERVED),
        (book(7, asked_about=True), 0, Reason.CATALOGUE_SILENT),
        (book(7), 5, Reason.OFFLINE_LIMIT),
    ],
)
def test_a_silent_catalogue_lends_nothing_that_the_rules_forbid(laid, used, reason):
    station = Rehearsal()
    station.card_accepted(CardTouched(uid="1", card=CARD.card, known_offline=True, used_today=used))
    station.place(laid)
    station.happens(NoAnswer(ask=station.last(AskWrite).ask))
    assert station.last(Settle).outcome is Outcome.REFUSED
    assert station.last(Settle).reason is reason


def test_a_late_answer_changes_nothing(station):
    station.card_accepted()
    station.place(RONJA)
    ask = station.last(AskWrite).ask
    station.happens(NoAnswer(ask=ask), Recorded(ref=ask, proof=PROOF))
    before = station.session
    made = station.happens(WriteAnswered(ask=ask, verdict=Refused(Reason.RESERVED)))
    assert made == ()
    assert station.session.rows == before.rows


def test_with_the_line_down_a_known_card_borrows_and_nobody_is_asked():
    station = Rehearsal(line_up=False)
    station.happens(CARD)
    assert station.state == State.OFFLINE
    station.place(RONJA)
    record = station.last(RecordCheckout)
    assert (record.card, record.item) == (CARD.card, RONJA.item)
    assert station.shown.rows == ()
    station.happens(Recorded(ref=record.ref, proof=PROOF))
    assert station.state == State.LOANS
    assert station.all(AskWrite) + station.all(AskCard) == []


def test_the_sixth_loan_of_a_day_without_a_line_is_refused_without_a_fact():
    station = Rehearsal(line_up=False)
    station.happens(CARD)
    station.place(*(book(number) for number in range(10, 16)))
    assert len(station.all(RecordCheckout)) == 5
    assert station.session.rows[-1].reason is Reason.OFFLINE_LIMIT


@pytest.mark.parametrize(
    ("laid", "reason"),
    [
        (book(7, lendable_offline=False), Reason.NOT_FOR_LOAN),
        (book(7, reserved=True), Reason.RESERVED),
        (book(7, asked_about=True), Reason.CATALOGUE_SILENT),
    ],
)
def test_with_the_line_down_nothing_is_lent_that_the_shelf_or_the_tag_forbids(laid, reason):
    station = Rehearsal(line_up=False)
    station.happens(CARD)
    station.place(laid)

    assert station.all(RecordCheckout) == []
    assert station.session.rows[-1].reason is reason


def test_what_a_card_borrowed_before_today_in_another_visit_counts():
    station = Rehearsal(line_up=False)
    station.happens(CardTouched(uid="1", card=CARD.card, known_offline=True, used_today=4))
    station.place(book(10), book(11))

    assert len(station.all(RecordCheckout)) == 1
    assert station.session.rows[-1].reason is Reason.OFFLINE_LIMIT


def test_leave_that_expires_during_the_visit_lends_no_more():
    station = Rehearsal(line_up=False)
    station.happens(CARD)
    station.set(offline_allowed=False)
    station.place(RONJA)

    assert station.all(RecordCheckout) == []


def test_an_offline_loan_ends_on_the_day_that_the_branch_is_open():
    station = Rehearsal(line_up=False)
    station.happens(CARD)
    station.place(RONJA)

    assert station.last(RecordCheckout).due == station.world.offline_due


def test_a_kind_that_is_lent_for_a_week_is_lent_for_a_week_offline_too():
    station = Rehearsal(line_up=False, closed_days=[date(2026, 11, 30)])
    station.happens(CARD)
    station.place(book(7, loan_days=7), book(8, loan_days=14))

    lent = {each.item: each.due for each in station.all(RecordCheckout)}
    assert list(lent.values()) == [date(2026, 12, 1), date(2026, 12, 7)]


@pytest.mark.parametrize("wanted", [True, False])
def test_a_fact_says_that_a_pin_was_waived_only_where_one_is_wanted(wanted):
    station = Rehearsal(line_up=False, pin_to_borrow=wanted)
    station.happens(CARD)
    station.place(RONJA)

    assert station.last(RecordCheckout).pin_waived is wanted


@pytest.mark.parametrize("answer", [Accepted(DUE), None])
def test_a_line_that_comes_back_in_a_visit_without_a_pin_is_told_that_there_was_none(answer):
    station = Rehearsal(line_up=False, pin_to_borrow=True)
    station.happens(CARD)
    station.set(line_up=True)
    station.place(RONJA)
    ask = station.last(AskWrite).ask
    station.happens(WriteAnswered(ask=ask, verdict=answer) if answer else NoAnswer(ask=ask))

    assert station.last(Settle).outcome in (Outcome.ACCEPTED, Outcome.OFFLINE)
    assert station.last(Settle).pin_waived


def test_a_pin_that_was_given_is_not_said_to_be_waived_when_the_line_then_breaks():
    station = Rehearsal(pin_to_borrow=True)
    station.card_accepted()
    station.keys("1", "2", "3", "4")
    station.happens(CardAnswered(ask=station.last(AskCard).ask, refused=None, holds_ready=0))
    station.set(line_up=False, pin_offline_waived=False)
    station.place(RONJA)

    assert not station.last(RecordCheckout).pin_waived
