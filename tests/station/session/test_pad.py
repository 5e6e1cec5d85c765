"""Books on the pad, with and without a card."""

import pytest

from circulation.verdicts import Reason
from station.effects import (
    AskCard,
    AskWrite,
    RecordCheckin,
    Say,
)
from station.events import (
    CardAnswered,
    Place,
    Recorded,
    StrangeTag,
    TagTaken,
)
from station.visit import State
from tests.station.rehearsal import (
    CARD,
    NATTER,
    PROOF,
    RONJA,
    STRANGER,
    Rehearsal,
    book,
)


@pytest.fixture
def station():
    return Rehearsal()


def test_books_laid_before_the_card_is_checked_are_lent_once_it_is(station):
    station.happens(CARD)
    station.place(RONJA, NATTER)
    assert station.all(AskWrite) == []
    station.happens(CardAnswered(ask=station.last(AskCard).ask, refused=None, holds_ready=0))
    assert [ask.item for ask in station.all(AskWrite)] == [RONJA.item, NATTER.item]


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


def test_a_refused_cards_books_are_not_taken_back_in_its_stead(station):
    station.happens(CARD)
    station.place(RONJA)
    station.happens(CardAnswered(ask=1, refused=Reason.CARD_REFUSED, holds_ready=0))
    station.press("retry")
    assert station.all(RecordCheckin) == []


def test_word_of_an_unreadable_book_goes_when_it_is_taken_away(station):
    station.happens(StrangeTag(place=Place.PAD, uid="04", kind="unknown"))
    assert any("går inte att läsa" in line for line in station.shown.lines)
    station.happens(TagTaken(place=Place.PAD, uid="04"))
    assert not any("går inte att läsa" in line for line in station.shown.lines)


def test_what_was_said_at_one_visitors_goodbye_is_not_for_the_next(station):
    station.card_accepted()
    station.press("finish")
    assert station.state == State.BYE
    assert "kort" in " ".join(station.shown.lines)

    station.place(RONJA)

    assert station.state == State.RETURN
    assert "Glöm inte" not in " ".join(station.shown.lines)


def test_a_book_that_only_the_hub_may_take_back_is_kept_by_its_reader_while_the_line_is_down():
    station = Rehearsal(line_up=False)
    station.place(book(8, returnable_offline=False))

    assert station.all(RecordCheckin) == []
    assert "medan uppkopplingen är nere" in " ".join(station.shown.lines)

    station.happens(TagTaken(place=Place.PAD, uid=book(8).uid))
    assert "medan uppkopplingen är nere" not in " ".join(station.shown.lines)


def test_a_book_that_only_the_hub_may_take_back_is_taken_back_while_it_is_there():
    station = Rehearsal()
    station.place(book(8, returnable_offline=False))

    assert len(station.all(RecordCheckin)) == 1


def accepted(station):
    station.happens(CardAnswered(ask=station.last(AskCard).ask, refused=None, holds_ready=0))


def test_a_book_put_down_just_before_the_card_is_lent(station):
    station.returned(RONJA)
    station.wait(9)

    station.happens(CARD)
    accepted(station)

    assert [ask.item for ask in station.all(AskWrite)] == [RONJA.item]


def test_a_book_that_was_taken_back_a_while_ago_stays_taken_back(station):
    station.returned(RONJA)
    station.wait(11)

    station.happens(CARD)
    accepted(station)

    assert station.all(AskWrite) == []


def test_a_book_that_was_lifted_before_the_card_came_stays_taken_back(station):
    station.returned(RONJA)
    station.happens(TagTaken(place=Place.PAD, uid=RONJA.uid))

    station.happens(CARD)
    accepted(station)

    assert station.all(AskWrite) == []


@pytest.mark.parametrize("with_card", [True, False])
def test_another_librarys_book_is_neither_lent_nor_taken_back(station, with_card):
    if with_card:
        station.card_accepted()
    station.place(book(8, foreign=True))

    assert station.all(AskWrite) == []
    assert station.all(RecordCheckin) == []
    assert "tillhör ett annat bibliotek" in station.said_loud or "annat bibliotek" in " ".join(
        station.shown.lines
    )


def test_a_purse_on_the_pad_is_nobodys_book(station):
    before = station.shown
    station.happens(StrangeTag(place=Place.PAD, uid="08000000", kind="identity"))

    assert station.shown == before
