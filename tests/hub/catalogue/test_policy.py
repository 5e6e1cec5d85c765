from datetime import date

import pytest

from circulation.identifiers import PatronId
from circulation.verdicts import Reason
from hub.catalogue.policy import (
    Copy,
    Has,
    Holder,
    LoanState,
    hold_refused,
    loan_refused,
    renewal_refused,
)
from hub.catalogue.terms import Rule, RuleBook

TODAY = date(2026, 11, 25)
ANNA = PatronId("anna")
BOOK = RuleBook([Rule(item_kind="music", loans=2)])


def lend(
    *,
    good=True,
    born=1980,
    entitled=False,
    usage="circulating",
    kind="book",
    reserved=None,
    loans=0,
    of_kind=0,
):
    holder = Holder(patron=ANNA, good=good, birth_year=born, entitled=entitled)
    copy = Copy(item="B", title="t", branch="VIN", usage=usage, kind=kind)
    has = Has(loans=loans, of_kind=of_kind)
    terms = BOOK.terms(item_kind=kind)
    return loan_refused(holder, copy, terms, reserved_for=reserved, has=has, today=TODAY)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({}, None),
        ({"good": False, "usage": "reference"}, Reason.CARD_REFUSED),
        ({"good": False, "usage": "entitled"}, Reason.CARD_REFUSED),
        ({"usage": "reference"}, Reason.NOT_FOR_LOAN),
        ({"usage": "entitled"}, Reason.TALKING_BOOK),
        ({"usage": "entitled", "entitled": True}, None),
        ({"usage": "reference", "entitled": True}, Reason.NOT_FOR_LOAN),
        ({"kind": "film", "born": 2012}, Reason.AGE_LIMIT),
        ({"kind": "film", "born": 2011}, None),
        ({"kind": "book", "born": 2019}, None),
        ({"reserved": "bo"}, Reason.RESERVED),
        ({"reserved": "anna"}, None),
        ({"loans": 30}, Reason.LOAN_LIMIT),
        ({"loans": 29}, None),
        ({"kind": "music", "loans": 2, "of_kind": 2}, Reason.LOAN_LIMIT),
        ({"kind": "music", "loans": 9, "of_kind": 1}, None),
    ],
)
def test_a_loan_is_refused_by_the_first_rule_that_it_breaks(told, reason):
    assert lend(**told) is reason


@pytest.mark.parametrize(
    ("usages", "entitled", "reason"),
    [
        (set(), True, Reason.NOT_FOR_LOAN),
        ({"reference"}, True, Reason.NOT_FOR_LOAN),
        ({"entitled", "reference"}, False, Reason.TALKING_BOOK),
        ({"entitled"}, True, None),
        ({"entitled", "circulating"}, False, None),
    ],
)
def test_nobody_waits_for_what_they_could_not_get(usages, entitled, reason):
    holder = Holder(patron=ANNA, good=True, birth_year=1980, entitled=entitled)

    assert hold_refused(holder, usages) is reason


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

    assert renewal_refused(loan, BOOK.terms(), waiting=waiting, today=TODAY) is reason
