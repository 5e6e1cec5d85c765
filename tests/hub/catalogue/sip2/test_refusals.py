"""What library systems say, and what our visitors hear."""

import pytest

from circulation.verdicts import Reason, Refused
from hub.catalogue.sip2 import refusals


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Invalid Patron", Reason.CARD_REFUSED),
        ("Patron Blocked", Reason.CARD_REFUSED),
        ("Invalid Item", Reason.ITEM_UNKNOWN),
        ("Item on Hold for Another User", Reason.RESERVED),
        ("Item is reserved for another patron upon return.", Reason.RESERVED),
        ("NOT_FOR_LOAN: 1", Reason.NOT_FOR_LOAN),
        ("TOO_MANY: 20", Reason.LOAN_LIMIT),
        ("Renewals not permitted", Reason.RENEWAL_LIMIT),
    ],
)
def test_a_sentence_that_is_known_is_our_own_reason(said, reason):
    assert refusals.reason(said, Reason.AGE_LIMIT) is reason
    assert refusals.refused(said, Reason.AGE_LIMIT) == Refused(reason)


@pytest.mark.parametrize("said", ["", "Låntagaren får vänta till tisdag"])
def test_one_that_is_not_known_says_no_more_than_is_known(said):
    assert refusals.reason(said, refusals.ELSE_OF_LOAN) is Reason.AGE_LIMIT
    assert refusals.refused(said, refusals.ELSE_OF_LOAN) == Refused(Reason.AGE_LIMIT, said)


def test_what_is_shown_as_it_came_is_one_line():
    assert refusals.refused("Vänta\ttill \n tisdag", Reason.AGE_LIMIT).said == "Vänta till tisdag"
