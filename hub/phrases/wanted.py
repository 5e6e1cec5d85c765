"""Which sentences are worth having as sound: letter for letter what a station will say."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, get_args

from circulation.identifiers import TitleId
from circulation.messages import ShelfSign, ShelfTitle
from circulation.phrases.lexicon import AS_WRITTEN, Lexicon
from circulation.phrases.numbers import Ui
from circulation.phrases.reading import as_read
from circulation.phrases.signs import spoken_sign
from circulation.phrases.texts import number, phrase, texts
from circulation.phrases.titles import spoken_brief, spoken_more, spoken_title
from circulation.utterances import Chunk
from hub.catalogue.menu import Place
from speech import stored
from speech.engine import sentences

UIS: tuple[Ui, ...] = get_args(Ui)
LIST_LENGTH_MAX = 10
"""Of lists in which every place is said by a stored phrase."""


class Sentence(NamedTuple):
    """A *text* that a station says in one breath in its *language*; *words* is its name."""

    words: bytes
    text: str
    language: str


class Spoken(NamedTuple):
    """What is said of one title: at a *touch*, and to whoever wants to hear *more*."""

    title: TitleId
    touch: tuple[Sentence, ...]
    more: tuple[Sentence, ...]


class Wording:
    """What is said in a region, as its librarians want words to be said."""

    def __init__(self, lexicon: Lexicon = AS_WRITTEN) -> None:
        """Say words by *lexicon*."""
        self._lexicon = lexicon

    def of_stations(self) -> list[Sentence]:
        """Return the sentences of the stations themselves that have no blank to fill in."""
        fixed = [
            Chunk(_ended(phrase(ui, key).said), ui)
            for ui in UIS
            for key, text in texts(ui).items()
            if "{" not in text
        ]
        return self._sentences([*fixed, *_positions()])

    def of_librarians(self, places: Iterable[Place], signs: Iterable[ShelfSign]) -> list[Sentence]:
        """Return what librarians have written: the spoken menu's *places*, and shelf *signs*."""
        chunks = [chunk for ui in UIS for place in places for chunk in _of_place(place, ui)]
        for sign in signs:
            words = sign.text, sign.text_en, sign.language
            chunks += [spoken_sign(*words, ui) for ui in UIS]
        return self._sentences(chunks)

    def of_title(self, title: ShelfTitle) -> Spoken:
        """Return what is said of *title* to visitors of every language, however much they want."""
        touch = [chunk for ui in UIS for chunk in spoken_title(title, ui) + spoken_brief(title, ui)]
        more = [chunk for ui in UIS for chunk in spoken_more(title, ui)]
        return Spoken(title.id, tuple(self._sentences(touch)), tuple(self._sentences(more)))

    def _sentences(self, utterance: Iterable[Chunk]) -> list[Sentence]:
        return [
            Sentence(stored.words(text, chunk.language), text, chunk.language)
            for chunk in self._lexicon.said(tuple(utterance))
            for text in sentences(chunk.text)
        ]


def _of_place(place: Place, ui: Ui) -> Iterator[Chunk]:
    name, text = place.name, place.text
    if ui == "en":
        name, text = place.name_en or name, place.text_en or text
    for words in (name, text):
        if said := as_read(words, ui):
            yield Chunk(_ended(said), ui)


def _positions() -> Iterator[Chunk]:
    """Give where one is in a list that is not long."""
    for ui in UIS:
        for m in range(2, LIST_LENGTH_MAX + 1):
            for n in range(1, m + 1):
                here, last = number(n, ui, "ett"), number(m, ui, "ett")
                yield Chunk(phrase(ui, "browse.position", n=here, m=last).said, ui)


def _ended(text: str) -> str:
    return text if text[-1:] in ".?!:" else f"{text}."


def in_order(
    own: Iterable[Sentence], spoken: Iterable[Spoken], here: frozenset[TitleId] = frozenset()
) -> list[Sentence]:
    """Return the stations' *own* sentences and those of *spoken*, the most wanted first.

    None comes twice. *spoken* are the newest first; those *here* come before all others.
    """
    own_first = sorted(spoken, key=lambda each: each.title not in here)
    ranked = [
        *own,
        *(sentence for each in own_first for sentence in each.touch),
        *(sentence for each in own_first for sentence in each.more),
    ]
    return list(dict.fromkeys(ranked))
