"""A library system that writes the numbers of copies and cards otherwise than tags have them."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import insert

from circulation.identifiers import BranchCode, CardNumber, ItemId
from circulation.verdicts import Accepted
from hub.catalogue import tables
from hub.errors import AnswerLostError, CatalogueUnavailableError
from hub.sip2.codec import Message
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.contract import lend
from tests.hub.catalogue.sip2.rig import GOOD, Clock, catalogue_at
from tests.hub.catalogue.sip2.system import TODAY, LibrarySystem, Out
from tests.hub.sip2.peers import scripted

VIN = BranchCode("VIN")
BOOK, CARD = ItemId("0012345"), CardNumber("000777")
NUMBERS = ("AA", "AB")


def rewritten(message, write):
    fields = ((id_, write(value) if id_ in NUMBERS else value) for id_, value in message.fields)
    return Message(message.code, message.fixed, tuple(fields))


class WithoutZeros(LibrarySystem):
    """It takes numbers for numbers: no zeros before them, whatever it is asked."""

    def answer(self, asked):
        return super().answer(rewritten(asked, lambda told: told.lstrip("0")))


class Echoing(WithoutZeros):
    """Its lists have no zeros, and its answers repeat the number that was asked."""

    def answer(self, asked):
        told = super().answer(asked)
        asked_for = {value.lstrip("0"): value for id_, value in asked.fields if id_ in NUMBERS}
        return rewritten(told, lambda number: asked_for.get(number, number))


class Filling(WithoutZeros):
    """It fills numbers up with zeros and spaces."""

    def answer(self, asked):
        return rewritten(super().answer(asked), lambda told: f"{told:0>14}  ")


class Exact(LibrarySystem):
    """It knows its own numbers only, which have no zeros before them."""


def with_book(kind):
    titles = {"12345": "Vägen genom myren", "99": "Natten"}
    cards = {"777": GOOD, "778": GOOD, "000777": GOOD}
    return kind(cards=cards, pins={"777": "1234"}, titles=titles)


def telling(system, code, others):
    """Let *system* tell of *others* in turn, in its first answers to *code*."""
    real, left = system.answer, list(others)

    def answer(asked):
        told = real(asked)
        if asked.code != code or not left:
            return told
        other = left.pop(0)
        fields = ((id_, other if id_ == "AB" else value) for id_, value in told.fields)
        return Message(told.code, told.fixed, tuple(fields))

    system.answer = answer


@contextmanager
def asking(system, engine):
    with scripted(system.wire) as port, catalogue_at(port, engine, Clock()) as catalogue:
        yield catalogue


def listed(engine, *items):
    with engine.begin() as db:
        for item in items:
            row = {"id": item, "title": "t-novel", "branch": "VIN"}
            db.execute(insert(tables.item).values(row))


@pytest.mark.parametrize("kind", [WithoutZeros, Echoing, Filling])
def test_a_book_is_lent_renewed_and_taken_back_whatever_zeros_are_told(engine, kind):
    system = with_book(kind)
    with asking(system, engine) as catalogue:
        verdict = lend(catalogue, BOOK, CARD)
        assert verdict == Accepted(TODAY + timedelta(days=28))
        shown = catalogue.item(BOOK)
        assert shown.loan.patron == catalogue.standing(CARD, VIN, TODAY).patron
        assert [loan.item for loan in catalogue.account(CARD, VIN, TODAY).loans] == [BOOK]

        renewed = catalogue.renew(BOOK, CARD, posting="p2", at_ms=NOW_MS, due=None)
        assert renewed == Accepted(TODAY + timedelta(days=56))
        assert catalogue.checkin(BOOK, VIN, posting="p3", at_ms=NOW_MS)
        log = [(event.change.value, event.inferred) for event in catalogue.log(BOOK)]
    assert log == [("lent", False), ("renewed", False), ("returned", False)]
    assert system.changes == ["lend 12345 777", "renew 12345", "take back 12345"]


@pytest.mark.parametrize("kind", [WithoutZeros, Echoing, Filling])
def test_who_has_a_book_is_found_whatever_zeros_the_list_has(engine, kind):
    system = with_book(kind)
    system.loans["12345"] = Out("777", TODAY)
    with asking(system, engine) as catalogue:
        assert lend(catalogue, BOOK, CARD) == Accepted(TODAY), "it is with that patron already"
    assert system.changes == []


def test_a_right_pin_is_right_whatever_zeros_are_told(engine):
    with asking(with_book(WithoutZeros), engine) as catalogue:
        assert catalogue.pin_refused(CARD, "1234", NOW_MS) is None


def test_a_copy_that_is_listed_with_and_without_zeros_is_two(engine):
    listed(engine, "0012345", "12345")
    with (
        asking(with_book(WithoutZeros), engine) as catalogue,
        pytest.raises(CatalogueUnavailableError, match="another copy"),
    ):
        catalogue.item(BOOK)


def test_another_number_of_zeros_must_be_told_twice(engine):
    system = LibrarySystem(titles={"12345": "Natten", "0012345": "Vägen genom myren"})
    telling(system, "17", ["12345"])
    with asking(system, engine) as catalogue:
        assert catalogue.item(BOOK).title == "Vägen genom myren"
    assert system.asked.count("17") == 2


@pytest.mark.parametrize("told", [["12345", "99"], ["12345", "012345"], ["99"]])
def test_what_is_told_otherwise_each_time_is_not_believed(engine, told):
    titles = dict.fromkeys(["12345", "012345", "0012345", "99"], "Natten")
    system = LibrarySystem(titles=titles)
    telling(system, "17", told)
    with (
        asking(system, engine) as catalogue,
        pytest.raises(CatalogueUnavailableError, match="another copy"),
    ):
        catalogue.item(BOOK)


@pytest.mark.parametrize("others", [["99"], ["12345"]])
def test_a_loan_is_not_made_by_a_yes_about_another_copy(engine, others):
    listed(engine, "0012345", "12345")
    system = LibrarySystem(cards={"000777": GOOD}, titles={"0012345": "Natten", "99": "Natten"})
    system.lies = True
    telling(system, "11", others)
    with asking(system, engine) as catalogue, pytest.raises(AnswerLostError):
        lend(catalogue, BOOK, CARD)


def test_once_it_is_known_how_a_number_is_written_it_is_asked_for_so(engine):
    system = with_book(WithoutZeros)
    with asking(system, engine) as catalogue:
        for _ in range(3):
            assert catalogue.item(BOOK).title == "Vägen genom myren"
    assert system.asked.count("17") == 4, "once more the first time only"


def test_a_copy_is_asked_for_as_the_lists_have_it_where_its_tag_is_not_known(engine):
    listed(engine, "12345")
    system = with_book(Exact)
    with asking(system, engine) as catalogue:
        assert catalogue.item(ItemId("0099")) is None, "no list has it"
        assert isinstance(lend(catalogue, BOOK, CARD), Accepted)
        assert [loan.item for loan in catalogue.account(CARD, VIN, TODAY).loans] == [BOOK]
    assert system.changes == ["lend 12345 000777"]


def test_a_place_in_a_queue_is_found_whatever_zeros_the_list_has(engine):
    listed(engine, "0012345")
    with engine.begin() as db:
        db.execute(tables.item.delete().where(tables.item.c.id.in_(["B-1", "B-2"])))
    system = with_book(WithoutZeros)
    with asking(system, engine) as catalogue:
        for _ in range(2):
            assert catalogue.place_hold("t-novel", CARD, pickup=VIN, at_ms=NOW_MS).refused is None
        assert [hold.title.id for hold in catalogue.holds(CARD)] == ["t-novel"]
        assert catalogue.cancel_hold("t-novel", CARD, at_ms=NOW_MS)
    assert system.changes == ["hold Vägen genom myren 777", "no hold Vägen genom myren 777"]
