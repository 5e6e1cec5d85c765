"""What a visit remembers, and what is left of it afterwards."""

from msgspec.structs import replace

from circulation.identifiers import CardNumber
from station.events import Tick
from station.screens import draw
from station.session import step
from station.visit import Session, State, blank, home, lending_stopped
from tests.station.rehearsal import LEJONHJARTA, RONJA, WORLD


def test_the_next_visitor_finds_nothing_of_the_one_before():
    before = Session(
        state=State.LOANS,
        card=CardNumber("20000004821"),
        pin_checked="1234",
        lang="en",
        large=True,
        headphones=True,
        next_ref=7,
        waiting=(RONJA,),
        handled=frozenset({LEJONHJARTA.uid}),
    )
    assert blank(before, 5) == Session(
        since_ms=5,
        last_ms=5,
        headphones=True,
        next_ref=7,
        handled=frozenset({LEJONHJARTA.uid, RONJA.uid}),
    )


def test_a_session_in_a_log_tells_of_nobody():
    session = Session(state=State.MENU, card=CardNumber("20000004821"), pin_checked="1234")
    assert repr(session) == str(session) == "<Session menu>"


def test_only_a_fault_of_the_stations_own_work_stops_it():
    broken = replace(Session(), faults=("R1", "S1"))
    assert lending_stopped(broken, "loan")
    assert not lending_stopped(broken, "listening")
    assert home(broken, "loan") == State.FAULT
    assert not lending_stopped(replace(Session(), faults=("S1",)), "loan")
    # A journal that will soon be full still keeps every fact.
    assert not lending_stopped(replace(Session(), faults=("J3",)), "loan")


def test_a_listening_station_rests_in_listening_from_the_first():
    world = replace(WORLD, kind="listening")
    assert draw(Session(), world).state == State.LISTENING
    assert step(Session(), Tick(), world)[0].state == State.LISTENING
