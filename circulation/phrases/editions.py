"""Which edition, which one of a series, and how many pages: what is told on "more"."""

import re

from circulation.phrases.cleaning import clean
from circulation.phrases.marc import MarcFields
from circulation.phrases.numbers import Ui, in_words, ordinal, roman
from circulation.phrases.reading import as_read

PAGES_MAX = 20_000
_EDITIONS_MAX = 100

_PAGES = re.compile(r"((?:\d{1,5}[\s,]+)*\d{1,5})\s*(?:s\b|sid\b|sidor|p\b|pp\b|pages)", re.I)
_FIGURES = re.compile(r"\d+")
_PICTURES = re.compile(r"\bill\b|illustr", re.I)
_NUMBER = re.compile(r"(?:^|\s)(\d{1,3})\s*(?:[.:]?\s?(?:a|e)\b|st|nd|rd|th|\.|(?=[\s,]))", re.I)
_WORDS = {word: n for n, word in enumerate(("first", "second", "third", "fourth", "fifth"), 1)}
_WORDS |= {word: n for n, word in enumerate(("första", "andra", "tredje", "fjärde", "femte"), 1)}
_IS_EDITION = re.compile(r"\b(?:uppl|utg|ed|edition)\b|upplaga|utgåva", re.I)
_MADE = (
    (re.compile(r"\bomarb", re.I), "omarbetade", "revised"),
    (re.compile(r"\brev", re.I), "reviderade", "revised"),
    (re.compile(r"\butök|\butvidg|\benl", re.I), "utökade", "enlarged"),
    (re.compile(r"\bförkort|\babr", re.I), "förkortade", "abridged"),
    (re.compile(r"\bill", re.I), "illustrerade", "illustrated"),
    (re.compile(r"\bny|\bnew", re.I), "nya", "new"),
)
_SERIES_NUMBER = re.compile(r"(?:\D*?\b)?(\d{1,4}|[IVXLC]+)\b\D*")
_ISSN = re.compile(r",?\s*(?:ISSN\s*)?\d{4}-\d{3}[\dXx]\b.*", re.I)


def edition_of(fields: MarcFields) -> str:
    """Return the edition statement of *fields*, cleaned, "" where there is none."""
    return next((clean(text) for text in fields.f250 if clean(text)), "")


def series_of(fields: MarcFields) -> tuple[str, str]:
    """Return the first series of *fields* and which one of it this is, "" for what is not told."""
    for title, number in fields.f490:
        if named := clean(_ISSN.sub("", title)):
            return named, clean(number)
    return "", ""


def pages_of(fields: MarcFields) -> int:
    """Return how many pages the greatest run of them has, 0 where nothing says so."""
    runs = (run for text in fields.f300 for run in _PAGES.findall(clean(text)))
    told = (int(number) for run in runs for number in _FIGURES.findall(run))
    return max((pages for pages in told if pages <= PAGES_MAX), default=0)


def is_illustrated(fields: MarcFields) -> bool:
    """Return whether *fields* say that there are pictures."""
    return any(_PICTURES.search(text) for text in fields.f300)


def spoken_edition(edition: str, ui: Ui) -> str:
    """Return *edition* in words: `andra, omarbetade upplagan`; "" where it says nothing sure."""
    words = [_nth(edition, ui)]
    words += list(
        dict.fromkeys((sv, en)[ui == "en"] for has, sv, en in _MADE if has.search(edition))
    )
    told = ", ".join(word for word in words if word)
    if not told or not _IS_EDITION.search(edition):
        return ""
    return f"{told} upplagan" if ui == "sv" else f"{told} edition"


def spoken_series(series: str, number: str, ui: Ui) -> str:
    """Return which series a title belongs to, as a sentence's beginning; "" for none."""
    if not series:
        return ""
    named, nth = as_read(series, ui), _series_nth(number, ui)
    if ui == "sv":
        return f"{nth} i serien {named}" if nth else f"ingår i serien {named}"
    return f"{nth} in the series {named}" if nth else f"in the series {named}"


def spoken_extent(pages: int, illustrated: bool, ui: Ui) -> str:
    """Return how many *pages* in words, and whether there are pictures; "" for neither."""
    noun = ("sida", "sidor") if ui == "sv" else ("page", "pages")
    told = f"{in_words(pages, ui, 'en')} {noun[pages != 1]}" if pages else ""
    pictures = ("illustrerad" if ui == "sv" else "illustrated") if illustrated else ""
    return ", ".join(part for part in (told, pictures) if part)


def _nth(edition: str, ui: Ui) -> str:
    found = _NUMBER.search(edition)
    number = int(found[1]) if found else 0
    for word in edition.lower().split():
        number = number or _WORDS.get(word.strip(".,"), 0)
    return ordinal(number, ui) if 0 < number < _EDITIONS_MAX else ""


def _series_nth(number: str, ui: Ui) -> str:
    found = _SERIES_NUMBER.fullmatch(number)
    if found is None:
        return ""
    count = int(found[1]) if found[1].isdigit() else roman(found[1].upper())
    if not count:
        return ""
    part = "nummer" if ui == "sv" else "number"
    return f"{part} {in_words(count, ui)}"
