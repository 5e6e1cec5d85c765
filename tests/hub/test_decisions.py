"""What staff decide stays decided, whatever facts come after."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select

from circulation.errors import ConfigError
from circulation.identifiers import ItemId
from hub import decisions, exceptions
from hub.database import METADATA
from hub.decisions import ACTIONS, Decision
from hub.exceptions import SUGGESTION, Named
from hub.tables import exception

KEY = "double_return:B-1:vindeln-1:1:7"


def named(key: str = KEY) -> Named:
    kind, item, station, epoch, seq = key.split(":")
    return Named(
        key=key, kind=kind, source=exceptions.FOLD, station=station, epoch=int(epoch),
        seq=int(seq), at_ms=1, item=item, card="K-ANNA",
    )  # fmt: skip


def decided(**changes) -> Decision:
    made = {"key": KEY, "action": "looked_at_shelf", "reason": "Den stod där.", "by": "maja"}
    return Decision(**(made | {"at_ms": 5} | changes))


@pytest.fixture
def db():
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.begin() as connection:
        exceptions.keep(connection, exceptions.FOLD, [ItemId("B-1")], [named()])
        yield connection
    engine.dispose()


def is_open(db) -> bool:
    return KEY in {each.key for each in exceptions.open_exceptions(db)}


def test_settled_is_settled_though_it_is_found_again(db):
    assert decisions.settle(db, decided())

    exceptions.keep(db, exceptions.FOLD, [ItemId("B-1")], [])
    exceptions.keep(db, exceptions.FOLD, [ItemId("B-1")], [named()])

    assert not is_open(db)
    assert decisions.of(db, KEY) == [decided()]
    assert db.scalar(select(exception.c.card)) is None


def test_the_same_decision_twice_is_one(db):
    decisions.settle(db, decided())

    assert not decisions.settle(db, decided(at_ms=9))
    assert len(decisions.of(db, KEY)) == 1


def test_another_decision_must_be_meant_and_both_are_kept(db):
    decisions.settle(db, decided())
    other = decided(action="no_action", reason="Fel bok.")

    with pytest.raises(ConfigError, match="--again"):
        decisions.settle(db, other)
    decisions.settle(db, other, again=True)

    assert [made.action for made in decisions.of(db, KEY)] == ["looked_at_shelf", "no_action"]


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"action": "looked_at_shelves"}, "did you mean 'looked_at_shelf'"),
        ({"action": "returned"}, "choose of looked_at_shelf, no_action"),
        ({"reason": "x"}, "3 to 500 letters"),
        ({"reason": "x" * 501}, "3 to 500 letters"),
        ({"reason": "  x \n "}, "3 to 500 letters"),
        ({"reason": "Såg \x1b[2J efter."}, "plain text"),
        ({"reason": "Såg \udcff efter."}, "plain text"),
        ({"key": "\udcff"}, "no exception has the key"),
        ({"key": KEY + "7"}, f"the nearest are {KEY}"),
    ],
)
def test_what_cannot_be_decided_is_answered_with_what_can(db, changes, answer):
    with pytest.raises(ConfigError, match=answer):
        decisions.settle(db, decided(**changes))
    assert is_open(db)


def test_every_kind_of_exception_can_be_settled():
    assert ACTIONS.keys() == SUGGESTION.keys()


def test_a_reason_is_kept_on_one_line(db):
    decisions.settle(db, decided(reason=" Den stod \r\n där. "))

    assert decisions.of(db, KEY) == [decided(reason="Den stod där.")]


def test_what_opens_again_is_again_known_by_its_card(db):
    exceptions.keep(db, exceptions.FOLD, [ItemId("B-1")], [])
    exceptions.forget_closed(db)
    exceptions.keep(db, exceptions.FOLD, [ItemId("B-1")], [named()])

    assert db.scalar(select(exception.c.card)) == "K-ANNA"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["found", "explained", "settled", "again"]), max_size=12))
def test_no_order_of_facts_and_decisions_loses_one(steps):
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    with engine.begin() as db:
        exceptions.keep(db, exceptions.FOLD, [ItemId("B-1")], [named()])
        found, made = True, 0
        for number, step in enumerate(steps):
            if step in ("found", "explained"):
                found = step == "found"
                exceptions.keep(db, exceptions.FOLD, [ItemId("B-1")], [named()] if found else [])
            elif step == "again" or not made:
                decisions.settle(db, decided(reason=f"skäl {number}"), again=True)
                made += 1
        assert len(decisions.of(db, KEY)) == made
        assert is_open(db) == (found and not made)
    engine.dispose()
