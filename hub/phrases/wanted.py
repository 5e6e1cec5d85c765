"""Which sentences are worth having as sound: letter for letter what a station will say."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, get_args

from circulation.identifiers import TitleId
from circulation.messages import ShelfTitle
from circulation.phrases.numbers import Ui
from circulation.phrases.texts import phrase, texts
from circulation.phrases.titles import spoken_brief, spoken_more, spoken_title
from circulation.utterances import Chunk
from speech import stored
from speech.engine import sentences

UIS: tuple[Ui, ...] = get_args(Ui)


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


def of_stations() -> Iterator[Sentence]:
    """Give the sentences of the stations themselves that have no blank to fill in."""
    for ui in UIS:
        for key, text in texts(ui).items():
            if "{" not in text:
                yield from _sentences([Chunk(phrase(ui, key).said, ui)])


def of_title(title: ShelfTitle) -> Spoken:
    """Return what is said of *title* to visitors of every language, however much they want."""
    touch = [chunk for ui in UIS for chunk in spoken_title(title, ui) + spoken_brief(title, ui)]
    more = [chunk for ui in UIS for chunk in spoken_more(title, ui)]
    return Spoken(title.id, tuple(_sentences(touch)), tuple(_sentences(more)))


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


def _sentences(utterance: Iterable[Chunk]) -> Iterator[Sentence]:
    for chunk in utterance:
        for text in sentences(chunk.text):
            yield Sentence(stored.words(text, chunk.language), text, chunk.language)
