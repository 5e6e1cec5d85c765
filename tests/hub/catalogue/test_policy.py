from datetime import date

import pytest

from circulation.identifiers import PatronId
from circulation.verdicts import Reason
from hub.catalogue.policy import Copy, Holder, LoanState, loan_refused, renewal_refused

TODAY = date(2026, 11, 25)
ANNA = PatronId("anna")


def lend(*, good=True, born=1980, usage="circulating", kind="book", reserved=None, loans=0):
    holder = Holder(patron=ANNA, good=good, birth_year=born)
    copy = Copy(item="B", title="t", branch="VIN", usage=usage, kind=kind)
    return loan_refused(holder, copy, reserved_for=reserved, open_loans=loans, today=TODAY)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, None),
        ({"good": False, "usage": "reference"}, Reason.CARD_REFUSED),
        ({"usage": "reference"}, Reason.NOT_FOR_LOAN),
        ({"kind": "film", "born": 2012}, Reason.AGE_LIMIT),
        ({"kind": "film", "born": 2011}, None),
        ({"kind": "book", "born": 2019}, None),
        ({"reserved": "bo"}, Reason.RESERVED),
        ({"reserved": "anna"}, None),
        ({"loans": 30}, Reason.LOAN_LIMIT),
        ({"loans": 29}, None),
    ],
)
def test_a_loan_is_refused_by_the_first_rule_that_it_breaks(told, reason):
    assert lend(**told) is reason


@pytest.mark.parametrize(
    ("due", "renewals", "waiting", "reason"),
    [
        (TODAY, 2, 0, None),
        (TODAY, 3, 0, Reason.RENEWAL_LIMIT),
        (date(2026, 11, 24), 0, 0, Reason.RENEWAL_LIMIT),
        (TODAY, 0, 1, Reason.RESERVED),
    ],
)
def test_a_loan_is_renewed_three_times_in_time_when_nobody_waits(due, renewals, waiting, reason):
    loan = LoanState(patron=ANNA, due=due, renewals=renewals)

    assert renewal_refused(loan, waiting=waiting, today=TODAY) is reason
