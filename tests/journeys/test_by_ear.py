"""Journeys by keys, touches and headphones alone: nothing is asserted but what was heard."""

import io
import json
import statistics
import time
import tomllib
import wave
from typing import Any

import pytest

from provisioning.demo.region import EXAMPLE
from station.clock import MachineHands
from tests.journeys.desk import Librarian
from tests.journeys.region import Bench, eventually

DAYS = ("Måndag", "Tisdag", "Onsdag", "Torsdag", "Fredag", "Lördag", "Söndag")
DIGITS = ("noll", "ett", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio")


LIFTED_SECONDS = 0.6
"""How long a finger is away before the same touch is another."""


class Ear:
    """Somebody who hears a station and sees nothing."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        heard = bench.get("heard")
        self._begun = self._whole = heard[-1]["id"] if heard else 0

    def all(self) -> list[str]:
        """Return everything heard since this one came."""
        heard = self.bench.get("heard")
        return [str(each["text"]) for each in heard if each["id"] > self._begun]

    def hears(self, *words: str) -> str:
        """Return the newest thing heard, once all of *words* are in it."""

        def newest() -> str:
            heard = self.all()
            return heard[-1] if heard and all(word in heard[-1] for word in words) else ""

        try:
            return str(eventually(newest, f"heard: {' and '.join(words)}"))
        except AssertionError as error:
            raise AssertionError(f"{error}; but {self.all()[-3:]}") from error

    def said_whole(self) -> dict[str, Any]:
        """Return what is being said, and how many seconds it lasted, once it has ended."""

        def ended() -> dict[str, Any] | None:
            heard = self.bench.get("heard")[-1]
            return heard if heard["done"] and heard["id"] > self._whole else None

        heard: dict[str, Any] = eventually(ended, "something is said to its end")
        self._whole = heard["id"]
        with wave.open(io.BytesIO(self.bench.sound(heard["id"]))) as sound:
            return heard | {"seconds": sound.getnframes() / sound.getframerate()}

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.bench.post("key", key=key)

    def stands_at(self, name: str) -> None:
        """Go right until *name* is heard."""

        def stands_there() -> bool:
            before = len(self.all())
            self.presses("right")
            eventually(lambda: len(self.all()) > before, "a choice is named")
            return self.all()[-1].startswith(name)

        eventually(stands_there, f"the choice {name}")

    def chooses(self, name: str) -> None:
        """Go right until *name* is heard, and press the centre key."""
        self.stands_at(name)
        self.presses("centre")

    def goes_to(self, *names: str) -> None:
        """Choose one after the other of *names*, each in the list that the one before opened."""
        for name in names:
            if not self.all()[-1].startswith(name) and f". {name}" not in self.all()[-1]:
                self.chooses(name)
            else:
                self.presses("centre")
            eventually(lambda: self.all()[-1], "something is heard")

    def touches(self, book: dict[str, str]) -> None:
        """Hold the finger-reader at *book* until something is heard, and take it away again."""
        before = len(self.all())
        self.bench.place("finger", book)
        eventually(lambda: len(self.all()) > before, "the touch is answered")
        self.bench.remove("finger", book)
        time.sleep(LIFTED_SECONDS)

    def keys_pin(self, card: dict[str, str]) -> None:
        for digit in card["pin"]:
            self.presses(digit)


@pytest.fixture
def ear(vindeln):
    vindeln.plug(True)
    ear = Ear(vindeln)
    ear._begun = 0
    ear.hears("Välkommen till Vindelns bibliotek", "Lägg böckerna på plattan")
    return Ear(vindeln)


def test_a_loan_and_its_receipt(ear, unused):
    card, books = unused.card(), unused.books(2)
    ear.bench.place("card", card)
    ear.hears("Vad vill du göra?")
    ear.chooses("Låna")
    ear.hears("Lägg böckerna på plattan")
    ear.bench.place("pad", *books)
    ear.hears("Två lånade.", *(book["title"] for book in books), "Lämnas tillbaka senast")
    ear.chooses("Klart")

    ear.hears("Du har lånat två ", "Lämna tillbaka senast", "Kvittokod")
    ear.chooses("Klart")
    assert card["name"].removeprefix("card-") not in " ".join(ear.all())


def test_a_return_without_a_card(ear, bjurholm, unused):
    card, (book,) = unused.card(), unused.books(1)
    bjurholm.borrow(card, book)
    bjurholm.leave(card, book)

    ear.bench.place("pad", book)

    ear.hears("Du har lämnat tillbaka en ", book["title"])


def test_a_renewal(ear, unused):
    card, (book,) = unused.card(), unused.books(1)
    ear.bench.borrow(card, book)
    ear.bench.leave(card, book)
    ear.bench.place("card", card)
    ear.hears("Vad vill du göra?")
    ear.chooses("Låna om")
    ear.hears("pinkod")
    ear.keys_pin(card)
    ear.hears(book["title"])
    ear.chooses("Låna om alla")

    ear.hears(book["title"], "Omlånad till")


def test_reserving_a_talking_book_and_no_digit_of_the_pin_is_spoken(ear, unused):
    card = unused.card()
    ear.bench.place("card", card)
    ear.hears("Vad vill du göra?")
    ear.chooses("Bläddra")
    ear.hears("Nya talböcker")
    ear.presses("centre")
    ear.hears("Talbok")
    ear.presses("centre")
    ear.hears("Mer om den")
    ear.chooses("Reservera den")
    ear.hears("Slå in din pinkod", "Siffrorna läses inte upp")
    before = len(ear.all())
    ear.keys_pin(card)

    ear.hears("Klart. Den är reserverad. Du hämtar den på Vindeln")
    keyed = {text.strip(" .").lower() for text in ear.all()[before:]}
    assert not keyed & {*"0123456789", *DIGITS}


def test_with_the_line_down_a_loan_is_made_and_what_is_not_possible_is_said(ear, unused):
    card, (book,) = unused.card(), unused.books(1)
    ear.bench.post("line", up=False)
    ear.bench.place("card", card)
    ear.hears("Du kan välja")
    ear.bench.place("pad", book)

    ear.hears(book["title"], "Lämnas tillbaka senast")


def test_a_book_that_nobody_knows_is_answered_kindly(listening):
    listening.plug(True)
    ear = Ear(listening)
    listening.post("scan", text="9789100000004")

    ear.hears("Den här boken känner jag inte igen")


@pytest.mark.parametrize(
    ("tag", "answer"),
    [
        ("other-unknown", "Den här boken känner jag inte igen"),
        ("other-foreign", "kommer från ett annat håll"),
        ("other-half-read", "Jag hann inte läsa boken"),
    ],
)
def test_a_tag_that_cannot_be_used_is_answered_kindly(pointing, listening, tag, answer):
    pointing.touches({"name": tag})

    pointing.hears(answer)


@pytest.fixture
def pointing(listening):
    """Somebody at a listening station, with headphones just put in."""
    ear = Ear(listening)
    listening.plug(True)
    ear.hears("Peka med fingerläsaren på en bok")
    return ear


def test_headphones_are_welcomed_with_instructions_within_a_second(listening):
    took = []
    for _ in range(3):
        listening.plug(False)
        ear, begun = Ear(listening), time.monotonic()
        listening.post("headphones", **{"in": True})
        ear.hears("Välkommen", "Du kan välja")
        took.append(time.monotonic() - begun)

    assert statistics.median(took) < 1


def test_a_touch_tells_the_title_and_another_what_it_is_about_and_where_it_is(pointing, listening):
    book = listening.tags("book")[0]
    pointing.touches(book)
    pointing.hears(book["title"])

    pointing.touches(book)

    pointing.hears(" kö.", ": ")
    title, more, whereabouts = listening.get("heard")[-3:]
    assert book["title"] in title["text"]
    # What the hub tells comes when the words before it have ended.
    assert not more["cut"]
    assert more["text"] != whereabouts["text"]


def test_a_new_touch_cuts_the_words_of_the_one_before(pointing, listening):
    first, second = listening.tags("book")[:2]
    pointing.touches(first)
    pointing.touches(second)

    pointing.hears(second["title"])
    assert [each["cut"] for each in listening.get("heard")][-2:] != [False, False]


def test_the_repeat_key_says_it_again_slower_and_letter_by_letter(pointing, listening):
    books = [tag for tag in listening.tags("book") if tag["title"].isascii()]
    book = min(books, key=lambda tag: len(tag["title"]))
    pointing.touches(book)
    first = pointing.said_whole()
    lasted = [first["seconds"]]
    for _ in range(2):
        pointing.presses("repeat")
        again = pointing.said_whole()
        assert again["text"] == first["text"]
        lasted.append(again["seconds"])
    pointing.presses("repeat")
    spelled = pointing.hears(", ").removesuffix(".").split(", ")

    assert lasted[1] == pytest.approx(lasted[0], rel=0.1)
    assert lasted[2] > 1.1 * lasted[1]
    named = [word for word in spelled if word != "mellanslag"]
    letters = [sign for sign in book["title"].lower() if sign.isalpha()]
    assert [name[0].lower() for name in named] == letters


def test_opening_hours_are_heard_today_and_for_the_week_at_another_library_too(pointing):
    pointing.presses("centre")
    pointing.hears("Bläddra.")
    pointing.goes_to("Bibliotekets service", "Öppettider")
    own = pointing.hears("Öppettider.")
    pointing.presses("centre")
    today = pointing.hears("Idag ")
    pointing.presses("right")
    other = pointing.hears(" av ")
    pointing.presses("centre")
    elsewhere = pointing.hears("Idag ")

    assert other not in own
    assert elsewhere != today
    for told in (today, elsewhere):
        # Today is told as today.
        assert sum(f"{day} " in told for day in DAYS) == 6


def test_whoever_asks_for_help_hears_that_staff_know_or_whom_to_call(pointing):
    pointing.presses("centre")
    pointing.hears("Bläddra.")
    pointing.goes_to("Bibliotekets service", "Be personalen komma hit")

    def helped() -> bool:
        said = pointing.all()[-1]
        return said.startswith("Klart. Personalen har fått veta") or "Du kan ringa" in said

    eventually(helped, "help is on its way, or a number to call")


def test_with_the_line_down_books_are_heard_and_what_needs_the_hub_is_said_kindly(
    pointing, listening
):
    listening.post("line", up=False)
    book = listening.tags("book")[0]
    pointing.touches(book)
    pointing.hears(book["title"])
    pointing.touches(book)
    eventually(lambda: len(pointing.all()) > 1, "more is told of it")
    pointing.chooses("Fler val")
    pointing.hears("Mer om den")
    pointing.chooses("Var den finns")

    pointing.hears("Vi får inget svar just nu")


def test_headphones_out_are_silence_and_whoever_comes_next_begins_anew(pointing, listening):
    pointing.presses("centre", "louder", "louder")
    pointing.hears("Bläddra.")
    listening.plug(False)
    assert listening.get("heard")[-1]["cut"] or listening.get("heard")[-1]["done"]
    listening.plug(True)

    Ear(listening)
    pointing.hears("Välkommen. Peka med fingerläsaren på en bok")


def test_a_title_is_kept_on_ones_list_and_found_there_again(ear, unused):
    card = unused.card()
    ear.bench.place("card", card)
    ear.hears("Vad vill du göra?")
    ear.chooses("Bläddra")
    ear.hears("Nya talböcker")
    ear.presses("centre")
    title = ear.hears("Talbok").removeprefix("Nya talböcker. ").split(".")[0]
    ear.presses("centre")
    ear.hears("Mer om den")
    ear.chooses("Lägg den på min lista")
    ear.hears("Slå in din pinkod")
    ear.keys_pin(card)
    ear.hears("Klart. Den står på din lista.")
    ear.presses("clear", "clear")
    ear.hears("Bläddra.")
    ear.chooses("Min lista")

    ear.hears("Min lista.", title)


STAFFED_SECONDS_MAX = 60.0
"""A hub looks twice a minute whether its libraries are others than they were."""


@pytest.fixture(scope="module", autouse=True)
def attended(region, tmp_path_factory):
    """Have somebody at the desk in Vindeln at any hour, some time after the first journey began."""
    told = tomllib.loads((EXAMPLE / "region.toml").read_text(encoding="utf-8"))
    (town,) = [each for each in told["municipality"] if each["code"] == "vindeln"]
    (branch,) = [each for each in told["branch"] if each["code"] == "VIN"]
    branch["closed_days"] = []
    branch["hours"] = [
        {"weekday": day, "opens": "00:00", "closes": "24:00", "staffed": True} for day in range(7)
    ]
    folder = tmp_path_factory.mktemp("attended")
    named = {"name": told["name"]}
    text = "\n".join(
        [*_toml(named), "[[municipality]]", *_toml(town), "[[branch]]", *_toml(branch)]
    )
    (folder / "region.toml").write_text(text, encoding="utf-8")
    region.run_hub("load", str(folder))


def _toml(table):
    """Return *table* as lines of TOML, whose strings, numbers and lists are JSON's."""
    inline = {"hours": lambda rows: f"[{', '.join(map(_inline, rows))}]"}
    return [f"{key} = {inline.get(key, json.dumps)(value)}" for key, value in table.items()]


def _inline(row):
    return "{" + ", ".join(_toml(row)) + "}"


@pytest.fixture
def calling(region):
    """Somebody at a listening station in Vindeln, with headphones, where staff can be called."""
    bench = region.bench(municipality="Vindeln", kind="listening")
    bench.clear()
    ear = Ear(bench)
    bench.plug(True)
    ear.hears("Peka med fingerläsaren på en bok")
    ear.presses("centre")
    ear.hears("Bläddra.")
    ear.goes_to("Bibliotekets service")
    eventually(lambda: ear.all()[-1].startswith("Bibliotekets service."), "the list is open")
    yield ear
    bench.clear()


@pytest.mark.skipif(
    not MachineHands().synchronised(), reason="by a clock that nobody vouches for nobody is there"
)
def test_whoever_calls_for_staff_hears_that_a_librarian_comes(region, calling):
    def called():
        last = calling.bench.get("heard")[-1]["id"]
        calling.presses("centre")
        answers = ("Personalen har fått veta", "Du kan ringa")

        def told():
            said = [each["text"] for each in calling.bench.get("heard") if each["id"] > last]
            return next((answer for answer in answers for text in said if answer in text), "")

        if eventually(told, "the call is answered") == answers[0]:
            return True
        calling.said_whole()
        return False

    calling.stands_at("Be personalen")
    eventually(called, "somebody is at the desk", STAFFED_SECONDS_MAX)

    librarian = Librarian(region)
    eventually(lambda: 'value="vindeln-2"' in librarian.reads(), "the desk shows the call")
    librarian.sends("/coming", station="vindeln-2")

    calling.hears("Någon i personalen kommer till dig nu.")
    assert 'value="vindeln-2"' not in librarian.reads()
    eventually(
        lambda: region.hub("orders", "vindeln-2")[0]["outcome"] == "done", "the hub hears of it"
    )
