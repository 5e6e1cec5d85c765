"""What is said to a device."""

from zoneinfo import ZoneInfo

import pytest

from circulation.verdicts import Reason, Refused
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
