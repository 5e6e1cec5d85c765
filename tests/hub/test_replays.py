"""What a broker says again was said once: nothing is done a second time for it."""

import pytest
from sqlalchemy import select

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
)
from hub import calls, my_list, replays
from hub.replays import heard_question
from hub.tables import quarantine
from tests.hub.rig import KEY, TalkingHub

ANNA = {"card": CardNumber("K-ANNA"), "pin": "1234"}


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def said(station, kind, **fields):
    """Return the frame of a question, as a broker has it."""
    reply_to = sealing.public_half(sealing.new_private_key())
    sealed = sealing.seal(messages.encode(kind(reply_to=reply_to, **fields)), KEY)
    return station.framed(topics.ASK, Ask(id="q1", key=KEY.id, sealed=sealed))


def heard(hub, station, frame):
    """Return how many answers the hub gives to *frame*."""
    return len(hub.takes(station.topic(topics.ASK), frame))


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (CardQuestion, ANNA),
        (AccountQuestion, ANNA),
        (HoldQuestion, ANNA | {"title": "t-novel"}),
        (MannerQuestion, ANNA | {"manner": Manner(rate=0, large=False)}),
        (ListQuestion, ANNA | {"keep": "t-novel"}),
        (CallQuestion, {}),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_question_that_does_something_or_tries_a_pin_is_heard_once(hub, station, kind, fields):
    frame = said(station, kind, **fields)
    assert heard(hub, station, frame) == 1

    assert heard(hub, station, frame) == 0
    hub.restart()
    assert heard(hub, station, frame) == 0

    # Whoever asks anew is answered anew.
    assert heard(hub, station, said(station, kind, **fields)) == 1
    with hub.engine.connect() as db:
        # A PIN is in it: sealed, but nothing that is kept for anybody to look at.
        assert db.execute(select(quarantine)).all() == []


def test_a_hold_that_was_cancelled_is_not_placed_anew_by_a_broker(hub, station):
    frame = said(station, HoldQuestion, title="t-novel", **ANNA)
    heard(hub, station, frame)
    assert hub.own.cancel_hold("t-novel", CardNumber("K-ANNA"), at_ms=hub.now_ms)

    heard(hub, station, frame)

    assert hub.own.holds(CardNumber("K-ANNA")) == []


def test_staff_who_have_come_are_not_called_again_by_a_broker(hub, station):
    frame = said(station, CallQuestion)
    heard(hub, station, frame)
    with hub.engine.begin() as db:
        calls.end(db, station.id)

    heard(hub, station, frame)

    with hub.engine.connect() as db:
        assert calls.waiting(db, hub.now_ms) == []


def test_a_wrong_pin_said_again_and_again_shuts_nobody_out(hub, station):
    wrong = said(station, AccountQuestion, card=CardNumber("K-ANNA"), pin="9999")
    for _ in range(50):
        heard(hub, station, wrong)

    assert hub.own.pin_refused(CardNumber("K-ANNA"), "1234", hub.now_ms) is None


def test_what_changes_nothing_is_answered_as_often_as_it_is_asked(hub, station):
    for kind, fields in (
        (CardQuestion, {"card": CardNumber("K-ANNA")}),
        (CopiesQuestion, {"title": "t-novel"}),
    ):
        frame = said(station, kind, **fields)
        assert [heard(hub, station, frame) for _ in range(3)] == [1, 1, 1]
    with hub.engine.connect() as db:
        assert db.execute(select(heard_question)).all() == []
        assert my_list.of(db, "anna") == []


def test_what_is_kept_goes_with_the_key_that_opens_it(hub, station):
    heard(hub, station, said(station, CallQuestion))
    with hub.engine.begin() as db:
        replays.forget(db, "another key")
        assert db.execute(select(heard_question.c.key)).all() == [(KEY.id,)]
        replays.forget(db, KEY.id)
        assert db.execute(select(heard_question)).all() == []


def test_of_very_many_the_oldest_are_forgotten(hub, station, monkeypatch):
    monkeypatch.setattr(replays, "KEPT_MAX", 3)
    frames = [said(station, CallQuestion) for _ in range(5)]
    for frame in frames:
        hub.now_ms += 1
        heard(hub, station, frame)

    assert replays.forget_oldest(hub.engine) == 2
    assert replays.forget_oldest(hub.engine) == 0

    assert [heard(hub, station, frame) for frame in frames[2:]] == [0, 0, 0]
