from hub.catalogue.my_holds import of_card
from hub.catalogue.own import OwnCatalogue
from tests.hub.catalogue.cast import NOW_MS, wait_for


def holds(engine, card):
    with engine.connect() as db:
        return [(hold.title.id, hold.ready, hold.ahead) for hold in of_card(db, card)]


def test_a_patron_sees_the_place_in_the_queue(engine):
    wait_for(engine, "t-novel", "anna")
    wait_for(engine, "t-novel", "bo")

    assert holds(engine, "K-ANNA") == [("t-novel", False, 0)]
    assert holds(engine, "K-BO") == [("t-novel", False, 1)]


def test_a_copy_put_aside_is_ready_and_the_next_moves_up(engine):
    wait_for(engine, "t-novel", "anna")
    wait_for(engine, "t-novel", "bo")
    OwnCatalogue(engine).checkin("B-1", "VIN", posting="p", at_ms=NOW_MS)

    assert holds(engine, "K-ANNA") == [("t-novel", True, 0)]
    assert holds(engine, "K-BO") == [("t-novel", False, 0)]
