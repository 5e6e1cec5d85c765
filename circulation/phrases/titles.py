"""A catalogue record becomes a title that can be spoken; see docs/explanation/speech.md."""

import re
from itertools import zip_longest

from circulation.identifiers import TitleId
from circulation.messages import ShelfTitle
from circulation.phrases import editions, kinds, medium, people
from circulation.phrases.cleaning import clean, in_sentence_case
from circulation.phrases.dates import spoken_length
from circulation.phrases.languages import SAMI_NAMES, voice_for
from circulation.phrases.marc import MarcFields, MarcPerson
from circulation.phrases.numbers import Ui
from circulation.phrases.reading import as_read
from circulation.phrases.texts import phrase
from circulation.utterances import Chunk, Utterance

__all__ = [
    "MarcFields",
    "MarcPerson",
    "shelf_title",
    "spoken_brief",
    "spoken_in_full",
    "spoken_more",
    "spoken_title",
]

SPOKEN_TITLE_LETTERS_MAX = 120

_PART_LABEL = re.compile(r"(d|del|bd|band|pt|part|vol|volume|h|häfte|nr|no)\.?\s+(.+)", re.I)
_PART_WORDS = {
    "d": ("del", "part"),
    "del": ("del", "part"),
    "pt": ("del", "part"),
    "part": ("del", "part"),
    "bd": ("band", "volume"),
    "band": ("band", "volume"),
    "vol": ("volym", "volume"),
    "volume": ("volym", "volume"),
    "h": ("häfte", "number"),
    "häfte": ("häfte", "number"),
    "nr": ("nummer", "number"),
    "no": ("nummer", "number"),
}
_TIMED = frozenset({"talking_book", "eaudiobook", "recording", "film", "music", "other"})
_PAUSE = re.compile(r"(?<=\w{2})[.?!]\s|,\s")
_SWEDISH = re.compile(r"\b(?:och|är|som|att|det|på|av|för|inte)\b", re.I)
_ENGLISH = re.compile(r"\b(?:the|and|of|is|to|in|with|for|not)\b", re.I)


def shelf_title(fields: MarcFields) -> ShelfTitle:
    """Return the title of *fields* cleaned for speech and screen."""
    kind, language = kinds.kind_of(fields), kinds.language_of(fields)
    title, parallel = _titles(fields)
    timed = kind in _TIMED
    series, series_number = editions.series_of(fields)
    return ShelfTitle(
        id=TitleId(fields.control_number),
        title=title,
        author=people.author_of(fields),
        kind=kind,
        language=language,
        part=_part(fields, language),
        summary=" ".join(clean(text) for text in fields.f520[:1]),
        narrator=people.narrator_of(fields),
        length_minutes=kinds.minutes_of(fields) if timed else 0,
        translator=people.translator_of(fields),
        illustrator=people.illustrator_of(fields),
        parallel=parallel,
        series=series,
        series_number=series_number,
        edition=editions.edition_of(fields),
        pages=0 if timed else editions.pages_of(fields),
        illustrated=not timed and editions.is_illustrated(fields),
    )


def spoken_title(title: ShelfTitle, ui: Ui) -> Utterance:
    """Return *title* as said at a touch: the title in its own language, then who and what."""
    spoken = voice_for(title.title, title.language, ui)
    said = [as_read(_shortened(title.title), spoken), as_read(title.part, spoken)]
    who = _author(title, ui)
    chunks = (
        Chunk(_announced(spoken, ui), ui),
        Chunk(_sentences(*said), spoken),
        Chunk(_sentences(who, _medium(title, ui)), ui),
    )
    return tuple(chunk for chunk in chunks if chunk.text) or (_untitled(ui),)


def spoken_brief(title: ShelfTitle, ui: Ui) -> Utterance:
    """Return *title* as said to whoever wants to hear little: its name, and who wrote it."""
    spoken = voice_for(title.title, title.language, ui)
    named = _sentences(as_read(_shortened(title.title), spoken), as_read(title.part, spoken))
    chunks = (Chunk(named, spoken), Chunk(_sentences(_author(title, ui)), ui))
    return tuple(chunk for chunk in chunks if chunk.text) or (_untitled(ui),)


def spoken_in_full(title: ShelfTitle, ui: Ui) -> Utterance:
    """Return *title* with all that there is to say of it."""
    more = spoken_more(title, ui)
    return spoken_title(title, ui) + (() if more == (_nothing_more(ui),) else more)


def spoken_more(title: ShelfTitle, ui: Ui) -> Utterance:
    """Return what there is to say of *title* besides `spoken_title`."""
    spoken = voice_for(title.title, title.language, ui)
    whole = title.title if _shortened(title.title) != title.title else ""
    also = "Även med titeln" if ui == "sv" else "Also titled"
    helped = [
        phrase(ui, "say.as_talking_book").said if title.talking_book else "",
        f"{also} {as_read(title.parallel, ui)}" if title.parallel else "",
        editions.spoken_series(title.series, title.series_number, ui),
        _by(title.translator, ui, ("Översatt av", "Translated by")),
        _by(title.illustrator, ui, ("Illustrerad av", "Illustrated by")),
        "" if title.kind == "talking_book" else _performance(title, ui),
        editions.spoken_edition(title.edition, ui),
        editions.spoken_extent(title.pages, title.illustrated and not title.illustrator, ui),
    ]
    tongue = _tongue(title.summary, spoken)
    chunks = (
        Chunk(_sentences(as_read(whole, spoken)), spoken),
        Chunk(_sentences(*helped), ui),
        Chunk(_sentences(as_read(title.summary, tongue)), tongue),
    )
    return tuple(chunk for chunk in chunks if chunk.text) or (_nothing_more(ui),)


def _titles(fields: MarcFields) -> tuple[str, str]:
    """Return the title proper with its remainder, and the parallel title."""
    proper, rest = clean(fields.f245_a), clean(fields.f245_b)
    if fields.f245_a.rstrip().endswith("="):
        return in_sentence_case(proper), rest
    own, _, parallel = rest.partition(" = ")
    remainder = clean(own).replace(" : ", ". ")
    joint = " " if proper[-1:] in ".?!" else ". "
    return in_sentence_case(joint.join(filter(None, (proper, remainder)))), clean(parallel)


def _part(fields: MarcFields, language: str) -> str:
    if not (fields.f245_n or fields.f245_p):
        return ""
    pairs = zip_longest(fields.f245_n, fields.f245_p, fillvalue="")
    parts = [
        ", ".join(text for text in (_numbered(clean(number), language), clean(part)) if text)
        for number, part in pairs
    ]
    return ". ".join(part for part in parts if part)


def _numbered(number: str, language: str) -> str:
    if found := _PART_LABEL.fullmatch(number):
        return f"{_PART_WORDS[found[1].lower()][language == 'eng']} {found[2]}"
    return number


def _shortened(title: str) -> str:
    """Return *title*, or its beginning where it is too long to be borne at a touch."""
    if len(title) <= SPOKEN_TITLE_LETTERS_MAX:
        return title
    beginning = title[:SPOKEN_TITLE_LETTERS_MAX]
    if found := _PAUSE.search(beginning):
        return beginning[: found.start() + 1].rstrip(" .,")
    return beginning.rpartition(" ")[0] or beginning


def _author(title: ShelfTitle, ui: Ui) -> str:
    return f"{'av' if ui == 'sv' else 'by'} {as_read(title.author, ui)}" if title.author else ""


def _announced(spoken: str, ui: Ui) -> str:
    if spoken not in SAMI_NAMES:
        return ""
    sv, en = SAMI_NAMES[spoken]
    return f"Titel på {sv}." if ui == "sv" else f"Title in {en}."


def _medium(title: ShelfTitle, ui: Ui) -> str:
    word = medium.as_told(title.kind, ui)
    if title.kind != "talking_book":
        return word.capitalize()
    return ", ".join(part for part in (word.capitalize(), _performance(title, ui)) if part)


def _performance(title: ShelfTitle, ui: Ui) -> str:
    read_by = _by(title.narrator, ui, ("inläst av", "read by"))
    return ", ".join(part for part in (read_by, spoken_length(title.length_minutes, ui)) if part)


def _by(who: str, ui: Ui, words: tuple[str, str]) -> str:
    return f"{words[ui == 'en']} {as_read(who, ui)}" if who else ""


def _tongue(summary: str, spoken: str) -> str:
    """Return the language a summary is written in, which need not be its book's."""
    swedish, english = len(_SWEDISH.findall(summary)), len(_ENGLISH.findall(summary))
    if swedish == english:
        return spoken
    return "sv" if swedish > english else "en"


def _sentences(*texts: str) -> str:
    ended = (text if text[-1] in ".?!" else f"{text}." for text in texts if text)
    return " ".join(ended)


def _untitled(ui: Ui) -> Chunk:
    return Chunk("Den saknar titel." if ui == "sv" else "It has no title.", ui)


def _nothing_more(ui: Ui) -> Chunk:
    text = "Det finns inget mer att berätta om den." if ui == "sv" else "There is no more to tell."
    return Chunk(text, ui)
