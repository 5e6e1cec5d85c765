"""A tag means a card, a book or a sign, or we say kindly that we do not know it."""

import pytest

from circulation.identifiers import CardNumber, ItemId, TitleId
from circulation.messages import ShelfItem, ShelfSign, ShelfTitle
from circulation.tags.content import TagContent, Usage
from circulation.tags.counter import TagCounter
from station.events import Alarm, BookPlaced, CardTouched, Place, Pointed, SignPointed, StrangeTag
from station.recognition import recognise

RONJA = ShelfTitle(id=TitleId("ft1"), title="Ronja rövardotter")


class OneBook:
    """A shelf with one book, and one sign."""

    def item(self, item):
        known = ShelfItem(id=ItemId("30000001"), title=RONJA.id, branch="VIN", reserved=True)
        return known if item == known.id else None

    def title(self, title):
        return RONJA if title == RONJA.id else None

    def sign(self, sign):
        return ShelfSign(id=sign, text="Talböcker") if sign == "VIN-1" else None


class OneCard:
    """One card that may borrow offline, twice used."""

    def known_offline(self, card):
        return card == "20000001"

    def used_today(self, card):
        return 2 if card == "20000001" else 0


def seen(place, *, counts=False, **content):
    fields = {"uid": "04", "format": "28560-3", "crc_held": True} | content
    return recognise(place, TagContent(**fields), OneBook(), OneCard(), counts=counts)


def test_a_loan_card_on_the_card_reader_is_a_card():
    event = seen(Place.CARD, number="20000001", usage=Usage.PATRON_CARD)

    assert event == CardTouched(
        uid="04", card=CardNumber("20000001"), known_offline=True, used_today=2
    )


def test_a_book_on_the_pad_is_a_book_with_its_title():
    event = seen(Place.PAD, number="30000001", usage=Usage.CIRCULATING)

    assert isinstance(event, BookPlaced)
    assert (event.book.title, event.book.reserved, event.book.lendable_offline) == (
        RONJA,
        True,
        True,
    )


def test_a_book_that_the_shelf_does_not_know_can_still_be_returned_but_not_lent_offline():
    event = seen(Place.PAD, number="39999999", usage=Usage.CIRCULATING)

    assert isinstance(event, BookPlaced)
    assert (event.book.title, event.book.lendable_offline) == (None, False)


def test_a_book_under_the_finger_is_pointed_at():
    assert isinstance(seen(Place.FINGER, number="30000001", usage=Usage.CIRCULATING), Pointed)


def test_a_sign_speaks_under_the_finger():
    event = seen(Place.FINGER, number="VIN-1", usage=Usage.LOCAL_3)

    assert event == SignPointed(text="Talböcker", language="swe")


@pytest.mark.parametrize(
    ("place", "content", "kind"),
    [
        (Place.FINGER, {"number": "11223344", "owner": "DE-705"}, "foreign"),
        (Place.CARD, {"number": "30000001", "usage": Usage.CIRCULATING}, "unknown"),
        (Place.PAD, {"number": "20000001", "usage": Usage.PATRON_CARD}, "unknown"),
        (Place.PAD, {"format": "blank"}, "unknown"),
        (Place.PAD, {"number": "30000001", "crc_held": False}, "unreadable"),
        (Place.PAD, {"number": "VIN-1"}, "unknown"),
    ],
)
def test_what_does_not_fit_its_place_is_said_kindly(place, content, kind):
    event = seen(place, **content)

    assert isinstance(event, StrangeTag)
    assert event.kind == kind


@pytest.mark.parametrize(
    ("usage", "may_leave"),
    [
        (Usage.CIRCULATING, True),
        (Usage.NO_INFORMATION, True),
        (Usage.LOCAL_3, True),
        (None, True),
        (Usage.NOT_FOR_CIRCULATION, False),
        (Usage.ACQUISITION, False),
        (Usage.FUTURE, False),
        (Usage.DISCARDED, False),
        (Usage.EQUIPMENT, False),
    ],
)
def test_where_nobody_can_be_asked_the_tags_own_word_counts_too(usage, may_leave):
    event = seen(Place.PAD, number="30000001", usage=usage)

    assert isinstance(event, BookPlaced)
    assert event.book.lendable_offline is may_leave


@pytest.mark.parametrize("forbids", [set(), {"loan"}, {"return"}, {"loan", "return"}])
def test_a_tag_may_forbid_what_nobody_can_be_asked_about(forbids):
    event = seen(Place.PAD, number="30000001", not_offline=frozenset(forbids))

    assert event.book.lendable_offline == ("loan" not in forbids)
    assert event.book.returnable_offline == ("return" not in forbids)


def test_a_format_without_a_checksum_is_believed_as_it_stands():
    event = seen(Place.PAD, number="30000001", crc_held=None)

    assert event.book.item == "30000001"


@pytest.mark.parametrize(
    ("owner", "ours", "foreign"),
    [("SE-Um", {"SE-Um"}, False), ("DE-705", {"SE-Um"}, True), ("DE-705", set(), False),
     ("", {"SE-Um"}, False)],
)  # fmt: skip
def test_another_librarys_book_is_known_by_its_isil(owner, ours, foreign):
    content = TagContent(uid="04", format="28560-3", number="30000001", owner=owner, crc_held=True)

    event = recognise(Place.PAD, content, OneBook(), OneCard(), ours=frozenset(ours))

    assert event.book.foreign is foreign


def test_a_bank_card_is_an_identity_and_no_torn_book():
    content = TagContent(uid="08000000", format="identity-only")

    event = recognise(Place.CARD, content, OneBook(), OneCard())

    assert (event.kind, event.place) == ("identity", Place.CARD)


def test_an_alarm_is_known_by_its_afi():
    assert seen(Place.PAD, number="30000001", afi=0x07, uid="e004").book.alarms == (
        Alarm(uid="e004"),
    )
    assert seen(Place.PAD, number="30000001").book.alarms == ()


@pytest.mark.parametrize("counts", [True, False])
def test_a_tags_count_goes_with_the_book_only_where_the_library_wants_it(counts):
    counter = TagCounter(3, 96)

    event = seen(Place.PAD, number="30000001", afi=0x07, counter=counter, counts=counts)

    assert event.book.alarms[0].counter == (counter if counts else None)
