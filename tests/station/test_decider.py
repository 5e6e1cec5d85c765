"""What the decider says where, and what it never writes down."""

import pytest
import structlog
from msgspec import structs
from structlog.testing import LogCapture

from circulation.tags.content import TagContent, Usage
from circulation.utterances import text_of
from station.clock import Clock
from station.config import load
from station.decider import Decider
from station.events import HeadphonesChanged, KeyPressed, Place, TagTaken, Tick
from station.identity import load_secret
from station.keeping import Keeper
from station.notebook import Notebook
from station.parts import Parts, TagCame, TagTorn
from station.questions import Questions
from station.shelf import ShelfStore
from tests.station.machine import BOOKS, CARD, stock, write_station
from tests.station.rig import KEY, open_journal
from tests.station.test_keeping import BADGE


class Ear:
    """A mouth that keeps what it is given, and a lamp that does nothing."""

    def __init__(self):
        self.heard = []

    def say(self, utterance, **_):
        self.heard.append(text_of(utterance))
        return 0

    def hush(self):
        """Stop."""

    def earcon(self, name):
        """Play nothing."""

    def volume(self, steps):
        """Change nothing."""

    def show(self, pattern):
        """Shine on nobody."""


@pytest.fixture
def logged():
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.configure(**before)


@pytest.fixture
def station(tmp_path, logged):
    """A decider without its thread, whose shelf knows the card and the books; its line is down."""
    path = write_station(tmp_path)
    stock(path)
    config = load(path)
    journal = open_journal(tmp_path)
    shelf = ShelfStore(config.data / "shelf.sqlite")
    notebook = Notebook(config.data / "notebook.json")
    clock = Clock("Europe/Stockholm")
    badge = structs.replace(BADGE, card_key=_card_key(path))
    ear = Ear()
    parts = Parts(
        keeper=Keeper(badge, journal, shelf, clock),
        shelf=shelf,
        notebook=notebook,
        clock=clock,
        mouth=ear,
        lamp=ear,
        questions=Questions(KEY),
    )
    decider = Decider(badge, parts)
    decider.begin()
    decider.ear = ear
    yield decider
    journal.close()
    shelf.close()
    notebook.close()


def _card_key(path):
    return load_secret(path.parent / "card.key", 32)


def card(number=CARD):
    return TagCame(
        Place.CARD,
        TagContent(
            uid="c1", format="28560-3", number=number, usage=Usage.PATRON_CARD, crc_held=True
        ),
        0.0,
    )


def book(number=BOOKS[0], place=Place.PAD):
    return TagCame(
        place,
        TagContent(
            uid=f"b{number}",
            format="28560-3",
            number=number,
            usage=Usage.CIRCULATING,
            crc_held=True,
        ),
        0.0,
    )


def visit(decider):
    for note in (
        card(),
        book(),
        book(BOOKS[1]),
        TagTorn(Place.PAD, "torn-uid"),
        *(KeyPressed(key=digit) for digit in "1234"),
        KeyPressed(key="repeat"),
        TagTaken(place=Place.PAD, uid=f"b{BOOKS[0]}"),
        TagTaken(place=Place.CARD, uid="c1"),
        book("39999999"),
        Tick(),
        card("29999999"),
    ):
        decider.decide(note)


def test_titles_are_heard_in_headphones_only(station):
    station.decide(HeadphonesChanged(plugged=True))
    visit(station)
    private = " ".join(station.ear.heard)
    station.ear.heard.clear()

    station.decide(HeadphonesChanged(plugged=False))
    visit(station)
    loud = " ".join(station.ear.heard)

    assert f"Bok {BOOKS[0]}" in private
    assert loud
    assert "Bok 3" not in loud


def test_nothing_of_a_visit_is_written_down(station, logged):
    visit(station)

    told = repr(logged)
    assert "visit_ended" in told
    for private in (CARD, "29999999", *BOOKS, "39999999", "Bok", "1234", "c1", "torn-uid"):
        assert private not in told, private
