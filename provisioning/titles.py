"""Titles become MARC21: `python -m provisioning.titles` writes titles.mrc from titles.toml."""

from typing import NamedTuple

from pymarc import Field, Indicators, Leader, Record, Subfield

from provisioning import title_facts
from provisioning.title_facts import TitleFacts, name_as_said

EXAMPLE_NOTE = "Exempel: påhittad post för demonstration."
ENTERED = "261123"
_PLACE_UNKNOWN = "xx "


class _Form(NamedTuple):
    """How MARC codes a kind: leader/06 and /07, genre, and carrier (338 $a and $b)."""

    leader: str
    genre: str
    carrier: str
    carrier_code: str


_FORMS = {
    "book": _Form("am", "", "volym", "nc"),
    "ebook": _Form("am", "E-böcker", "onlineresurs", "cr"),
    "talking_book": _Form("im", "Talböcker", "ljudskiva", "sd"),
    "audiobook": _Form("im", "Ljudböcker", "ljudskiva", "sd"),
    "film": _Form("gm", "Filmer", "videoskiva", "vd"),
    "music": _Form("jm", "Musik", "ljudskiva", "sd"),
    "game": _Form("mm", "Spel", "datorskiva", "cd"),
    "periodical": _Form("as", "Tidskrifter", "volym", "nc"),
}
_LISTENED_TO = {"talking_book", "audiobook"}


def record(facts: TitleFacts) -> Record:
    """Return the MARC21 record of *facts*, with ISBD punctuation, saying nothing more."""
    made = Record(force_utf8=True)
    form = _FORMS[facts.kind]
    made.leader = Leader(f"00000n{form.leader} a2200000 i 4500")
    made.fields += [Field("001", data=facts.id), Field("008", data=_coded(facts))]
    made.fields += [_field("020", "  ", a=isbn) for isbn in facts.isbn]
    made.fields.append(_languages(facts))
    if facts.author:
        made.fields.append(_person("100", facts.author, "aut"))
    made.fields.append(_title_statement(facts))
    if facts.year:
        made.fields.append(_field("264", " 1", c=str(facts.year)))
    made.fields += [*_physical(facts, form), *_notes(facts), *_genres(facts, form)]
    made.fields += [_person("700", person.name, person.role) for person in facts.contributors]
    return made


def marc(titles: list[TitleFacts]) -> bytes:
    """Return *titles* as one MARC21 file in UTF-8."""
    return b"".join(record(facts).as_marc() for facts in titles)


def main() -> None:
    """Write the region's titles.mrc anew."""
    titles = title_facts.read(title_facts.REGION / "titles.toml")
    (title_facts.REGION / "titles.mrc").write_bytes(marc(titles))


def _field(tag: str, indicators: str, **subfields: str) -> Field:
    parts = [Subfield(code, text) for code, text in subfields.items() if text]
    return Field(tag, Indicators(*indicators), parts)


def _person(tag: str, name: str, role: str) -> Field:
    return Field(tag, Indicators("1", " "), [Subfield("a", name), Subfield("4", role)])


def _coded(facts: TitleFacts) -> str:
    date = f"s{facts.year}    " if facts.year else "nuuuuuuuu"
    if facts.kind == "periodical":
        date = f"u{facts.year or 'uuuu'}uuuu"
    audience = "j" if facts.children else " "
    online = "o" if facts.kind == "ebook" else "|"
    return f"{ENTERED}{date}{_PLACE_UNKNOWN}||||{audience}{online}{'|' * 11}{facts.language} d"


def _languages(facts: TitleFacts) -> Field:
    heard = "d" if facts.kind in _LISTENED_TO else "a"
    translated = "1" if facts.original else " "
    return _field("041", f"{translated} ", **{heard: facts.language}, h=facts.original)


def _title_statement(facts: TitleFacts) -> Field:
    """Return 245, where each part's mark stands at the end of the part before it."""
    said_by = facts.responsibility or (name_as_said(facts.author) if facts.author else "")
    parts = [
        (code, mark, text)
        for code, mark, text in (
            ("a", "", facts.title),
            ("n", ".", facts.part),
            ("p", "," if facts.part else ".", facts.part_name),
            ("b", " =", facts.parallel),
            ("b", " :", facts.subtitle),
            ("c", " /", said_by),
        )
        if text
    ]
    marks = [mark for _, mark, _ in parts[1:]] + [""]
    subfields = [
        Subfield(code, text + mark) for (code, _, text), mark in zip(parts, marks, strict=True)
    ]
    indicators = Indicators("1" if facts.author else "0", str(facts.nonfiling))
    return Field("245", indicators, subfields)


def _physical(facts: TitleFacts, form: _Form) -> list[Field]:
    fields = []
    if facts.pages:
        fields.append(_field("300", "  ", a=f"{facts.pages} sidor"))
    if facts.minutes:
        hours, minutes = divmod(facts.minutes, 60)
        length = [f"{hours} tim." if hours else "", f"{minutes} min." if minutes else ""]
        extent = f"1 {form.carrier} ({', '.join(filter(None, length))})"
        fields.append(_field("300", "  ", a=extent))
        fields.append(_field("306", "  ", a=f"{hours:02}{minutes:02}00"))
    # What a library's record did not say of its copy is not said here either.
    if facts.source != "libris" or facts.kind == "ebook":
        parts = {"a": form.carrier, "b": form.carrier_code, "2": "rdacarrier"}
        carrier = [Subfield(code, text) for code, text in parts.items()]
        fields.append(Field("338", Indicators(" ", " "), carrier))
    return fields


def _notes(facts: TitleFacts) -> list[Field]:
    narrators = [name_as_said(p.name) for p in facts.contributors if p.role == "nrt"]
    notes = [
        _field("500", "  ", a=EXAMPLE_NOTE if facts.source == "example" else ""),
        _field("511", "0 ", a=f"Inläst av {', '.join(narrators)}." if narrators else ""),
        _field("520", "  ", a=facts.summary),
        _field("521", "  ", a=f"Tillåten från {facts.age_limit} år" if facts.age_limit else ""),
    ]
    return [note for note in notes if note.subfields]


def _genres(facts: TitleFacts, form: _Form) -> list[Field]:
    genres = [form.genre, "Barn och ungdom" if facts.children else ""]
    return [_field("655", " 4", a=genre) for genre in genres if genre]


if __name__ == "__main__":
    main()
