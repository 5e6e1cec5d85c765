"""What an effect leaves behind is on disk before anyone hears of it."""

from datetime import date

import pytest

from circulation import envelopes, messages, proof
from circulation.facts import Asked, Checkin, Checkout, Outcome, Settled, Wish
from circulation.identifiers import CardNumber, ItemId, StationId
from circulation.messages import Question, WriteQuestion
from station.clock import Clock
from station.effects import (
    AskWrite,
    RecordCheckin,
    RecordCheckout,
    Settle,
)
from station.events import (
    NotRecorded,
    Recorded,
)
from station.keeping import Badge, Keeper
from station.questions import Questions
from station.shelf import ShelfStore
from tests.station.rig import AT, KEY, RING, open_journal

ITEM = ItemId("30000001")
CARD = CardNumber("20000001")
DUE = date(2026, 12, 21)
BADGE = Badge(
    station=StationId("vindeln-1"),
    number=3,
    branch="VIN",
    kind="loan",
    kit="simulated-loan",
    version="0",
    portal_url="",
    card_key=b"k" * 32,
)


@pytest.fixture
def keeper(tmp_path):
    journal, shelf = open_journal(tmp_path), ShelfStore(tmp_path / "shelf.sqlite")
    yield Keeper(BADGE, journal, shelf, Clock("Europe/Stockholm"))
    journal.close()
    shelf.close()


def fact(keeper: Keeper, seq: int):
    return envelopes.open_fact(envelopes.address(keeper.journal.envelope(seq)), RING)


def asked(keeper: Keeper, ask: int = 5):
    effect = AskWrite(ask=ask, wish=Wish.LOAN, item=ITEM, card=CARD)
    return keeper.ask(effect, Questions(KEY))


def test_a_question_that_writes_is_journalled_and_carries_its_own_envelope(keeper):
    question = asked(keeper)

    body = messages.decode(RING.open(question.key, question.sealed), Question)
    assert isinstance(body, WriteQuestion)
    assert body.envelope == keeper.journal.envelope(1)
    assert isinstance(fact(keeper, 1), Asked)


def test_its_end_is_one_settled_fact_with_a_proof(keeper):
    asked(keeper)
    told = keeper.record(Settle(ask=5, outcome=Outcome.ACCEPTED, due=DUE))

    assert told == Recorded(ref=5, proof=proof.code(proof.Proof(3, 1, 2)))
    settled = fact(keeper, 2)
    assert isinstance(settled, Settled)
    assert (settled.asked, settled.outcome, settled.due) == (1, Outcome.ACCEPTED, DUE)


def test_a_return_and_an_offline_loan_are_one_fact_each(keeper):
    keeper.record(RecordCheckin(ref=1, item=ITEM))
    keeper.record(RecordCheckout(ref=2, item=ITEM, card=CARD, due=DUE, pin_waived=True))

    assert isinstance(fact(keeper, 1), Checkin)
    assert isinstance(fact(keeper, 2), Checkout)
    assert keeper.used_today(CARD) == 1


def test_an_online_loan_does_not_count_as_offline(keeper):
    asked(keeper)
    keeper.record(Settle(ask=5, outcome=Outcome.ACCEPTED, due=DUE))
    asked(keeper, ask=6)
    assert keeper.used_today(CARD) == 0

    keeper.record(Settle(ask=6, outcome=Outcome.OFFLINE, due=DUE))
    assert keeper.used_today(CARD) == 1


def test_without_a_journal_nothing_is_recorded_and_nothing_told(tmp_path):
    shelf = ShelfStore(tmp_path / "shelf.sqlite")
    keeper = Keeper(BADGE, None, shelf, Clock("Europe/Stockholm"))

    assert keeper.record(RecordCheckin(ref=1, item=ITEM)) == NotRecorded(ref=1)
    assert asked(keeper) == NotRecorded(ref=5)
    shelf.close()


def test_a_full_disk_is_said_and_mends_by_itself_when_there_is_room(tmp_path, monkeypatch):
    monkeypatch.setattr("station.journal.JOURNAL_BYTES_MAX", 20 * 4096)
    journal, shelf = open_journal(tmp_path), ShelfStore(tmp_path / "shelf.sqlite")
    keeper = Keeper(BADGE, journal, shelf, Clock("Europe/Stockholm"))
    told = None
    while not isinstance(told, NotRecorded):
        told = keeper.record(RecordCheckin(ref=1, item=ITEM))
    assert "full" in keeper.problem

    keeper.try_again()
    assert keeper.problem
    newest = journal.newest_seq
    head = envelopes.digest(journal.envelope(newest))
    journal.acknowledged(hub="h", up_to_seq=newest, head=head, safe_to_seq=newest)
    keeper.try_again()

    assert not keeper.problem
    journal.close()
    shelf.close()


def takes(journal, *, nothing: bool) -> None:
    """Have the journal's disk take nothing, or all again."""
    journal._db.execute(f"PRAGMA query_only = {'ON' if nothing else 'OFF'}")


def test_a_question_whose_end_found_no_room_is_ended_when_there_is_room_again(keeper):
    asked(keeper)
    takes(keeper.journal, nothing=True)
    assert keeper.record(Settle(ask=5, outcome=Outcome.REFUSED)) == NotRecorded(ref=5)

    takes(keeper.journal, nothing=False)
    keeper.try_again()

    last = fact(keeper, keeper.journal.newest_seq)
    assert (last.asked, last.outcome) == (1, Outcome.DROPPED)
    assert not keeper.problem
    assert keeper.journal.open_asks() == []


def test_the_end_of_a_question_that_was_never_written_is_nothing_to_write(keeper):
    assert keeper.record(Settle(ask=9, outcome=Outcome.DROPPED)) == NotRecorded(ref=9)
    assert keeper.journal.newest_seq == 0


def test_that_nobody_asked_for_a_pin_stands_in_the_fact(keeper):
    asked(keeper)
    keeper.record(Settle(ask=5, outcome=Outcome.OFFLINE, due=DUE, pin_waived=True))
    keeper.record(RecordCheckout(ref=2, item=ITEM, card=CARD, due=DUE, pin_waived=True))

    assert fact(keeper, 2).pin_waived
    assert fact(keeper, 3).pin_waived


def test_a_question_left_open_waits_on_a_full_disk_and_is_dropped_when_there_is_room(tmp_path):
    before = open_journal(tmp_path)
    seq = before.record(Asked(at=AT, wish=Wish.LOAN, item=ITEM, card=CARD))
    before.close()
    journal, shelf = open_journal(tmp_path), ShelfStore(tmp_path / "shelf.sqlite")
    keeper = Keeper(BADGE, journal, shelf, Clock("Europe/Stockholm"))
    takes(journal, nothing=True)
    keeper.end_open_asks()
    assert keeper.problem
    assert journal.newest_seq == seq

    takes(journal, nothing=False)
    keeper.try_again()

    assert not keeper.problem
    assert fact(keeper, seq + 1).outcome is Outcome.DROPPED


def test_the_bound_is_a_problem_before_a_fact_is_refused_and_a_warning_before_that(tmp_path):
    journal = open_journal(tmp_path, bytes_max=100 * 4096)
    shelf = ShelfStore(tmp_path / "shelf.sqlite")
    keeper = Keeper(BADGE, journal, shelf, Clock("Europe/Stockholm"))
    seen = []
    while not keeper.problem:
        assert isinstance(keeper.record(RecordCheckin(ref=1, item=ITEM)), Recorded)
        keeper.look_at_room()
        seen.append((bool(keeper.warning), bool(keeper.problem)))

    assert seen == [*sorted(seen[:-1]), (False, True)]
    assert (True, False) in seen
    assert "mend the line" in keeper.problem
    journal.close()
    shelf.close()
