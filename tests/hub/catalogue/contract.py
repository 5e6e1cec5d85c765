"""What any catalogue must do; a catalogue's test module inherits this with its own fixtures.

A `catalogue` fixture holds the region in `cast`, a `reserve(title, patron)` fixture puts
somebody in a queue there.
"""

from datetime import date, timedelta

import pytest

from circulation.verdicts import Accepted, Reason, Refused
from hub.catalogue.port import Change
from tests.hub.catalogue.cast import NOW_MS

TODAY = date(2026, 11, 25)
DAY_MS = 86_400_000
DUE = date(2026, 12, 24)
"""28 days on is the 23rd, a closed day."""


def lend(catalogue, item, card, posting="p1", *, at_ms=NOW_MS, due=None, no_block=False):
    return catalogue.checkout(item, card, posting=posting, at_ms=at_ms, due=due, no_block=no_block)


def renew(catalogue, item, card, posting, *, at_ms=NOW_MS, due=None):
    return catalogue.renew(item, card, posting=posting, at_ms=at_ms, due=due)


class CatalogueContract:
    def test_a_loan_is_due_after_four_weeks_on_an_open_day(self, catalogue):
        assert lend(catalogue, "B-1", "K-ANNA") == Accepted(DUE)
        assert catalogue.item("B-1").loan.due == DUE
        assert [loan.item for loan in catalogue.account("K-ANNA", "VIN", TODAY).loans] == ["B-1"]

    @pytest.mark.parametrize("card", ["K-BLOCKED", "K-ANNA-OLD", "K-EXPIRED", "K-NOBODY"])
    def test_blocked_lost_expired_and_unknown_cards_are_refused_alike(self, catalogue, card):
        assert lend(catalogue, "B-1", card) == Refused(Reason.CARD_REFUSED)
        assert catalogue.standing(card, "VIN", TODAY).refused is Reason.CARD_REFUSED

    def test_a_good_card_stands_well(self, catalogue):
        standing = catalogue.standing("K-ANNA", "VIN", TODAY)

        assert (standing.refused, standing.patron is None) == (None, False)

    @pytest.mark.parametrize(
        ("item", "card", "reason"),
        [
            ("B-NONE", "K-ANNA", Reason.ITEM_UNKNOWN),
            ("B-REF", "K-ANNA", Reason.NOT_FOR_LOAN),
            ("B-FILM", "K-CHILD", Reason.AGE_LIMIT),
        ],
    )
    def test_what_may_not_be_lent_is_refused_with_its_reason(self, catalogue, item, card, reason):
        assert lend(catalogue, item, card) == Refused(reason)
        assert catalogue.log(item) == []

    def test_a_book_that_someone_waits_for_is_lent_to_that_one_only(self, catalogue, reserve):
        reserve("t-novel", "bo")

        assert lend(catalogue, "B-1", "K-ANNA") == Refused(Reason.RESERVED)
        assert isinstance(lend(catalogue, "B-1", "K-BO", "p2"), Accepted)

    def test_what_has_happened_is_never_refused(self, catalogue, reserve):
        reserve("t-novel", "bo")
        due = date(2026, 12, 1)

        for number, item in enumerate(["B-1", "B-REF", "B-FILM"]):
            verdict = lend(catalogue, item, "K-BLOCKED", f"p{number}", due=due, no_block=True)
            assert verdict == Accepted(due)
        assert catalogue.item("B-1").loan.due == due

    def test_only_an_unknown_book_or_card_cannot_be_entered_afterwards(self, catalogue):
        due = date(2026, 12, 1)

        unknown_item = lend(catalogue, "B-NONE", "K-ANNA", due=due, no_block=True)
        unknown_card = lend(catalogue, "B-1", "K-NOBODY", due=due, no_block=True)

        assert unknown_item == Refused(Reason.ITEM_UNKNOWN)
        assert unknown_card == Refused(Reason.CARD_REFUSED)

    def test_lending_again_to_the_same_patron_is_never_a_renewal(self, catalogue):
        lend(catalogue, "B-1", "K-ANNA")

        again = lend(catalogue, "B-1", "K-ANNA", "p2", at_ms=NOW_MS + 7 * DAY_MS)

        assert again == Accepted(DUE)
        assert [entry.change for entry in catalogue.log("B-1")] == [Change.LENT]

    def test_of_two_due_dates_told_the_later_stands(self, catalogue):
        lend(catalogue, "B-1", "K-ANNA")
        later = DUE + timedelta(days=5)

        assert lend(catalogue, "B-1", "K-ANNA", "p2", due=later, no_block=True) == Accepted(later)
        assert lend(catalogue, "B-1", "K-ANNA", "p3", due=TODAY, no_block=True) == Accepted(later)

    def test_a_book_in_hand_must_have_come_back(self, catalogue):
        lend(catalogue, "B-1", "K-ANNA")

        assert isinstance(lend(catalogue, "B-1", "K-BO", "p2"), Accepted)
        assert catalogue.account("K-ANNA", "VIN", TODAY).loans == []
        changes = [entry.change for entry in catalogue.log("B-1")]
        assert changes == [Change.LENT, Change.RETURNED, Change.LENT]

    def test_a_return_closes_the_loan_and_is_put_aside_for_the_first_who_waits(
        self, catalogue, reserve
    ):
        lend(catalogue, "B-1", "K-ANNA")
        reserve("t-novel", "bo")
        reserve("t-novel", "child")

        assert catalogue.checkin("B-1", "VIN", posting="p2", at_ms=NOW_MS)

        standing = catalogue.item("B-1")
        bo = catalogue.standing("K-BO", "VIN", TODAY)
        assert (standing.loan, standing.reserved_for) == (None, bo.patron)
        assert bo.holds_ready == 1
        assert catalogue.standing("K-BO", "GRA", TODAY).holds_ready == 0
        assert catalogue.account("K-CHILD", "VIN", TODAY).holds_waiting == 1

    def test_a_return_of_an_unknown_book_is_said_to_be_so(self, catalogue):
        assert not catalogue.checkin("B-NONE", "VIN", posting="p1", at_ms=NOW_MS)

    def test_a_return_of_a_book_that_was_not_out_changes_no_loan(self, catalogue):
        assert catalogue.checkin("B-1", "VIN", posting="p1", at_ms=NOW_MS)
        assert catalogue.log("B-1") == []

    def test_a_loan_is_renewed_three_times_and_not_four(self, catalogue):
        lend(catalogue, "B-1", "K-ANNA")

        verdicts = [
            renew(catalogue, "B-1", "K-ANNA", f"r{week}", at_ms=NOW_MS + week * 7 * DAY_MS)
            for week in range(1, 5)
        ]

        assert [type(verdict) for verdict in verdicts[:3]] == [Accepted] * 3
        assert verdicts[2].due > verdicts[0].due > DUE
        assert verdicts[3] == Refused(Reason.RENEWAL_LIMIT)

    def test_a_loan_that_is_late_is_not_renewed(self, catalogue):
        lend(catalogue, "B-1", "K-ANNA")

        late = renew(catalogue, "B-1", "K-ANNA", "r1", at_ms=NOW_MS + 60 * DAY_MS)

        assert late == Refused(Reason.RENEWAL_LIMIT)

    def test_a_loan_that_someone_waits_for_is_not_renewed(self, catalogue, reserve):
        lend(catalogue, "B-1", "K-ANNA")
        assert catalogue.account("K-ANNA", "VIN", TODAY).loans[0].renewable
        reserve("t-novel", "bo")

        assert renew(catalogue, "B-1", "K-ANNA", "r1") == Refused(Reason.RESERVED)
        assert not catalogue.account("K-ANNA", "VIN", TODAY).loans[0].renewable

    def test_a_renewal_already_told_stands(self, catalogue, reserve):
        lend(catalogue, "B-1", "K-ANNA")
        reserve("t-novel", "bo")
        told = DUE + timedelta(days=14)

        assert renew(catalogue, "B-1", "K-ANNA", "r1", due=told) == Accepted(told)

    def test_nobody_renews_what_another_has(self, catalogue):
        lend(catalogue, "B-1", "K-ANNA")

        assert renew(catalogue, "B-1", "K-BO", "r1") == Refused(Reason.NOT_ON_LOAN)
        assert renew(catalogue, "B-2", "K-BO", "r2") == Refused(Reason.NOT_ON_LOAN)

    def test_the_log_names_the_posting_and_counts_on(self, catalogue):
        before = catalogue.version()
        lend(catalogue, "B-1", "K-ANNA", "posting-7")

        (entry,) = catalogue.log("B-1")
        assert (entry.posting, entry.at_ms, entry.due) == ("posting-7", NOW_MS, DUE)
        assert entry.version == catalogue.version() > before

    def test_five_wrong_pins_let_a_card_rest_for_a_quarter(self, catalogue):
        wrong = [catalogue.pin_refused("K-ANNA", "0000", NOW_MS) for _ in range(5)]

        assert wrong == [Reason.PIN_WRONG] * 5
        assert catalogue.pin_refused("K-ANNA", "1234", NOW_MS) is Reason.PIN_LOCKED
        assert catalogue.pin_refused("K-BO", "1234", NOW_MS) is None
        assert catalogue.pin_refused("K-ANNA", "1234", NOW_MS + 15 * 60_000) is None

    def test_an_unknown_card_is_answered_like_a_wrong_pin(self, catalogue):
        wrong = [catalogue.pin_refused("K-NOBODY", "1234", NOW_MS) for _ in range(6)]

        assert wrong == [Reason.PIN_WRONG] * 5 + [Reason.PIN_LOCKED]
