"""The contract of any catalogue, kept by a library system behind three servers.

One is the tests' own, two were written by others: pysip2, which is strict, and invenio-sip2, which
is sloppy and tells nobody of no block. What SIP2 cannot say is tried here for what it can.
"""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from circulation.verdicts import Accepted, Reason, Refused
from hub.catalogue.sip2.answers import SOMEBODY
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.contract import DUE, TODAY, CatalogueContract, lend, renew
from tests.hub.catalogue.sip2.independent import independent
from tests.hub.catalogue.sip2.rig import catalogue_at
from tests.hub.sip2.invenio import PASSWORD
from tests.hub.sip2.peers import scripted, serving

TITLES = {"t-novel": "Vägen genom myren"}
CARDS = {"bo": "K-BO", "child": "K-CHILD"}


@contextmanager
def _invenio(system, peer):
    system.honours_no_block = False
    peer.system = system
    yield peer.port


@pytest.fixture(params=["ours", "pysip2", "invenio"])
def catalogue(request, system, engine, clock):
    system.closed = {date(2026, 12, 23)}
    if request.param == "invenio":
        server = _invenio(system, request.getfixturevalue("invenio"))
    else:
        own = request.param == "ours"
        server = scripted(system.wire) if own else serving(independent(system))
    login = ("hub", PASSWORD)
    with server as port, catalogue_at(port, engine, clock, login=login) as asked:
        yield asked


@pytest.fixture
def reserve(system):
    def reserve(title, patron):
        system.waiting.setdefault(TITLES[title], []).append(CARDS[patron])

    return reserve


class TestSip2Catalogue(CatalogueContract):
    """Whatever server stands before it."""

    def test_it_says_what_it_cannot(self, catalogue):
        able = catalogue.capabilities
        assert (able.holds, able.renewals) == (True, True)
        assert (able.history, able.told_days) == (False, False)

    # --- the contract, as far as SIP2 can say it -------------------------------------------------

    def test_what_has_happened_is_never_refused(self, catalogue, system, reserve):
        """Where no block is honoured; where it is not, the refusal comes with its words."""
        if system.honours_no_block:
            super().test_what_has_happened_is_never_refused(catalogue, reserve)
            return
        due = date(2026, 12, 1)
        verdict = lend(catalogue, "B-1", "K-BLOCKED", "p0", due=due, no_block=True)
        assert verdict == Refused(Reason.CARD_REFUSED)
        assert catalogue.said("p0") == "Patron Blocked"
        assert system.loans == {}

    def test_of_two_due_dates_told_the_later_stands(self, catalogue):
        """A library system has its own day, and keeps it."""
        lend(catalogue, "B-1", "K-ANNA")
        later = DUE + timedelta(days=5)

        assert lend(catalogue, "B-1", "K-ANNA", "p2", due=later, no_block=True) == Accepted(DUE)
        assert catalogue.item("B-1").loan.due == DUE

    def test_a_return_closes_the_loan_and_is_put_aside_for_the_first_who_waits(
        self, catalogue, reserve
    ):
        """For whom is not told of a copy; how many lie ready is told of a card."""
        lend(catalogue, "B-1", "K-ANNA")
        reserve("t-novel", "bo")
        reserve("t-novel", "child")

        assert catalogue.checkin("B-1", "VIN", posting="p2", at_ms=NOW_MS)

        standing = catalogue.item("B-1")
        assert (standing.loan, standing.reserved_for) == (None, SOMEBODY)
        assert catalogue.standing("K-BO", "VIN", TODAY).holds_ready == 1
        assert catalogue.account("K-CHILD", "VIN", TODAY).holds_waiting == 1
        assert lend(catalogue, "B-1", "K-CHILD", "p3") == Refused(Reason.RESERVED)
        assert isinstance(lend(catalogue, "B-1", "K-BO", "p4"), Accepted)

    def test_a_loan_that_is_late_is_not_renewed(self, catalogue, system):
        """By the library system's own clock."""
        lend(catalogue, "B-1", "K-ANNA")
        system.today += timedelta(days=60)

        late = renew(catalogue, "B-1", "K-ANNA", "r1")
        assert late == Refused(Reason.RENEWAL_LIMIT, "Item is overdue"), "in its own words"

    def test_a_renewal_already_told_stands(self, catalogue, system, reserve):
        """It is asked for once, and it is told how it ended."""
        lend(catalogue, "B-1", "K-ANNA")
        reserve("t-novel", "bo")
        told = DUE + timedelta(days=14)

        assert renew(catalogue, "B-1", "K-ANNA", "r1", due=told) == Refused(Reason.RESERVED)
        assert catalogue.said("r1") == "Item is on hold for another patron."
        assert [change for change in system.changes if change.startswith("renew")] == []

    def test_who_gives_a_hold_up_waits_no_more(self, catalogue, system):
        """invenio-sip2 tells its handler no mode: every Hold (15) there is a wish to wait."""
        if system.honours_no_block:
            super().test_who_gives_a_hold_up_waits_no_more(catalogue)
