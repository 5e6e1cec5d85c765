"""The session: what a visitor meets, from card to receipt."""

import pytest

from circulation.facts import Outcome, Wish
from circulation.identifiers import ItemId
from circulation.verdicts import Accepted, Reason, Refused
from station.events import (
    AccountAnswered,
    AskAccount,
    AskCard,
    AskWrite,
    BookPlaced,
    CardAnswered,
    CardTouched,
    Earcon,
    FaultChanged,
    HeadphonesChanged,
    Hush,
    Lamp,
    LineChanged,
    NoAnswer,
    NotRecorded,
    Place,
    Pointed,
    RecordCheckin,
    RecordCheckout,
    Recorded,
    Say,
    Settle,
    SignPointed,
    StrangeTag,
    TagTaken,
    VisitEnded,
    Volume,
    WriteAnswered,
)
from station.visit import Did, State
from tests.station.rehearsal import (
    CARD,
    DUE,
    EMMA,
    LEJONHJARTA,
    NATTER,
    OTHER_CARD,
    PROOF,
    RONJA,
    STRANGER,
    Rehearsal,
    book,
    loan_of,
)


@pytest.fixture
def station():
    return Rehearsal()


# --- Borrowing --------------------------------------------------------------------------


def test_a_card_and_two_books_become_two_loans_and_a_receipt(station):
    station.card_accepted()
    station.place(LEJONHJARTA, RONJA)
    assert station.state == State.READING
    station.answered(Accepted(DUE), Accepted(DUE))

    assert station.state == State.LOANS
    assert [row.did for row in station.session.rows] == [Did.LENT, Did.LENT]
    station.press("done")
    assert station.shown.proof == PROOF
    assert station.shown.qr == f"https://bibliotek.example/proof/{PROOF}"
    station.press("done")
    assert station.state == State.BYE
    assert station.last(VisitEnded) == VisitEnded(lent=2, returned=0, refused=0)


def test_a_loan_is_neither_shown_nor_said_before_it_is_on_disk(station):
    station.card_accepted()
    station.place(RONJA)
    made = station.happens(WriteAnswered(ask=station.last(AskWrite).ask, verdict=Accepted(DUE)))

    assert made == (Settle(ask=station.last(AskWrite).ask, outcome=Outcome.ACCEPTED, due=DUE),)
    assert station.shown.rows == ()
    station.happens(Recorded(ref=station.last(AskWrite).ask, proof=PROOF))
    assert station.shown.rows[0].text == "Ronja rövardotter"
    assert "Ronja rövardotter" in station.said


def test_books_laid_before_the_card_is_checked_are_lent_once_it_is(station):
    station.happens(CARD)
    station.place(RONJA, NATTER)
    assert station.all(AskWrite) == []
    station.happens(CardAnswered(ask=station.last(AskCard).ask, refused=None, holds_ready=0))
    assert [ask.item for ask in station.all(AskWrite)] == [RONJA.item, NATTER.item]


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


def test_cancelling_drops_what_nobody_was_told(station):
    station.card_accepted()
    station.place(RONJA, NATTER)
    station.press("cancel")
    assert station.outcomes() == ["dropped", "dropped"]
    assert station.session.pending == ()
    assert station.state == State.MENU


def test_the_next_card_ends_the_visit_before_it(station):
    station.card_accepted()
    station.place(RONJA)
    station.happens(OTHER_CARD)

    assert station.outcomes() == ["dropped"]
    assert station.session.card == OTHER_CARD.card
    assert station.session.rows == ()
    assert station.all(VisitEnded)
    station.happens(CardAnswered(ask=station.last(AskCard).ask, refused=None, holds_ready=0))
    assert len(station.all(AskWrite)) == 1, "the first visitor's book went to the second"


# --- The card and its PIN ---------------------------------------------------------------


def test_where_the_municipality_wants_a_pin_four_digits_are_asked_for_and_none_is_said():
    station = Rehearsal(pin_to_borrow=True)
    station.happens(CARD)
    station.happens(CardAnswered(ask=station.last(AskCard).ask, refused=None, holds_ready=0))
    assert station.state == State.PIN
    made = station.keys("4", "8", "2")
    assert made == (Earcon(name="digit"),)
    assert station.shown.pin_filled == 3
    station.keys("1")
    assert station.last(AskCard).pin == "4821"
    station.happens(CardAnswered(ask=station.last(AskCard).ask, refused=None, holds_ready=0))
    assert station.state == State.MENU


def test_a_wrong_pin_may_be_typed_again():
    station = Rehearsal(pin_to_borrow=True)
    station.card_accepted()
    station.keys("1", "1", "1", "1")
    station.happens(
        CardAnswered(ask=station.last(AskCard).ask, refused=Reason.PIN_WRONG, holds_ready=0)
    )
    assert station.state == State.PIN
    assert "Pinkoden stämde inte" in station.said
    assert station.session.pin == ""


def test_every_card_that_is_refused_meets_the_same_words():
    seen = set()
    for reason in (Reason.CARD_REFUSED, Reason.PIN_LOCKED, Reason.LOAN_LIMIT):
        station = Rehearsal()
        station.happens(CARD)
        station.happens(CardAnswered(ask=1, refused=reason, holds_ready=0))
        assert station.state == State.CARDERROR
        assert station.session.card is None
        seen.add((station.shown, station.said))
    assert len(seen) == 1


def test_an_answer_about_another_card_is_not_taken_for_this_one(station):
    station.happens(CARD, OTHER_CARD)
    station.happens(CardAnswered(ask=1, refused=None, holds_ready=3))
    assert station.state == State.CHECKING
    assert station.session.holds_ready == 0


# --- The line down ----------------------------------------------------------------------


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


def test_with_the_line_down_an_unknown_card_is_turned_away():
    station = Rehearsal(line_up=False)
    station.happens(CardTouched(uid="1", card=CARD.card, known_offline=False))
    assert station.state == State.CARDERROR
    assert station.shown.heading == "Kortet går inte att kontrollera just nu"


@pytest.mark.parametrize("waived", [True, False])
def test_with_the_line_down_the_pin_is_waived_only_where_the_rules_say_so(waived):
    station = Rehearsal(line_up=False, pin_to_borrow=True, pin_offline_waived=waived)
    station.happens(CARD)
    assert (station.state == State.OFFLINE) is waived
    if waived:
        station.place(RONJA)
        assert station.last(RecordCheckout).pin_waived


def test_the_sixth_loan_of_a_day_without_a_line_is_refused_without_a_fact():
    station = Rehearsal(line_up=False)
    station.happens(CARD)
    station.place(*(book(number) for number in range(10, 16)))
    assert len(station.all(RecordCheckout)) == 5
    assert station.session.rows[-1].reason is Reason.OFFLINE_LIMIT


def test_a_line_that_comes_back_checks_the_card_it_could_not_check():
    station = Rehearsal(line_up=False)
    station.happens(CARD)
    station.set(line_up=True)
    station.happens(LineChanged(up=True))
    assert station.state == State.CHECKING
    assert station.last(AskCard).card == CARD.card


# --- Returning --------------------------------------------------------------------------


def test_a_book_without_a_card_is_taken_back_and_told_where_to_go(station):
    station.place(RONJA)
    assert station.state == State.RETURN
    assert station.all(Say) == []
    station.happens(Recorded(ref=station.last(RecordCheckin).ref, proof=PROOF))
    assert "Ronja rövardotter" in station.said
    assert "blå vagnen" in station.said_loud
    assert "Ronja" not in station.said_loud
    station.press("done")
    assert station.shown.proof == PROOF


def test_a_book_the_shelf_does_not_know_is_taken_back_all_the_same(station):
    station.returned(STRANGER)
    assert station.shown.rows[0].text == "Boken"


def test_a_reserved_book_goes_to_the_yellow_shelf(station):
    station.returned(book(8, reserved=True))
    assert "gula hyllan" in station.shown.rows[0].detail
    assert "reserverad" not in station.said_loud.lower()


def test_a_visitor_with_a_card_returns_by_the_button(station):
    station.card_accepted()
    station.press("return")
    station.returned(RONJA)
    assert station.all(AskWrite) == []
    assert station.shown.rows[0].status == "ok"


def test_books_left_on_the_pad_are_not_the_next_visitors(station):
    station.returned(RONJA)
    station.press("done", "done")
    station.wait(4)
    assert station.state == State.IDLE
    station.place(RONJA)
    assert len(station.all(RecordCheckin)) == 1
    station.happens(TagTaken(place=Place.PAD, uid=RONJA.uid))
    station.place(RONJA)
    assert len(station.all(RecordCheckin)) == 2


# --- Renewing and the account -----------------------------------------------------------


def test_the_account_asks_for_the_pin_and_shows_titles_only_when_asked(station):
    station.card_accepted()
    station.press("account")
    assert station.state == State.PIN
    station.account_opened(loan_of("1", "Emil"), fees_ore=2500)
    assert station.last(AskAccount).pin == "1234"
    assert station.state == State.ACCOUNT
    assert "Avgifter att betala: tjugofem kronor." in station.shown.lines
    assert station.shown.rows == ()
    station.press("show_loans")
    assert station.shown.rows[0].text == "Emil"


def test_all_loans_are_renewed_that_may_be(station):
    station.card_accepted()
    station.press("renew")
    station.account_opened(loan_of("1", "Emil"), loan_of("2", "Mio", renewable=False))
    station.press("renew_all")
    assert [ask.item for ask in station.all(AskWrite)] == [ItemId("1")]
    assert station.last(AskWrite).wish is Wish.RENEWAL
    station.answered(Accepted(DUE))
    assert [row.status for row in station.shown.rows] == ["ok", "stop"]
    assert station.shown.lines == ("En omlånad, en gick inte att låna om",)


def test_a_pin_given_once_is_not_asked_for_again_in_the_visit(station):
    station.card_accepted()
    station.press("account")
    station.account_opened(loan_of("1", "Emil"))
    station.press("renew")
    assert station.state == State.CHECKING
    assert station.last(AskAccount).pin == "1234"


def test_an_account_that_cannot_be_fetched_leaves_the_visitor_at_the_menu(station):
    station.card_accepted()
    station.press("account")
    station.keys("1", "2", "3", "4")
    station.happens(NoAnswer(ask=station.last(AskAccount).ask))
    assert station.state == State.MENU
    assert "Vi får inget svar just nu. Försök igen om en stund." in station.shown.lines


def test_an_account_refused_for_its_pin_asks_again(station):
    station.card_accepted()
    station.press("account")
    station.keys("1", "2", "3", "4")
    station.happens(
        AccountAnswered(
            ask=station.last(AskAccount).ask,
            refused=Reason.PIN_WRONG,
            loans=(),
            holds_ready=0,
            holds_waiting=0,
            fees_ore=0,
        )
    )
    assert station.state == State.PIN


# --- Time, faults, headphones -----------------------------------------------------------


def test_an_unattended_visit_is_warned_of_and_then_forgotten(station):
    station.card_accepted()
    station.wait(39)
    assert station.state == State.MENU
    station.wait(1)
    assert station.state == State.TIMEOUT
    assert station.shown.seconds_left == 20
    station.wait(20)
    assert station.state == State.IDLE
    assert station.session.card is None
    assert station.last(Volume).steps == 0


def test_any_key_gives_more_time(station):
    station.card_accepted()
    station.wait(45)
    station.keys("7")
    assert station.state == State.MENU
    station.wait(39)
    assert station.state == State.MENU


def test_at_the_warning_the_arrows_reach_finish_now(station):
    station.card_accepted()
    station.wait(58)
    station.keys("right", "right")
    assert station.shown.focus == "finish_now"
    assert station.shown.seconds_left == 20
    station.keys("centre")
    assert station.state == State.BYE


def test_a_visitor_who_left_while_the_catalogue_thought_has_borrowed_nothing(station):
    station.card_accepted()
    station.place(RONJA)
    station.wait(60)
    assert station.outcomes() == ["dropped"]
    assert station.state == State.IDLE


def test_a_broken_pad_stops_lending_but_not_listening(station):
    station.happens(FaultChanged(codes=("R2",)))
    assert station.state == State.FAULT
    station.place(RONJA)
    assert station.all(RecordCheckin) == []
    station.happens(Pointed(book=EMMA))
    assert station.state == State.LISTENING
    station.press("finish")
    assert station.state == State.FAULT
    station.happens(FaultChanged(codes=()))
    assert station.state == State.IDLE


def test_a_return_that_could_not_be_written_is_not_thanked_for(station):
    station.place(RONJA)
    station.not_recorded()
    assert station.state == State.FAULT
    assert station.shown.rows[0].status == "stop"
    assert "Tack" not in station.said


def test_a_question_that_could_not_be_written_leaves_nothing_to_settle(station):
    station.card_accepted()
    station.place(RONJA)
    station.happens(NotRecorded(ref=station.last(AskWrite).ask))
    assert station.all(Settle) == []
    assert station.session.card is None


def test_headphones_are_welcomed_with_the_screen_in_private(station):
    station.happens(HeadphonesChanged(plugged=True))
    assert "Välkommen till Vindelns bibliotek" in station.said


def test_headphones_pulled_out_silence_the_station_and_reset_its_volume(station):
    station.happens(HeadphonesChanged(plugged=True), Pointed(book=EMMA))
    made = station.happens(HeadphonesChanged(plugged=False))
    assert Hush() in made
    assert Volume(steps=0) in made
    assert station.session.hearing is None
    assert station.session.said is None


# --- Listening --------------------------------------------------------------------------


def test_a_touched_book_is_heard_in_its_own_language():
    station = Rehearsal(kind="listening")
    assert station.state == State.LISTENING
    made = station.happens(Pointed(book=EMMA))
    assert made[0] == Earcon(name="found")
    assert station.last(Say).private[0].language == "en"
    assert station.last(Say).private[0].text.startswith("Emma")
    assert "Jane Austen" in station.said


def test_the_same_book_again_tells_more_and_another_cuts_in():
    station = Rehearsal(kind="listening")
    station.happens(Pointed(book=EMMA), Pointed(book=EMMA))
    more = station.said
    station.happens(Pointed(book=RONJA))
    assert "Emma" not in more
    assert station.said.startswith("Ronja rövardotter")


def test_the_centre_key_tells_more_and_the_repeat_key_says_it_again():
    station = Rehearsal(kind="listening")
    station.happens(Pointed(book=EMMA))
    first = station.said
    station.keys("repeat")
    assert station.said == first
    station.keys("centre")
    assert station.said != first


@pytest.mark.parametrize("kind", ["unknown", "foreign", "unreadable"])
def test_a_tag_that_cannot_be_used_gets_a_kind_sentence(kind):
    station = Rehearsal(kind="listening")
    station.happens(StrangeTag(place=Place.FINGER, uid="1", kind=kind))
    assert station.said
    assert station.shown.lines[-1] == station.said


def test_a_shelf_sign_says_its_text():
    station = Rehearsal(kind="listening")
    station.happens(SignPointed(text="Deckare, A till L", language="swe"))
    assert station.said == "Deckare, A till L"


def test_at_a_loan_station_titles_are_not_said_over_the_speaker(station):
    station.happens(Pointed(book=EMMA))
    assert station.state == State.LISTENING
    assert "Emma" not in station.said_loud


# --- Keys and tools ---------------------------------------------------------------------


def test_the_chosen_button_is_spoken_and_pressed_by_the_centre(station):
    station.keys("right", "right")
    assert station.said == "Hjälp."
    station.keys("centre")
    assert station.state == State.HELP


def test_louder_changes_the_volume_without_cutting_the_voice(station):
    assert station.keys("louder") == (Volume(steps=1), Earcon(name="digit"))


def test_the_language_can_be_changed_on_every_screen_and_is_forgotten_with_the_visit(station):
    station.press("lang")
    assert station.said.startswith("Welcome to")
    station.card_accepted()
    assert station.shown.heading == "What would you like to do?"
    station.press("finish")
    station.wait(4)
    assert station.shown.lang == "sv"


def test_a_button_of_a_screen_that_is_gone_does_nothing(station):
    assert station.press("renew_all") == ()
    assert station.state == State.IDLE


def test_the_lamp_follows_the_station(station):
    station.happens(CARD)
    assert station.last(Lamp).pattern == "busy"
