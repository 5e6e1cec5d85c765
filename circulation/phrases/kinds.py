"""What kind of thing a record describes, in which language, and how long it lasts."""

import re
import unicodedata

from circulation.phrases.marc import MarcFields

LENGTH_MINUTES_MAX = 999 * 60

_TALKING = re.compile(
    r"talb[oö]c?k|ljudb[oö]c?k|talking book|audio ?book|daisy|ljudskiva|audio disc|\bsd\b|mp3", re.I
)
_SOUND_GMD = re.compile(r"ljudupptagning|sound recording|ljudbok", re.I)
_ELECTRONIC_GMD = re.compile(r"elektronisk|electronic", re.I)
_VIDEO_GMD = re.compile(r"video", re.I)
_MUSIC_GMD = re.compile(r"musik|music", re.I)
_PRINTED = re.compile(r"tryck|print|noter", re.I)
_FILM = re.compile(r"\b(?:dvd|blu-?ray|videokassett|videodisc)", re.I)
_DIRECTED = re.compile(r"\bregi(?:ssör|sserad)?\b|\bdirected by\b", re.I)
_HOURS = re.compile(r"(\d{1,3})\s*(?:tim|h\b|hr|hours?)", re.I)
_MINUTES = re.compile(r"(\d{1,4})\s*min", re.I)
_ISO_LENGTH = re.compile(r"\bPT(?:(\d{1,3})H)?(?:(\d{1,4})M)?", re.I)
_CLOCK_LENGTH = re.compile(r"(\d\d)(\d\d)(\d\d)")
_NO_LANGUAGE = {"mul", "und", "zxx", "mis", ""}


def kind_of(fields: MarcFields) -> str:
    """Return what *fields* describe.

    One of book, talking_book, recording, film, music, sheet_music, periodical, ebook,
    eaudiobook, other.
    """
    return _by_designation(fields) or _by_leader(fields)


def language_of(fields: MarcFields) -> str:
    """Return the MARC code of what is heard or read (never the original's), else `und`."""
    lists = [fields.f041_a]
    if fields.leader06 in "ij":
        lists.insert(0, fields.f041_d)
    for codes in lists:
        # Older records write several languages as one run: `sweeng`.
        for code in codes:
            return _known(code.strip().lower()[:3])
    return _known(fields.f008[35:38].strip(" |").lower())


def minutes_of(fields: MarcFields) -> int:
    """Return how long a recording lasts, by 306 or else by 300; 0 where nothing says so."""
    clocked = sum(_clocked(text) for text in fields.f306)
    return min(LENGTH_MINUTES_MAX, clocked or max((_told(text) for text in fields.f300), default=0))


def _by_designation(fields: MarcFields) -> str:
    told = fields.f245_h
    if not told:
        return ""
    if _SOUND_GMD.search(told):
        return _sound(fields)
    if _VIDEO_GMD.search(told):
        return "film"
    if _MUSIC_GMD.search(told):
        return "sheet_music" if fields.leader06 in "cd" or _PRINTED.search(told) else "music"
    if _ELECTRONIC_GMD.search(told):
        heard = "talking_book" if _says_so(*fields.f655) else "eaudiobook"
        return heard if fields.leader06 == "i" else "ebook"
    return ""


def _by_leader(fields: MarcFields) -> str:
    match fields.leader06:
        case "i":
            return _sound(fields)
        case "j":
            return "music"
        case "c" | "d":
            return "sheet_music"
        case "g":
            return "film" if fields.f008[33:34] in ("", " ", "|", "m", "v") else "other"
        case "a" | "t":
            return _text(fields)
        case _:
            return "other"


def _sound(fields: MarcFields) -> str:
    if fields.leader06 == "j":
        return "music"
    spoken = _says_so(*fields.f655, *fields.f338, *_carrier(fields))
    return "talking_book" if spoken else "recording"


def _text(fields: MarcFields) -> str:
    if _says_so(*fields.f655):
        return "talking_book"
    # Much of what is copied between libraries calls every leader a text.
    if _FILM.search(" ".join(fields.f300)) or _DIRECTED.search(fields.f245_c):
        return "film"
    if fields.leader07 in "bs":
        return "periodical"
    if fields.leader07 == "i":
        return "other"
    return "ebook" if fields.f008[23:24] in ("o", "s", "q") else "book"


def _carrier(fields: MarcFields) -> tuple[str, ...]:
    return (*fields.f300, *fields.f500, fields.f245_h)


def _says_so(*texts: str) -> bool:
    return bool(texts and _TALKING.search(unicodedata.normalize("NFC", " ".join(texts))))


def _known(code: str) -> str:
    return "und" if code in _NO_LANGUAGE or len(code) != 3 or not code.isalpha() else code


def _clocked(text: str) -> int:
    if found := _CLOCK_LENGTH.fullmatch(text.strip()):
        hours, minutes, seconds = map(int, found.groups())
        return hours * 60 + minutes + (seconds >= 30)
    return _told(text)


def _told(text: str) -> int:
    if (found := _ISO_LENGTH.search(text)) and any(found.groups()):
        return int(found[1] or 0) * 60 + int(found[2] or 0)
    hours, minutes = _HOURS.search(text), _MINUTES.search(text)
    return (int(hours[1]) * 60 if hours else 0) + (int(minutes[1]) if minutes else 0)
