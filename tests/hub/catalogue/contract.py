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

    def test_a_hold_is_one_however_often_it_is_asked_for(self, catalogue):
        if not catalogue.capabilities.holds:
            return
        wait = {"pickup": "VIN", "at_ms": NOW_MS}
        made = [catalogue.place_hold("t-novel", "K-BO", **wait) for _ in range(2)]

        assert [each.refused for each in made] == [None, None]
        assert [hold.title.id for hold in catalogue.holds("K-BO")] == ["t-novel"]

    def test_who_gives_a_hold_up_waits_no_more(self, catalogue):
        if not catalogue.capabilities.holds:
            return
        catalogue.place_hold("t-novel", "K-BO", pickup="VIN", at_ms=NOW_MS)

        assert catalogue.cancel_hold("t-novel", "K-BO", at_ms=NOW_MS)
        assert catalogue.holds("K-BO") == []
        assert not catalogue.cancel_hold("t-novel", "K-BO", at_ms=NOW_MS)

    def test_who_left_a_queue_is_taken_out_of_its_log_and_nobody_else(self, catalogue):
        if not (catalogue.capabilities.holds and catalogue.capabilities.history):
            assert catalogue.queues_left(NOW_MS + DAY_MS) == {}
            return
        for card in ("K-BO", "K-ANNA"):
            catalogue.place_hold("t-novel", card, pickup="VIN", at_ms=NOW_MS)
        assert catalogue.queues_left(NOW_MS + 10) == {}
        catalogue.cancel_hold("t-novel", "K-BO", at_ms=NOW_MS + 5)
        bo = catalogue.standing("K-BO", "VIN", TODAY).patron
        assert catalogue.queues_left(NOW_MS + 5) == {}
        (queue,) = catalogue.queues_left(NOW_MS + 10).values()
        assert queue == catalogue.holds_past("B-1")
        last = queue.log[-1].version

        for before_ms, through in ((NOW_MS, last), (NOW_MS + 10, 0)):
            catalogue.forget_waits("t-novel", {bo}, before_ms=before_ms, through=through)
        assert catalogue.holds_past("B-1") == queue
        catalogue.forget_waits("t-novel", {bo}, before_ms=NOW_MS + 10, through=last)

        left = [each for each in queue.log if each.patron != bo]
        assert catalogue.holds_past("B-1").log == left != []
        assert catalogue.queues_left(NOW_MS + 10) == {}
        assert [hold.title.id for hold in catalogue.holds("K-ANNA")] == ["t-novel"]

    def test_nobody_waits_with_a_card_that_is_not_good_or_for_a_title_that_is_not_there(
        self, catalogue
    ):
        if not catalogue.capabilities.holds:
            return
        wait = {"pickup": "VIN", "at_ms": NOW_MS}

        assert catalogue.place_hold("t-novel", "K-BLOCKED", **wait).refused is not None
        assert catalogue.place_hold("t-none", "K-ANNA", **wait).refused is not None
        assert catalogue.holds("K-BLOCKED") == []

    def test_a_renewal_at_the_patrons_own_wish_is_no_posting_of_the_hubs(self, catalogue):
        if not catalogue.capabilities.renewals:
            return
        lend(catalogue, "B-1", "K-ANNA")
        since = catalogue.version()

        day = NOW_MS + 7 * DAY_MS
        wished = [renew(catalogue, "B-1", "K-ANNA", None, at_ms=day) for _ in range(2)]

        assert wished[0] == wished[1] == Accepted(catalogue.item("B-1").loan.due)
        assert catalogue.changed_behind_us(since) == ["B-1"]

    def test_what_the_hub_did_itself_is_nothing_that_changed_behind_it(self, catalogue):
        since = catalogue.version()
        lend(catalogue, "B-1", "K-ANNA")
        catalogue.checkin("B-1", "VIN", posting="p2", at_ms=NOW_MS)

        assert catalogue.changed_behind_us(since) == []
        assert [entry.posting for entry in catalogue.log("B-1")] == ["p1", "p2"]

    def test_who_borrows_with_a_card_is_told_of_a_card_that_is_known(self, catalogue):
        assert (
            catalogue.borrower("K-ANNA").patron == catalogue.standing("K-ANNA", "VIN", TODAY).patron
        )
        assert catalogue.borrower("K-NOBODY") is None

    def test_a_card_of_somebody_is_told_or_not_known(self, catalogue):
        anna = catalogue.borrower("K-ANNA").patron

        assert catalogue.card_of(anna) in ("K-ANNA", None)
        assert catalogue.card_of("nobody") is None

    def test_where_copies_are_is_told_or_not_known(self, catalogue):
        found = catalogue.copies("t-novel")

        assert found is None or sum(each.copies for each in found.at) == 2

    def test_what_was_so_lately_will_do_where_nothing_has_changed(self, catalogue):
        lend(catalogue, "B-1", "K-ANNA")

        assert catalogue.item("B-1", lately=True).loan == catalogue.item("B-1").loan
        assert catalogue.item("B-NONE", lately=True) is None

    def test_a_person_is_forgotten_but_for_whom_is_to_be_kept(self, catalogue):
        lend(catalogue, "B-1", "K-ANNA")
        lend(catalogue, "B-1", "K-BO", "p2")
        bo = catalogue.item("B-1").loan.patron

        catalogue.forget("B-1", keep=bo, name=lambda _patron: "~token")

        lent = [entry.patron for entry in catalogue.log("B-1") if entry.change is Change.LENT]
        assert lent == ["~token", bo]

    def test_what_stands_for_who_is_forgotten_is_not_named_again(self, catalogue):
        lend(catalogue, "B-1", "K-ANNA")
        catalogue.forget("B-1", keep=None, name=lambda _patron: "~token")

        catalogue.forget("B-1", keep=None, name=lambda _patron: "~of a token")

        lent = [entry.patron for entry in catalogue.log("B-1") if entry.change is Change.LENT]
        assert lent == ["~token"]

    def test_names_are_taken_out_of_a_log_through_a_version(self, catalogue):
        lend(catalogue, "B-1", "K-ANNA")
        through = catalogue.version()
        lend(catalogue, "B-1", "K-BO", "p2")

        catalogue.strip("B-1", through=through)

        lent = [entry for entry in catalogue.log("B-1") if entry.change is Change.LENT]
        assert [entry.patron is None for entry in lent] == [True, False]

    def test_what_stood_when_is_told_by_a_catalogue_with_a_log_of_its_own_and_no_other(
        self, catalogue
    ):
        anna = catalogue.standing("K-ANNA", "VIN", TODAY).patron
        lend(catalogue, "B-1", "K-ANNA")

        past, queue, loans = (
            catalogue.card_past("K-ANNA"),
            catalogue.holds_past("B-1"),
            catalogue.open_loans(anna),
        )

        if not catalogue.capabilities.history:
            assert (past, queue, loans) == (None, None, None)
            return
        assert [each.good for each in past] == [True]
        assert (sorted(queue.copies), queue.log) == (["B-1", "B-2"], [])
        assert (loans.items, loans.limit > 1) == (["B-1"], True)
        assert catalogue.card_past("K-NOBODY") == []

    def test_nothing_has_changed_about_cards_and_queues_where_nobody_has_changed_it(
        self, catalogue
    ):
        since = catalogue.standing_changed(0).version

        changed = catalogue.standing_changed(since)

        assert (changed.cards, changed.items) == ([], [])
        assert changed.version >= since

    def test_what_somebody_owes_is_told_where_it_can_be(self, catalogue):
        account = catalogue.account("K-ANNA", "VIN", TODAY)

        assert account.fees_ore >= 0
        assert account.loans == []

    def test_what_is_unknown_is_of_no_kind_and_said_of_nothing(self, catalogue):
        assert catalogue.kind_and_language("B-NONE")[1] == ""
        assert catalogue.said("no-such-posting") == ""
