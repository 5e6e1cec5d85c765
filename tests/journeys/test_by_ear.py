"""Journeys by keys, touches and headphones alone: nothing is asserted but what was heard."""

import pytest

from tests.journeys.region import Bench, eventually

DIGITS = ("noll", "ett", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio")


class Ear:
    """Somebody who hears a station and sees nothing."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._begun = len(bench.get("heard"))

    def all(self) -> list[str]:
        """Return everything heard since this one came."""
        return [str(each["text"]) for each in self.bench.get("heard")[self._begun :]]

    def hears(self, *words: str) -> str:
        """Return the newest thing heard, once all of *words* are in it."""

        def newest() -> str:
            heard = self.all()
            return heard[-1] if heard and all(word in heard[-1] for word in words) else ""

        try:
            return str(eventually(newest, f"heard: {' and '.join(words)}"))
        except AssertionError as error:
            raise AssertionError(f"{error}; but {self.all()[-3:]}") from error

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.bench.post("key", key=key)

    def chooses(self, name: str) -> None:
        """Go right until *name* is heard, and press the centre key."""

        def stands_there() -> bool:
            before = len(self.all())
            self.presses("right")
            eventually(lambda: len(self.all()) > before, "a choice is named")
            return self.all()[-1].startswith(name)

        eventually(stands_there, f"the choice {name}")
        self.presses("centre")

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
