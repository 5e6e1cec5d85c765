"""The shared catalogue, where it is a library system at the other end of a line."""

from datetime import date, timedelta

import pytest

from circulation.verdicts import Accepted, Reason, Refused
from hub.catalogue.port import Change
from hub.catalogue.sip2.answers import SOMEBODY
from hub.errors import AnswerLostError, CatalogueUnavailableError, NotAskedError
from hub.sip2 import codec
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.contract import DAY_MS, TODAY, lend, renew
from tests.hub.catalogue.sip2.independent import independent
from tests.hub.catalogue.sip2.rig import catalogue_at
from tests.hub.catalogue.sip2.system import DAYS, Out
from tests.hub.sip2.peers import scripted, serving

DUE = TODAY + timedelta(days=DAYS)
HOUR_MS = 3_600_000


@pytest.fixture(params=["ours", "pysip2"])
def catalogue(request, system, engine, clock):
    """The same library system behind a server of ours and behind an independent one."""
    server = scripted(system.wire) if request.param == "ours" else serving(independent(system))
    with server as port, catalogue_at(port, engine, clock) as asked:
        yield asked


def test_a_loan_a_renewal_and_a_return(catalogue, system):
    assert lend(catalogue, "B-1", "K-ANNA") == Accepted(DUE)
    standing = catalogue.item("B-1")
    assert (standing.title, standing.loan.due) == ("Vägen genom myren", DUE)
    assert standing.loan.patron == catalogue.borrower("K-ANNA").patron
    assert renew(catalogue, "B-1", "K-ANNA", "r1") == Accepted(DUE + timedelta(days=DAYS))
    assert catalogue.checkin("B-1", "VIN", posting="p2", at_ms=NOW_MS)

    assert system.changes == ["lend B-1 K-ANNA", "renew B-1", "take back B-1"]
    told = [(entry.change, entry.posting, entry.inferred) for entry in catalogue.log("B-1")]
    assert told == [("lent", "p1", False), ("renewed", "r1", False), ("returned", "p2", False)]
    assert catalogue.changed_behind_us(0) == []


def test_a_renewal_at_the_patrons_own_wish_is_one_a_day_and_no_posting_of_ours(catalogue, system):
    lend(catalogue, "B-1", "K-ANNA")

    for _ in range(2):
        assert renew(catalogue, "B-1", "K-ANNA", None) == Accepted(DUE + timedelta(days=DAYS))

    assert system.changes == ["lend B-1 K-ANNA", "renew B-1"]
    wished = catalogue.log("B-1")[-1]
    assert (wished.change, wished.posting, wished.inferred) == (Change.RENEWED, None, False)
    assert catalogue.changed_behind_us(0) == ["B-1"]


@pytest.mark.parametrize("card", ["K-BLOCKED", "K-ANNA-OLD", "K-EXPIRED", "K-NOBODY"])
def test_blocked_lost_expired_and_unknown_cards_are_refused_alike(catalogue, card):
    assert lend(catalogue, "B-1", card) == Refused(Reason.CARD_REFUSED)
    assert catalogue.standing(card, "VIN", TODAY).refused is Reason.CARD_REFUSED


def test_the_library_systems_words_become_our_reasons(catalogue, system):
    system.kept["B-2"], system.limit = "K-BO", 0

    assert lend(catalogue, "B-NONE", "K-ANNA") == Refused(Reason.ITEM_UNKNOWN)
    assert lend(catalogue, "B-REF", "K-ANNA") == Refused(Reason.NOT_FOR_LOAN)
    assert lend(catalogue, "B-2", "K-ANNA") == Refused(Reason.RESERVED)
    assert lend(catalogue, "B-1", "K-ANNA", "p9") == Refused(Reason.LOAN_LIMIT)
    assert catalogue.said("p9") == "TOO_MANY: 30"
    assert catalogue.log("B-1") == []


def test_lending_again_to_the_same_patron_is_never_a_renewal(catalogue, system):
    lend(catalogue, "B-1", "K-ANNA")

    assert lend(catalogue, "B-1", "K-ANNA", "p2", at_ms=NOW_MS + DAY_MS) == Accepted(DUE)
    assert lend(catalogue, "B-1", "K-ANNA", "p3", due=DUE, no_block=True) == Accepted(DUE)
    assert system.changes == ["lend B-1 K-ANNA"]


def test_what_has_happened_is_told_as_what_has_happened(catalogue, system):
    due = date(2026, 12, 1)

    assert lend(catalogue, "B-REF", "K-BLOCKED", due=due, no_block=True) == Accepted(due)
    assert system.loans["B-REF"].card == "K-BLOCKED"


def test_a_system_that_does_not_honour_no_block_is_not_believed_to(catalogue, system):
    system.honours_no_block = False

    verdict = lend(catalogue, "B-1", "K-BLOCKED", due=DUE, no_block=True)

    assert verdict == Refused(Reason.CARD_REFUSED)
    assert catalogue.said("p1") == "Patron Blocked"


def test_a_yes_that_does_not_show_is_told_to_no_visitor(catalogue, system):
    system.lies = True
    with pytest.raises(AnswerLostError, match="does not show"):
        lend(catalogue, "B-1", "K-ANNA")
    assert catalogue.log("B-1") == []

    system.lies = False
    assert isinstance(lend(catalogue, "B-1", "K-ANNA"), Accepted)
    assert system.changes == ["lend B-1 K-ANNA"]


def test_a_renewal_that_does_not_show_is_told_to_no_visitor(catalogue, system):
    first = lend(catalogue, "B-1", "K-ANNA").due
    system.lies = True
    with pytest.raises(AnswerLostError, match="does not show"):
        renew(catalogue, "B-1", "K-ANNA", "p2")
    assert [each.change.value for each in catalogue.log("B-1")] == ["lent"]

    system.lies = False
    assert renew(catalogue, "B-1", "K-ANNA", "p2").due > first
    assert system.changes == ["lend B-1 K-ANNA", "renew B-1"]


def test_a_yes_of_which_nothing_can_be_asked_any_more_is_believed(system, engine, clock):
    def silent_after(line, number):
        return None if line[:2] == b"17" and "11" in system.asked else system.wire(line, number)

    with scripted(silent_after) as port, catalogue_at(port, engine, clock) as catalogue:
        assert isinstance(lend(catalogue, "B-1", "K-ANNA"), Accepted)


def test_a_system_that_says_ok_and_does_nothing_is_found_out(catalogue, system):
    lend(catalogue, "B-2", "K-ANNA", "p0")
    system.lies = True

    assert isinstance(lend(catalogue, "B-1", "K-ANNA", due=DUE, no_block=True), Refused)
    assert not catalogue.checkin("B-2", "VIN", posting="p2", at_ms=NOW_MS)
    assert catalogue.log("B-1") == []


@pytest.mark.parametrize("does", [True, False])
def test_a_yes_without_a_day_is_looked_into(system, engine, clock, does):
    """Some say yes and mean no: a loan that has been made has a day until which it is."""

    def answer(line, number):
        said = system.wire(line, number)
        if not line.startswith(b"11"):
            return said
        heard = codec.decode(said[:-1], encoding="utf-8")
        fields = tuple((id_, "" if id_ == "AH" else told) for id_, told in heard.message.fields)
        told = codec.Message("12", heard.message.fixed, fields)
        return codec.encode(told, encoding="utf-8", sequence=heard.sequence)

    system.lies = not does
    with scripted(answer) as port, catalogue_at(port, engine, clock) as catalogue:
        assert isinstance(lend(catalogue, "B-1", "K-ANNA"), Accepted) is does
        assert [each.change for each in catalogue.log("B-1")] == ["lent"] * does


def test_a_book_in_hand_must_have_come_back(catalogue, system):
    lend(catalogue, "B-1", "K-ANNA")

    assert lend(catalogue, "B-1", "K-BO", "p2") == Accepted(DUE)
    assert [entry.change for entry in catalogue.log("B-1")] == ["lent", "returned", "lent"]
    assert system.loans["B-1"].card == "K-BO"


def test_a_return_of_what_is_in_or_unknown_asks_for_nothing(catalogue, system):
    assert catalogue.checkin("B-1", "VIN", posting="p1", at_ms=NOW_MS)
    assert not catalogue.checkin("B-NONE", "VIN", posting="p2", at_ms=NOW_MS)
    assert "09" not in system.asked


def test_nobody_renews_what_another_has_nor_a_fourth_time(catalogue, system):
    lend(catalogue, "B-1", "K-ANNA")

    assert renew(catalogue, "B-1", "K-BO", "r0") == Refused(Reason.NOT_ON_LOAN)
    for number in range(3):
        assert isinstance(renew(catalogue, "B-1", "K-ANNA", f"r{number + 1}"), Accepted)
    assert renew(catalogue, "B-1", "K-ANNA", "r4") == Refused(Reason.RENEWAL_LIMIT)


def test_the_same_renewal_twice_is_one_renewal(catalogue, system):
    lend(catalogue, "B-1", "K-ANNA")

    first = renew(catalogue, "B-1", "K-ANNA", "r1")

    assert renew(catalogue, "B-1", "K-ANNA", "r1") == first
    assert system.loans["B-1"].renewals == 1


def test_an_account_shows_what_is_out_and_owed(catalogue):
    lend(catalogue, "B-1", "K-ANNA")
    lend(catalogue, "B-MAP", "K-ANNA", "p2")

    account = catalogue.account("K-ANNA", "VIN", TODAY)

    shown = [(loan.item, loan.title, loan.due, loan.renewable) for loan in account.loans]
    assert shown == [("B-1", "Vägen genom myren", DUE, True), ("B-MAP", "Atlas över ån", DUE, True)]
    assert account.fees_ore == 1250


def test_five_wrong_pins_let_a_card_rest_for_a_quarter(catalogue):
    wrong = [catalogue.pin_refused("K-ANNA", "0000", NOW_MS) for _ in range(5)]

    assert wrong == [Reason.PIN_WRONG] * 5
    assert catalogue.pin_refused("K-ANNA", "1234", NOW_MS) is Reason.PIN_LOCKED
    assert catalogue.pin_refused("K-BO", "1234", NOW_MS) is None
    assert catalogue.pin_refused("K-ANNA", "1234", NOW_MS + 15 * 60_000) is None


def test_pins_that_nobody_could_check_are_not_held_against_the_card(catalogue, system):
    system.online = False
    for _ in range(6):
        with pytest.raises(CatalogueUnavailableError):
            raise_if_offline(catalogue)
    system.online = True

    assert catalogue.pin_refused("K-ANNA", "1234", NOW_MS) is None


def raise_if_offline(catalogue):
    catalogue._asking._pool.close()
    if catalogue.pin_refused("K-ANNA", "1234", NOW_MS) is None:
        raise NotAskedError("pysip2 is always online")


# --- what SIP2 cannot tell ---------------------------------------------------------------------


def test_staffs_return_is_inferred_from_what_is_seen(catalogue, system, clock):
    lend(catalogue, "B-1", "K-ANNA")
    version = catalogue.version()
    system.take_back("B-1")
    clock.now_ms += 2 * HOUR_MS

    assert catalogue.item("B-1").loan is None

    last = catalogue.log("B-1")[-1]
    assert (last.change, last.posting, last.inferred) == (Change.RETURNED, None, True)
    assert NOW_MS < last.at_ms < clock.now_ms
    assert catalogue.changed_behind_us(version) == ["B-1"]


def test_whose_loan_it_is_is_not_told_and_found_out_where_that_can_be(catalogue, system):
    system.loans["B-1"] = Out("K-CHILD", DUE)

    assert catalogue.item("B-1").loan.patron == SOMEBODY
    assert lend(catalogue, "B-1", "K-CHILD") == Accepted(DUE)
    assert system.changes == [], "it was a loan already"


def test_a_loan_that_staff_renewed_is_inferred(catalogue, system, clock):
    lend(catalogue, "B-1", "K-ANNA")
    system.renew("B-1", "K-ANNA")

    standing = catalogue.item("B-1")

    assert standing.loan.due == DUE + timedelta(days=DAYS)
    last = catalogue.log("B-1")[-1]
    assert (last.change, last.inferred) == (Change.RENEWED, True)


def test_what_was_long_out_is_looked_at_now_and_then(catalogue, system, clock):
    lend(catalogue, "B-1", "K-ANNA")
    version = catalogue.version()
    system.take_back("B-1")
    assert catalogue.changed_behind_us(version) == []

    clock.now_ms += 7 * HOUR_MS

    assert catalogue.changed_behind_us(version) == ["B-1"]


def test_who_had_it_is_forgotten_in_the_hubs_notes(catalogue):
    lend(catalogue, "B-1", "K-ANNA")
    catalogue.checkin("B-1", "VIN", posting="p2", at_ms=NOW_MS)

    catalogue.forget("B-1", keep=None, name=lambda _patron: "~token")
    assert [entry.patron for entry in catalogue.log("B-1")] == ["~token", None]
    catalogue.strip("B-1", through=catalogue.version())
    assert [entry.patron for entry in catalogue.log("B-1")] == [None, None]


def test_a_due_date_that_nobody_can_read_is_four_weeks_on(catalogue, system, monkeypatch):
    monkeypatch.setattr("tests.hub.catalogue.sip2.system.dates.end_of", lambda _day: "snart")

    assert lend(catalogue, "B-1", "K-ANNA") == Accepted(DUE)
    assert lend(catalogue, "B-1", "K-ANNA", "p2") == Accepted(DUE)
