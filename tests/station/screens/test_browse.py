"""Whatever is told in the spoken menu is seen and heard alike, in both languages."""

import re

import pytest
from msgspec.structs import replace

from circulation.messages import CopiesHere
from circulation.phrases.numbers import digits
from circulation.utterances import text_of
from station.events import CopiesAnswered, HoldAnswered
from station.screens import draw
from station.screens.browse import heard
from station.visit import Told
from tests.station.menus import MENU, TITLES
from tests.station.rehearsal import Rehearsal

COPIES = CopiesAnswered(
    ask=1,
    known=True,
    places=(
        CopiesHere(branch="Vindelns bibliotek", copies=2, copies_in=1),
        CopiesHere(branch="Granö", copies=1, copies_in=0),
    ),
    waiting=3,
)


def telling(told, lang, **world):
    """A station that tells *told* of a title that is opened."""
    station = Rehearsal(menu=MENU, **world)
    station.card_accepted()
    station.press("browse", "open", "open")
    browsing = replace(
        station.session.browsing,
        telling=told,
        title=TITLES["mio"],
        copies=COPIES,
        held=HoldAnswered(ask=1, refused=None, place=2),
    )
    if told in (Told.PLACE, Told.NOT_CALLED):
        browsing = replace(browsing, path=("services",), opened=False, at=1)
    station.session = replace(station.session, browsing=browsing, lang=lang)
    return station


def words(text):
    return set(re.findall(r"\w+", text.lower()))


@pytest.mark.parametrize("staffed", [True, False])
@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("told", Told)
def test_every_word_that_is_seen_is_heard_and_nothing_is_heard_unseen(told, lang, staffed):
    station = telling(told, lang, staffed=staffed)
    screen = draw(station.session, station.world)

    seen = " ".join((screen.heading, *screen.lines))
    seen = seen.replace(station.world.telephone, digits(station.world.telephone, lang))
    assert words(seen) - words(text_of(screen.spoken)) == set()
    assert text_of(heard(station.session, station.world, arrived=True))
    assert not re.search(r"\d", text_of(screen.spoken))
