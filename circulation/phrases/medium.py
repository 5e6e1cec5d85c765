"""What a thing on loan is called, and how many there are of it."""

from collections.abc import Iterable
from typing import NamedTuple

from circulation.phrases.numbers import Gender, Ui, in_words


class Noun(NamedTuple):
    """A Swedish noun with its gender and definite form, and the English one."""

    gender: Gender
    one: str
    many: str
    the: str
    en_one: str
    en_many: str


_LOAN = Noun("ett", "lån", "lån", "lånet", "loan", "loans")
_NOUNS = {
    "book": Noun("en", "bok", "böcker", "boken", "book", "books"),
    "talking_book": Noun("en", "talbok", "talböcker", "talboken", "talking book", "talking books"),
    "film": Noun("en", "film", "filmer", "filmen", "film", "films"),
    "music": Noun(
        "en", "musikinspelning", "musikinspelningar", "musiken", "music item", "music items"
    ),
    "periodical": Noun(
        "en", "tidskrift", "tidskrifter", "tidskriften", "periodical", "periodicals"
    ),
    "ebook": Noun("en", "e-bok", "e-böcker", "e-boken", "e-book", "e-books"),
    "eaudiobook": Noun(
        "en", "e-ljudbok", "e-ljudböcker", "e-ljudboken", "e-audiobook", "e-audiobooks"
    ),
    "recording": Noun(
        "en",
        "ljudinspelning",
        "ljudinspelningar",
        "ljudinspelningen",
        "sound recording",
        "sound recordings",
    ),
    "sheet_music": Noun("ett", "nothäfte", "nothäften", "nothäftet", "score", "scores"),
}
_AS_TOLD = {
    "sv": {
        "talking_book": "talbok",
        "film": "film",
        "music": "musik",
        "periodical": "tidskrift",
        "ebook": "e-bok",
        "eaudiobook": "e-ljudbok",
        "recording": "ljudinspelning",
        "sheet_music": "noter",
    },
    "en": {
        "talking_book": "talking book",
        "film": "film",
        "music": "music",
        "periodical": "periodical",
        "ebook": "e-book",
        "eaudiobook": "e-audiobook",
        "recording": "sound recording",
        "sheet_music": "sheet music",
    },
}


def noun(kind: str, ui: Ui, count: int = 1) -> str:
    """Return what *count* things of *kind* are called: bok, böcker, film, lån."""
    named = _NOUNS.get(kind, _LOAN)
    if ui == "sv":
        return named.one if count == 1 else named.many
    return named.en_one if count == 1 else named.en_many


def the(kind: str, ui: Ui) -> str:
    """Return the one thing of *kind* that was spoken of: boken, the film."""
    named = _NOUNS.get(kind, _LOAN)
    return named.the if ui == "sv" else f"the {named.en_one}"


def gender(kind: str) -> Gender:
    """Return the Swedish gender of *kind*, for "en reservation" beside "ett lån"."""
    return _NOUNS.get(kind, _LOAN).gender


def counted(kinds: Iterable[str], ui: Ui) -> str:
    """Return how many there are in words: tre böcker, en film; a mixture is so many loans."""
    every = list(kinds)
    kind = every[0] if len(set(every)) == 1 else ""
    return f"{in_words(len(every), ui, gender(kind))} {noun(kind, ui, len(every))}"


def as_told(kind: str, ui: Ui) -> str:
    """Return the word that tells what is not a book, or "" for a book."""
    return _AS_TOLD[ui].get(kind, "")
