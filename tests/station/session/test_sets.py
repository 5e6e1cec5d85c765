"""Sets of several parts: one thing on the pad once all lie there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation.verdicts import Accepted
from station.effects import AskWrite, RecordCheckin
from station.events import (
    Alarm,
    Place,
    TagTaken,
)
from tests.station.rehearsal import DUE, RONJA, Rehearsal, book

ITEM = book(8).item


def part(number: int, of: int = 3, **more):
    return book(80 + number, item=ITEM, part=number, parts=of, **more)


@pytest.fixture
def station():
    return Rehearsal()


def lift(station, *books):
    for each in books:
        station.happens(TagTaken(place=Place.PAD, uid=each.uid))


def said(station) -> str:
    return " ".join(station.shown.lines)


def test_a_set_is_taken_back_once_and_when_it_is_whole(station):
    station.place(part(1), part(2))
    assert station.all(RecordCheckin) == []

    station.place(part(3))

    assert [record.item for record in station.all(RecordCheckin)] == [ITEM]


def test_a_set_is_lent_once_and_when_it_is_whole(station):
    station.card_accepted()
    station.place(part(3), part(1))
    assert station.all(AskWrite) == []

    station.place(part(2))
    station.answered(Accepted(DUE))

    assert [ask.item for ask in station.all(AskWrite)] == [ITEM]
    assert len(station.shown.rows) == 1


def test_who_forgot_a_part_is_told_which(station):
    station.card_accepted()
    station.place(part(1), part(3))
    station.wait(2)
    assert "saknas" not in said(station)

    station.wait(2)

    assert "Del två av tre saknas" in said(station)
    assert "Del två av tre saknas" in station.said_loud

    station.place(part(2))
    assert "saknas" not in said(station)


def test_who_takes_the_rest_away_hears_no_more_of_it(station):
    station.place(part(1), part(2))
    station.wait(4)
    assert "saknas" in said(station)

    lift(station, part(1), part(2))

    assert "saknas" not in said(station)
    assert station.all(RecordCheckin) == []


def test_every_part_has_an_alarm_of_its_own(station):
    station.place(*(part(number, alarms=(Alarm(uid=f"e{number}"),)) for number in (2, 1, 3)))

    (record,) = station.all(RecordCheckin)
    assert [gate.uid for gate in record.gates] == ["e1", "e2", "e3"]


def test_another_book_is_not_kept_waiting_by_a_set(station):
    station.place(part(1), RONJA)

    assert [record.item for record in station.all(RecordCheckin)] == [RONJA.item]


def test_parts_of_two_books_are_no_set(station):
    other = book(70, item=book(7).item, part=2, parts=3)

    station.place(part(1), other, part(3))

    assert station.all(RecordCheckin) == []


def test_two_tags_of_the_same_part_are_one_part(station):
    station.place(part(1), book(99, item=ITEM, part=1, parts=3))

    assert station.all(RecordCheckin) == []


@given(st.permutations([1, 2, 3]), st.lists(st.sampled_from([1, 2, 3]), max_size=4))
def test_in_whatever_order_parts_come_and_go_the_set_is_taken_back_once(order, trembling):
    station = Rehearsal()
    for number in trembling:
        station.place(part(number))
        lift(station, part(number))
    station.place(*(part(number) for number in order))

    assert [record.item for record in station.all(RecordCheckin)] == [ITEM]
