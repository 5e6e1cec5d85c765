"""The loan card, its PIN and its account."""

import pytest
from msgspec.structs import replace

from circulation.identifiers import CardNumber, TitleId
from circulation.verdicts import Accepted, Reason
from station.effects import (
    AskAccount,
    AskCard,
    AskWrite,
    Earcon,
    RecordCheckout,
    VisitEnded,
)
from station.events import (
    AccountAnswered,
    CardAnswered,
    CardTouched,
    NoAnswer,
    Place,
    Pointed,
    StrangeTag,
    TagTaken,
)
from station.visit import State
from tests.station.menus import MENU
from tests.station.rehearsal import (
    CARD,
    DUE,
    EMMA,
    OTHER_CARD,
    RONJA,
    Rehearsal,
    loan_of,
)


@pytest.fixture
def station():
    return Rehearsal()


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
    station.happens(CARD, TagTaken(place=Place.CARD, uid=CARD.uid), OTHER_CARD)
    station.happens(CardAnswered(ask=1, refused=None, holds_ready=3))
    assert station.state == State.CHECKING
    assert station.session.holds_ready == 0


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


def test_a_pin_that_nobody_could_check_opens_only_what_may_be_done_offline():
    station = Rehearsal(pin_to_borrow=True)
    station.card_accepted()
    station.keys("1", "2", "3", "4")
    station.happens(NoAnswer(ask=station.last(AskCard).ask))
    assert station.state == State.OFFLINE
    assert station.session.pin == station.session.pin_checked == ""


def test_with_the_line_down_a_blocked_card_and_an_unknown_one_take_the_same_path():
    # Neither is on the shelf, so the station itself cannot tell them apart.
    seen = set()
    for number in ("20000000001", "29999999999"):
        station = Rehearsal(line_up=False)
        station.place(RONJA)
        made = station.happens(CardTouched(uid="1", card=CardNumber(number), known_offline=False))
        seen.add((made, station.shown, station.said, station.said_loud, station.session))
    assert len(seen) == 1


def test_with_the_line_down_no_account_renewal_or_hold_is_offered():
    station = Rehearsal(line_up=False)
    station.happens(CARD)
    assert [button.id for button in station.shown.buttons] == ["borrow", "return", "finish"]

    station.press("account", "renew", "renew_all", "show_loans")

    assert station.state == State.OFFLINE
    assert station.all(AskAccount) + station.all(AskWrite) == []


def test_leave_that_has_expired_turns_every_card_away():
    station = Rehearsal(line_up=False, offline_allowed=False)
    station.happens(CARD)
    assert station.state == State.CARDERROR


def test_two_cards_at_once_are_asked_to_come_one_at_a_time(station):
    station.card_accepted()
    station.happens(OTHER_CARD)
    assert "ett kort i taget" in " ".join(station.shown.lines)
    assert station.session.card == CARD.card

    station.happens(TagTaken(place=Place.CARD, uid=OTHER_CARD.uid))
    assert "ett kort i taget" not in " ".join(station.shown.lines)


def test_the_next_card_is_welcome_once_the_first_is_taken(station):
    station.card_accepted()
    station.happens(TagTaken(place=Place.CARD, uid=CARD.uid))
    station.happens(OTHER_CARD)

    assert station.session.card == OTHER_CARD.card


def test_a_bank_card_is_kindly_said_to_be_none(station):
    station.happens(StrangeTag(place=Place.CARD, uid="08000000", kind="identity"))

    assert "inte ett lånekort" in " ".join(station.shown.lines)
    assert station.all(AskCard) == []


def test_another_card_after_listening_finds_nothing_of_the_visit_before():
    station = Rehearsal(menu=MENU)
    station.card_accepted()
    station.place(RONJA)
    station.answered(Accepted(DUE))
    station.press("more_loans", "cancel", "browse")
    station.session = replace(station.session, pin_checked="1234", mine=(TitleId("mio"),))
    station.happens(Pointed(book=EMMA))
    assert station.state is State.LISTENING
    station.happens(TagTaken(place=Place.CARD, uid=CARD.uid))

    station.happens(OTHER_CARD)

    assert (station.session.rows, station.session.mine) == ((), ())
    assert station.session.pin_checked == ""
    assert not station.session.admitted
    assert station.last(VisitEnded).lent == 1
