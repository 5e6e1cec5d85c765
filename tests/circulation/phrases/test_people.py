import pytest

from circulation.phrases.marc import MarcFields, MarcPerson
from circulation.phrases.people import (
    author_of,
    illustrator_of,
    name,
    narrator_of,
    translator_of,
)


def record(**fields):
    return MarcFields(control_number="1", **fields)


@pytest.mark.parametrize(
    ("person", "said"),
    [
        (MarcPerson(a="Strindberg, August,", d="1849-1912"), "August Strindberg"),
        (MarcPerson(a="Tolkien, J. R. R."), "J. R. R. Tolkien"),
        (MarcPerson(a="Platon", ind1="0"), "Platon"),
        (MarcPerson(a="Karl", b="XII", c="kung av Sverige", ind1="0"), "Karl XII, kung av Sverige"),
        (
            MarcPerson(a="Kristina,", c="drottning av Sverige", ind1="0"),
            "Kristina, drottning av Sverige",
        ),
    ],
)
def test_a_name_is_said_as_people_say_it_and_without_its_years(person, said):
    assert name(person) == said


STRINDBERG = MarcPerson(a="Strindberg, August", roles=("(förf.)", "aut"))
READER = MarcPerson(a="Ahlbom, Jan", roles=("nrt",))


@pytest.mark.parametrize(
    ("fields", "author"),
    [
        ({"f100": (STRINDBERG,), "f245_c": "A. S. ; red. av B. Ek"}, "August Strindberg"),
        ({"f700": (READER, STRINDBERG)}, "August Strindberg"),
        ({"f245_c": "August Strindberg ; red. och förord av B. Ek"}, "August Strindberg"),
        ({"f245_c": "M.V. Drápela ... [et al.]"}, "M.V. Drápela m.fl."),
        ({"f245_c": "Eva Ek, Bo Al [m.fl.]"}, "Eva Ek, Bo Al m.fl."),
        ({"f245_c": "av Eva Ek"}, "Eva Ek"),
        ({"f245_c": "utgiven av Myndigheten för samhällsskydd"}, ""),
        ({"f245_c": "[ill.: Ilon Wikland]"}, ""),
        ({"f245_c": "foto: Eva Ek"}, ""),
        ({"f700": (READER,)}, ""),
        ({}, ""),
    ],
)
def test_the_author_is_who_wrote_it_and_never_a_guess(fields, author):
    assert author_of(record(**fields)) == author


@pytest.mark.parametrize(
    "fields",
    [
        {"f511": ("Inläst av Jan Ahlbom.",)},
        {"f511": ("Uppläsare: Jan Ahlbom",)},
        {"f511": ("Read by Jan Ahlbom",)},
        {"f700": (STRINDBERG, READER)},
        {"f245_c": "August Strindberg ; inläst av Jan Ahlbom"},
    ],
)
def test_who_reads_aloud_is_found_wherever_it_stands(fields):
    assert narrator_of(record(**fields)) == "Jan Ahlbom"


def test_translator_and_illustrator_are_told_from_the_author():
    fields = record(f245_c="Tove Alsterdal ; översättning av Eva Ek ; [ill.: P.A. Westrin]")

    assert translator_of(fields) == "Eva Ek"
    assert illustrator_of(fields) == "P.A. Westrin"
