from sqlalchemy import select

from circulation.verdicts import Reason
from hub.catalogue import tables
from hub.catalogue.pins import HASHER, pin_refused, right
from tests.hub.catalogue.cast import NOW_MS

MINUTE_MS = 60_000


def test_a_right_pin_forgets_the_wrong_ones(engine):
    for _ in range(3):
        pin_refused(engine, "K-ANNA", "0000", NOW_MS)
        pin_refused(engine, "K-ANNA", "0001", NOW_MS)
        assert pin_refused(engine, "K-ANNA", "1234", NOW_MS) is None


def test_trying_while_a_card_rests_does_not_make_it_rest_longer(engine):
    for _ in range(5):
        pin_refused(engine, "K-ANNA", "0000", NOW_MS)
    assert pin_refused(engine, "K-ANNA", "1234", NOW_MS + 14 * MINUTE_MS) is Reason.PIN_LOCKED

    assert pin_refused(engine, "K-ANNA", "1234", NOW_MS + 15 * MINUTE_MS) is None


def test_what_was_typed_as_a_card_is_not_kept_in_clear(engine):
    pin_refused(engine, "19120101-0000", "1234", NOW_MS)

    with engine.connect() as db:
        kept = db.execute(select(tables.pin_try)).one()
    assert "1912" not in kept.card_hash


def test_a_hash_that_is_none_lets_nobody_in():
    assert not right("", "1234")
    assert right(HASHER.hash("1234"), "1234")
