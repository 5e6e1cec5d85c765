"""A scanned text as if a tag had said it."""

import pytest

from circulation.barcodes import Numbers
from circulation.tags.content import Usage
from station.events import Place
from station.scanned import UID, notes


@pytest.mark.parametrize("place", [Place.PAD, Place.FINGER])
def test_a_books_barcode_comes_and_goes_where_it_was_scanned(place):
    came, gone = notes(place, "30000001", Numbers())

    assert (came.place, came.content.number, came.content.crc_held) == (place, "30000001", None)
    assert (gone.place, gone.uid) == (place, UID)
    assert came.content.afi is None


@pytest.mark.parametrize("place", [Place.PAD, Place.FINGER])
def test_a_loan_card_is_a_card_wherever_it_is_scanned(place):
    came, gone = notes(place, "20000001", Numbers())

    assert (came.place, came.content.usage) == (Place.CARD, Usage.PATRON_CARD)
    assert gone.place is Place.CARD


def test_one_that_was_read_wrongly_is_no_book_at_all():
    (came,) = notes(Place.PAD, "9789129688314", Numbers())

    assert came.content.crc_held is False


@pytest.mark.parametrize(("text", "held"), [("300000014", None), ("300000015", False)])
def test_a_wrong_check_character_of_code_39_is_no_book_either(text, held):
    came, *_ = notes(Place.PAD, text, Numbers(code39_check=("item",)))

    assert came.content.crc_held is held
    assert came.content.number == ("30000001" if held is None else "?")


@pytest.mark.parametrize("text", ["9789129688313", "hej", ""])
def test_what_names_no_copy_is_unknown(text):
    (came,) = notes(Place.FINGER, text, Numbers())

    assert came.content.number == ""
