"""Who may ask what, and that nobody who reads the log learns it."""

import pytest
import structlog
from sqlalchemy import select
from structlog.testing import LogCapture

from circulation import messages, sealing, topics
from circulation.identifiers import CardNumber
from circulation.messages import (
    AccountQuestion,
    Ask,
    CallQuestion,
    CardQuestion,
    CopiesQuestion,
    HoldQuestion,
    ListQuestion,
    Manner,
    MannerQuestion,
    WriteQuestion,
)
from circulation.verdicts import Reason
from hub import calls, manners
from hub.catalogue import accepted
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.port import Capabilities
from hub.tables import quarantine
from tests.hub.rig import KEY, TalkingHub


@pytest.fixture
def logged():
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.configure(**before)


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def ask(hub, station, kind, **fields):
    private = sealing.new_private_key()
    question = kind(reply_to=sealing.public_half(private), **fields)
    return hub.answers(station, question, private)


def test_an_account_is_told_to_its_pin_only(hub, station):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)

    wrong = ask(hub, station, AccountQuestion, card=CardNumber("K-ANNA"), pin="9999")
    right = ask(hub, station, AccountQuestion, card=CardNumber("K-ANNA"), pin="1234")

    assert (wrong.refused, wrong.loans) == (Reason.PIN_WRONG, [])
    assert [loan.item for loan in right.loans] == ["B-1"]


class Elsewhere(OwnCatalogue):
    """A catalogue that lists no cards."""

    @property
    def capabilities(self):
        return Capabilities(lists_cards=False)


def test_where_cards_are_not_listed_those_that_were_good_are_remembered(hub, station):
    hub.catalogue = Elsewhere(hub.engine)
    hub.put_together()
    for card in ("K-ANNA", "K-BLOCKED", "K-NOBODY"):
        ask(hub, station, CardQuestion, card=CardNumber(card))

    with hub.engine.connect() as db:
        assert accepted.since(db, 0) == {"K-ANNA": True}


def test_a_catalogue_that_knows_its_cards_needs_no_notes_of_them(hub, station):
    ask(hub, station, CardQuestion, card=CardNumber("K-ANNA"))

    with hub.engine.connect() as db:
        assert accepted.since(db, 0) == {}


def test_nobody_asks_in_anothers_name(hub, station):
    other = hub.enrol("vindeln-2", "VIN", 2)
    station.asks("B-1", "K-ANNA")
    other.raws = station.raws

    with pytest.raises(ValueError):  # noqa: PT011 - no answer comes: there is nothing to unpack
        hub.asked(other, 1)

    with hub.engine.connect() as db:
        (kept,) = db.execute(select(quarantine)).all()
    assert kept.topic.endswith("vindeln-2/ask")
    assert hub.own.item("B-1").loan is None


def test_no_question_stands_in_the_log(hub, station, logged):
    ask(hub, station, CardQuestion, card=CardNumber("K-ANNA"), pin="1234")
    ask(hub, station, CardQuestion, card=CardNumber("K-BLOCKED"))
    ask(hub, station, AccountQuestion, card=CardNumber("K-BO"), pin="9876")
    station.asks("B-1", "K-ANNA")
    ask(hub, station, WriteQuestion, envelope=station.raws[0])
    station.takes_back("B-1")
    hub.takes_facts(station)
    hub.takes(station.topic("facts"), "torn K-ANNA 1234 Vägen genom myren".encode())

    told = repr(logged)
    assert "message_quarantined" in told
    for private in ("K-ANNA", "K-BO", "K-BLOCKED", "1234", "9876", "myren", "Anna"):
        assert private not in told, private


def test_where_copies_are_is_told_to_anyone_and_ones_own_branch_first(hub, station):
    answer = ask(hub, station, CopiesQuestion, title="t-novel")

    assert answer.known
    assert (answer.places[0].copies, answer.places[0].copies_in) == (2, 2)
    assert ask(hub, station, CopiesQuestion, title="t-none").places == []


def test_a_hold_is_made_for_the_right_pin_only(hub, station):
    wish = {"card": CardNumber("K-ANNA"), "title": "t-novel"}

    wrong = ask(hub, station, HoldQuestion, pin="9999", **wish)
    right = ask(hub, station, HoldQuestion, pin="1234", **wish)

    assert (wrong.refused, wrong.place) == (Reason.PIN_WRONG, 0)
    assert (right.refused, right.place) == (None, 1)
    assert ask(hub, station, CopiesQuestion, title="t-novel").waiting == 1


def test_a_blocked_cards_hold_is_refused_before_its_pin_is_looked_at(hub, station):
    answer = ask(
        hub, station, HoldQuestion, card=CardNumber("K-BLOCKED"), pin="1234", title="t-novel"
    )

    assert answer.refused is Reason.CARD_REFUSED


def test_how_one_wants_to_be_met_is_kept_for_the_right_pin_and_told_with_any_of_ones_cards(
    hub, station
):
    manner = Manner(rate=6, large=True)
    wish = {"card": CardNumber("K-ANNA"), "manner": manner}

    wrong = ask(hub, station, MannerQuestion, pin="9999", **wish)
    assert wrong.refused is Reason.PIN_WRONG
    assert ask(hub, station, CardQuestion, card=CardNumber("K-ANNA")).manner is None

    assert ask(hub, station, MannerQuestion, pin="1234", **wish).refused is None
    assert ask(hub, station, CardQuestion, card=CardNumber("K-ANNA")).manner == manner
    assert ask(hub, station, CardQuestion, card=CardNumber("K-BO")).manner is None
    assert ask(hub, station, CardQuestion, card=CardNumber("K-ANNA-OLD")).manner is None


def test_a_manner_that_is_to_be_forgotten_leaves_no_row(hub, station):
    wish = {"card": CardNumber("K-ANNA"), "pin": "1234"}
    ask(hub, station, MannerQuestion, manner=Manner(rate=0, large=False), **wish)

    ask(hub, station, MannerQuestion, manner=None, **wish)

    with hub.engine.connect() as db:
        assert db.execute(select(manners.manner)).all() == []


def test_a_list_is_kept_for_the_right_pin_only_and_follows_all_of_ones_cards(hub, station):
    wish = {"card": CardNumber("K-ANNA"), "keep": "t-novel"}

    wrong = ask(hub, station, ListQuestion, pin="9999", **wish)
    right = ask(hub, station, ListQuestion, pin="1234", **wish)

    assert (wrong.refused, wrong.titles) == (Reason.PIN_WRONG, [])
    assert (right.refused, right.titles, right.full) == (None, ["t-novel"], False)
    theirs = ask(hub, station, ListQuestion, card=CardNumber("K-BO"), pin="9876")
    assert theirs.titles == []
    gone = ask(hub, station, ListQuestion, card=CardNumber("K-ANNA"), pin="1234", drop="t-novel")
    assert gone.titles == []


@pytest.mark.parametrize(
    "key", [bytes(32), b"\1" + bytes(31), bytes(31)], ids=["zeros", "no point", "short"]
)
def test_nothing_is_done_for_whom_no_answer_can_be_sealed_to(hub, station, key):
    sealed = sealing.seal(messages.encode(CallQuestion(reply_to=key)), KEY)
    ask = Ask(id="q1", key=KEY.id, sealed=sealed)

    assert hub.takes(station.topic(topics.ASK), station.framed(topics.ASK, ask)) == []

    with hub.engine.connect() as db:
        assert db.execute(select(calls.staff_call)).all() == []
        assert [row.reason for row in db.execute(select(quarantine))] == ["torn"]


def test_staff_are_called_without_a_name(hub, station, logged):
    assert ask(hub, station, CallQuestion).called

    with hub.engine.connect() as db:
        (call,) = db.execute(select(calls.staff_call)).all()
    assert call.station == "vindeln-1"
    assert {"event": "staff_called", "station": "vindeln-1", "log_level": "info"} in logged


def test_an_account_tells_what_one_waits_for_and_how_it_stands(hub, station):
    wish = {"card": CardNumber("K-ANNA"), "pin": "1234"}
    ask(hub, station, HoldQuestion, title="t-novel", **wish)

    (hold,) = ask(hub, station, AccountQuestion, **wish).holds

    assert (hold.title, hold.ready, hold.ahead) == ("Vägen genom myren", False, 0)
    assert hold.branch
