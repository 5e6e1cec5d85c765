"""Who wrote, read, translated and drew: names in the order people say them."""

import re

from circulation.phrases.cleaning import clean
from circulation.phrases.marc import MarcFields, MarcPerson

_AUTHOR = {"aut", "cre", "cmp", "drt", "förf", "författare", "author", "tonsättare", "regissör"}
_NARRATOR = {"nrt", "inläsare", "uppläsare", "narrator", "inl"}
_TRANSLATOR = {"trl", "övers", "översättare", "translator"}
_ILLUSTRATOR = {"ill", "illustratör", "illustrator"}
_AUTHORS_MAX = 3

_NARRATED = re.compile(
    r"(?:inläst av|uppläst av|inläsare:?|uppläsare:?|read by|narrated by|narrator:?)\s+(.+)", re.I
)
_TRANSLATED = re.compile(
    r"(?:översättning(?: av|:)|översatt av|övers\.?(?: av|:)|translated by|transl\.? by)\s+(.+)",
    re.I,
)
_ILLUSTRATED = re.compile(
    r"(?:illustrerad av|illustrationer(?: av|:)|ill\.?(?: av|:)|illustrated by|ill\. by)\s+(.+)",
    re.I,
)
_OTHERS = re.compile(r"(?:\.\.\.\s*)?(?:\bet al\.?|\bm\.\s?fl\.?|\bmed flera\b|\band others\b)")
_PARTICLES = {
    "och",
    "and",
    "&",
    "von",
    "van",
    "der",
    "den",
    "de",
    "da",
    "di",
    "del",
    "la",
    "le",
    "el",
    "bin",
    "ibn",
    "zu",
    "af",
    "m.fl.",
}
_NAME_WORDS_MAX = 9


def author_of(fields: MarcFields) -> str:
    """Return who made it as `Förnamn Efternamn`, several with commas, or "": never "okänd"."""
    if fields.leader07 in "bs" and not fields.f100:
        return ""
    wrote = [each for each in fields.f700 if each.roles and _roles(each) & _AUTHOR]
    if chosen := [*fields.f100, *wrote]:
        names = dict.fromkeys(name(person) for person in chosen)
        return ", ".join([*names][:_AUTHORS_MAX])
    if stated := _stated_author(fields.f245_c):
        return stated
    return next((name(person) for person in fields.f700 if not person.roles), "")


def narrator_of(fields: MarcFields) -> str:
    """Return who reads it aloud, by 511, 700 or the statement of responsibility."""
    return _told(_NARRATED, (*fields.f511, *fields.f500)) or _credited(fields, _NARRATOR, _NARRATED)


def translator_of(fields: MarcFields) -> str:
    """Return who translated it."""
    return _credited(fields, _TRANSLATOR, _TRANSLATED)


def illustrator_of(fields: MarcFields) -> str:
    """Return who drew the pictures."""
    return _credited(fields, _ILLUSTRATOR, _ILLUSTRATED)


def name(person: MarcPerson) -> str:
    """Return *person*'s name as it is said: given name first, a ruler's number, no dates."""
    plain, number = clean(person.a), clean(person.b)
    if person.ind1 == "0":
        called = " ".join(part for part in (plain, number) if part)
        return ", ".join(part for part in (called, clean(person.c)) if part)
    family, comma, given = plain.partition(",")
    return f"{given.strip()} {family.strip()}".strip() if comma else plain


def _roles(person: MarcPerson) -> set[str]:
    return {clean(role).strip(" .,()").lower() for role in person.roles}


def _credited(fields: MarcFields, roles: set[str], statement: re.Pattern[str]) -> str:
    for person in (*fields.f700, *fields.f100):
        if person.roles and _roles(person) & roles:
            return name(person)
    return _told(statement, tuple(fields.f245_c.split(" ; ")))


def _told(statement: re.Pattern[str], texts: tuple[str, ...]) -> str:
    for text in texts:
        if found := statement.search(clean(text)):
            return clean(re.split(r"[;(]|(?<!\b\w)\.\s", found[1])[0])
    return ""


def _stated_author(statement: str) -> str:
    first = _OTHERS.sub(" m.fl.", clean(statement.split(" ; ", maxsplit=1)[0]))
    first = " ".join(
        re.sub(
            r"^(?:(?:regisserad|skriven|text|written|directed)\s)?(?:av|by|text:?|regi:)\s+",
            "",
            first.strip(),
            flags=re.I,
        ).split()
    )
    first = first.replace(", m.fl.", " m.fl.")
    return first if _is_name(first) else ""


def _is_name(text: str) -> bool:
    words = text.split()
    if not words or len(words) > _NAME_WORDS_MAX or re.search(r"[:\d/]", text):
        return False
    return all(word in _PARTICLES or word[0].isupper() for word in words) and words[0][0].isupper()
