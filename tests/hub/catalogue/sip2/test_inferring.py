"""What must have happened between two looks at a copy."""

from datetime import date

import pytest

from hub.catalogue.port import Change, Loan
from hub.catalogue.sip2.inferring import (
    NEVER_SEEN_MS,
    SETTLING_MS,
    Begun,
    Known,
    changes,
)

NOW = 1_795_600_800_000
AN_HOUR_AGO = NOW - 3_600_000
DAY, LATER = date(2026, 12, 24), date(2027, 1, 20)
LENT, RETURNED, RENEWED = Change.LENT, Change.RETURNED, Change.RENEWED


def loan(patron, due=DAY):
    return Loan("B-1", patron, due)


def told(known, now, begun=()):
    return [(each.change, each.patron) for each in changes(known, now, begun, NOW)]


@pytest.mark.parametrize(
    ("holder", "now", "expected"),
    [
        (None, None, []),
        (None, loan("anna"), [(LENT, "anna")]),
        ("anna", None, [(RETURNED, None)]),
        ("anna", loan("anna"), []),
        ("anna", loan("anna", LATER), [(RENEWED, "anna")]),
        ("anna", loan("anna", date(2026, 12, 1)), []),
        ("anna", loan("bo"), [(RETURNED, None), (LENT, "bo")]),
    ],
)
def test_what_is_seen_implies_what_was_done(holder, now, expected):
    assert told(Known(holder, DAY if holder else None, AN_HOUR_AGO), now) == expected


def test_a_loan_of_what_was_in_is_as_old_as_it_can_be():
    (lent,) = changes(Known(None, None, AN_HOUR_AGO), loan("anna"), [], NOW)
    (always,) = changes(None, loan("anna"), [], NOW)

    assert (lent.at_ms, always.at_ms) == (AN_HOUR_AGO, NOW - NEVER_SEEN_MS)


def test_a_loan_that_was_known_has_ended_lately():
    (lately,) = changes(Known("anna", DAY, AN_HOUR_AGO), None, [], NOW)
    (since,) = changes(Known("anna", DAY, NOW - 60_000), None, [], NOW)

    assert (lately.at_ms, since.at_ms) == (NOW - SETTLING_MS, NOW - 60_000)


def test_what_the_hub_began_itself_is_its_own_and_nobody_elses():
    begun = [Begun("p1", LENT, "anna", AN_HOUR_AGO)]

    (mine,) = changes(Known(None, None, AN_HOUR_AGO), loan("anna"), begun, NOW)
    (theirs,) = changes(Known(None, None, AN_HOUR_AGO), loan("bo"), begun, NOW)

    assert (mine.posting, mine.inferred) == ("p1", False)
    assert (theirs.posting, theirs.inferred) == (None, True)
