"""Who may ask what, and that nobody who reads the log learns it."""

import pytest
import structlog
from sqlalchemy import select
from structlog.testing import LogCapture

from circulation import sealing
from circulation.identifiers import CardNumber
from circulation.messages import AccountQuestion, CardQuestion, WriteQuestion
from circulation.verdicts import Reason
from hub.tables import quarantine
from tests.hub.rig import TalkingHub


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
