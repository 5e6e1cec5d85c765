"""What a parsed MARC record says: to be spoken, to be sought, to be read on a page."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import pymarc
from msgspec import Struct

from circulation.phrases.marc import MarcFields, MarcPerson
from circulation.storable import without_unstorable
from hub.catalogue.lean import LeanField
from hub.catalogue.marc import Parsed

Field = LeanField | pymarc.Field
_NONE: tuple[Field, ...] = ()
_TITLES = ("210", "240", "245", "246", "740")
_PEOPLE = ("100", "110", "111", "700", "710", "711")
_SUBJECTS = ("600", "610", "611", "630", "648", "650", "651", "653", "655")


_BEFORE_MARK = re.compile(r"\s+([:;,.])")
_NO_FIGURE = re.compile(r"[^\dXx]")
_BROWSED = ("650", "655")
"""Topics and genres; a person or a place is no shelf."""


class Fields:
    """A record's fields by their tags; pymarc itself looks through all of them each time."""

    def __init__(self, record: Parsed) -> None:
        """Look *record* through once."""
        self.leader = str(record.leader)
        by_tag: dict[str, list[Field]] = {}
        for field in record.fields:
            tag = field.tag
            if tag in by_tag:
                by_tag[tag].append(field)
            else:
                by_tag[tag] = [field]
        self._by_tag = by_tag

    def get(self, tag: str) -> Field | None:
        """Return the first field *tag*."""
        found = self._by_tag.get(tag)
        return found[0] if found else None

    def get_fields(self, tag: str) -> Sequence[Field]:
        """Return every field *tag*."""
        return self._by_tag.get(tag, _NONE)

    def told(self, tags: Iterable[str], codes: str) -> list[str]:
        """Return all subfields *codes* of every field of *tags*, in the order of these."""
        by_tag = self._by_tag
        return [
            value
            for tag in tags
            if tag in by_tag
            for field in by_tag[tag]
            for code, value in field.subfields
            if code in codes
        ]


class Sought(Struct, frozen=True, kw_only=True):
    """The words by which a title is found."""

    title: str
    author: str
    subject: str


class Facts(Struct, frozen=True, kw_only=True):
    """What a title's page tells besides title and author, as the record has it."""

    published: str
    extent: str
    subjects: list[str]
    notes: list[str]


def marc_fields(record: Fields) -> MarcFields:
    """Return the subfields of *record* that speech needs."""
    title = record.get("245")
    leader = record.leader
    return MarcFields(
        control_number=_data(record, "001"),
        leader06=leader[6],
        leader07=leader[7],
        f008=_data(record, "008"),
        f041_a=_all(record, "041", "a"),
        f041_d=_all(record, "041", "d"),
        f041_h=_all(record, "041", "h"),
        f100=_persons(record, "100"),
        f245_a=_first(title, "a"),
        f245_b=_first(title, "b"),
        f245_c=_first(title, "c"),
        f245_h=_first(title, "h"),
        f245_n=_all(record, "245", "n"),
        f245_p=_all(record, "245", "p"),
        f250=_joined(record, "250", "ab"),
        f300=_joined(record, "300", "ab"),
        f306=_all(record, "306", "a"),
        f338=_all(record, "338", "ab"),
        f490=_series(record),
        f511=_all(record, "511", "a"),
        f520=_joined(record, "520", "ab"),
        f655=_all(record, "655", "a"),
        f700=_persons(record, "700"),
    )


def sought(record: Fields) -> Sought:
    """Return the words by which *record* is found."""
    isbn = [_NO_FIGURE.sub("", number) for number in _all(record, "020", "a")]
    return Sought(
        title=_words(record, _TITLES, "abnp"),
        author=" ".join((_words(record, _PEOPLE, "abcq"), _words(record, ("245",), "c"))),
        subject=" ".join((_words(record, _SUBJECTS, "abvxyz"), *isbn)),
    )


def facts(record: Fields) -> Facts:
    """Return what *record* tells on its page."""
    published = _joined(record, "264", "abc") or _joined(record, "260", "abc")
    return Facts(
        published=_plain(next(iter(published), "")),
        extent=_plain(next(iter(_joined(record, "300", "ab")), "")),
        subjects=sorted({_plain(text) for text in record.told(_SUBJECTS, "a")} - {""}),
        notes=[_plain(text) for text in _all(record, "500", "a")],
    )


def subjects(record: Fields) -> list[str]:
    """Return what *record* is about, and its genres, as a list of subjects names them."""
    return sorted({_plain(text) for text in record.told(_BROWSED, "a")} - {""})


def audience(record: Fields) -> str:
    """Return whom *record* is for (008/22), empty where it does not say."""
    coded = _data(record, "008")[22:23]
    return coded if coded.isalpha() else ""


def _data(record: Fields, tag: str) -> str:
    field = record.get(tag)
    return (field.data or "").strip("\n") if field is not None else ""


def _first(field: Field | None, code: str) -> str:
    return str(field.get(code) or "") if field is not None else ""


def _all(record: Fields, tag: str, codes: str) -> tuple[str, ...]:
    fields = record.get_fields(tag)
    if not fields:
        return ()
    return tuple([value for field in fields for code, value in field.subfields if code in codes])


def _joined(record: Fields, tag: str, codes: str) -> tuple[str, ...]:
    fields = record.get_fields(tag)
    if not fields:
        return ()
    return tuple([" ".join([text for code, text in f.subfields if code in codes]) for f in fields])


def _words(record: Fields, tags: tuple[str, ...], codes: str) -> str:
    # Many systems send å as an a and a ring: whoever seeks it types one letter.
    words = without_unstorable(" ".join(record.told(tags, codes)))
    return words if words.isascii() else unicodedata.normalize("NFC", words)


def _persons(record: Fields, tag: str) -> tuple[MarcPerson, ...]:
    fields = record.get_fields(tag)
    if not fields:
        return ()
    return tuple(
        MarcPerson(
            a=_first(field, "a"),
            b=_first(field, "b"),
            c=_first(field, "c"),
            d=_first(field, "d"),
            roles=tuple([value for code, value in field.subfields if code in "e4"]),
            ind1=field.indicator1,
        )
        for field in fields
    )


def _series(record: Fields) -> tuple[tuple[str, str], ...]:
    """Return series as they stand on the book, then as they are established."""
    return tuple(
        (_first(field, "t" if tag == "800" else "a"), _first(field, "v"))
        for tag in ("490", "830", "800")
        for field in record.get_fields(tag)
    )


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return _BEFORE_MARK.sub(r"\1", without_unstorable(text)).rstrip(" :;,/").strip()
