"""Who has a copy, where the library system does not say it of the copy."""

import threading

import pytest

from circulation.identifiers import ItemId
from hub.catalogue.sip2.answers import SOMEBODY
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.contract import lend
from tests.hub.catalogue.sip2.system import TODAY, Out

B1 = ItemId("B-1")


@pytest.fixture
def silent_lists(system, monkeypatch):
    """Let the library system count loans and list none of them."""
    tell = system._patron

    def listless(card, asked):
        told = tell(card, asked)
        return type(told)(
            told.code, told.fixed, tuple(each for each in told.fields if each[0] != "AU")
        )

    monkeypatch.setattr(system, "_patron", listless)


def test_where_no_list_says_otherwise_a_loan_stays_whose_it_was(catalogue, silent_lists):
    lend(catalogue, "B-1", "K-ANNA", due=TODAY, no_block=True)

    assert catalogue.item(B1).loan.patron == "K-ANNA"


def test_with_another_due_date_it_is_not_taken_for_the_same_loan(catalogue, system, silent_lists):
    lend(catalogue, "B-1", "K-ANNA")
    system.loans["B-1"].due = TODAY.replace(year=2027)

    assert catalogue.item(B1).loan.patron == SOMEBODY


def test_who_somebody_was_is_put_right_once_it_is_known(catalogue, system):
    system.loans["B-1"] = Out("K-BO", TODAY)
    assert catalogue.item(B1).loan.patron == SOMEBODY

    lend(catalogue, "B-1", "K-BO", "p2")

    assert [(each.change, each.patron) for each in catalogue.log(B1)] == [("lent", "K-BO")]


def test_two_looks_at_once_note_a_change_once(catalogue, system):
    lend(catalogue, "B-1", "K-ANNA")
    system.take_back("B-1")

    looks = [threading.Thread(target=catalogue.item, args=(B1,)) for _ in range(4)]
    for look in looks:
        look.start()
    for look in looks:
        look.join(30)

    assert [each.change for each in catalogue.log(B1)] == ["lent", "returned"]


def test_a_loan_without_a_date_that_can_be_read_is_a_loan(catalogue, system, monkeypatch):
    system.loans["B-1"] = Out("K-ANNA", TODAY)
    monkeypatch.setattr(
        "tests.hub.catalogue.sip2.system.dates.end_of", lambda _day: "i morgon kl 12"
    )

    standing = catalogue.item(B1)

    assert standing.loan is not None
    assert catalogue.checkin(B1, "VIN", posting="p1", at_ms=NOW_MS)
    assert system.loans == {}


def test_what_was_seen_lately_is_not_asked_again_where_that_will_do(catalogue, system, clock):
    lend(catalogue, "B-1", "K-ANNA")
    asked = len(system.asked)

    assert catalogue.item(B1, lately=True).loan.patron == "K-ANNA"
    assert len(system.asked) == asked
    clock.now_ms += 7 * 3_600_000
    system.take_back("B-1")
    assert catalogue.item(B1, lately=True).loan is None


def test_a_copy_that_was_unknown_is_asked_about_a_little_later(catalogue, system, clock):
    unknown = ItemId("B-NEW")
    assert catalogue.item(unknown) is None
    system.titles["B-NEW"] = "Ny"

    assert catalogue.item(unknown, lately=True) is None
    clock.now_ms += 6 * 60_000
    assert catalogue.item(unknown, lately=True).title == "Ny"
