"""What is said to a device."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from circulation.messages import AccountLoan, ShelfTitle
from circulation.verdicts import Reason, Refused
from hub.catalogue.port import Account, ItemStanding, PatronHold
from hub.selfchecks.saying import Sayer
from hub.sip2.codec import Message

SAY = Sayer("SE-Vin", ZoneInfo("Europe/Stockholm"))
ASKED = Message("11", {}, (("AA", "K-ANNA"), ("AB", "B-1")))


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (Refused(Reason.LOAN_LIMIT), "Du har redan så många lån som kortet får ha."),
        (Refused(Reason.AGE_LIMIT, "Boken | ska lagas."), "Boken   ska lagas."),
    ],
)
def test_a_refusal_is_told_in_our_words_or_as_it_came(why, said):
    told = SAY.not_lent(ASKED, why, "Vägen", 0)

    assert (told.yes("ok"), told.get("AF")) == (False, said)


@pytest.mark.parametrize(("told", "back"), [("006", "006"), ("00\ufffd", "000"), ("", "000")])
def test_a_language_is_told_back_where_it_is_one(told, back):
    asked = Message("23", {"language": told}, (("AA", "K-ANNA"),))

    said = SAY.patron_status(asked, None, pin_right=None, at_ms=0)

    assert said.fixed["language"] == back


@pytest.mark.parametrize(
    ("reserved", "sent", "status"),
    [(None, None, "03"), ("bo", None, "08"), (None, "GRA", "10"), ("bo", "GRA", "10")],
)
def test_a_copy_on_its_way_is_told_to_be_at_no_library(reserved, sent, status):
    standing = ItemStanding("B-1", "Vägen", None, reserved, sent_to=sent)

    assert SAY.item(ASKED, standing, 0).fixed["circulation_status"] == status


def loan(number):
    return AccountLoan(
        item=f"B-{number}",
        title="",
        language="",
        kind="book",
        due=date(2026, 12, 1),
        renewable=True,
    )


HELD = [
    PatronHold(title=ShelfTitle(id="a", title="Redo"), ready=True),
    PatronHold(title=ShelfTitle(id="b", title="Väntar"), ready=False),
]
HAS = Account([loan(number) for number in range(1, 6)], 1, 1, 0)


def listed(summary, *fields):
    asked = Message("63", {"summary": summary}, (("AA", "K-ANNA"), *fields))
    today = date(2026, 11, 25)
    return SAY.patron(asked, None, (HAS, HELD), today=today, pin_right=True, listed=True, at_ms=0)


def test_each_list_is_told_where_it_is_asked_for():
    assert listed("Y         ").all("AS") == ["Redo"]
    assert listed("     Y    ").all("CD") == ["Väntar"]
    assert listed(" " * 10).all("CD") == []


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2", "3", ["B-2", "B-3"]),
        ("4", "99", ["B-4", "B-5"]),
        ("4", None, ["B-4", "B-5"]),
        (None, "2", ["B-1", "B-2"]),
        ("6", "9", []),
        ("3", "2", []),
        ("0", "²", ["B-1", "B-2", "B-3", "B-4", "B-5"]),
        ("x", "", ["B-1", "B-2", "B-3", "B-4", "B-5"]),
    ],
)
def test_a_part_of_a_list_is_told_where_a_part_is_asked_for(first, last, told):
    fields = [(id_, each) for id_, each in (("BP", first), ("BQ", last)) if each is not None]

    answer = listed("  Y       ", *fields)

    assert answer.all("AU") == told
    assert answer.fixed["charged_items"] == "0005"
