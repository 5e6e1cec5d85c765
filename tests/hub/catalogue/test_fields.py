import pymarc

from circulation.phrases.marc import MarcPerson
from hub.catalogue.fields import Fields, facts, marc_fields, sought
from tests.hub.catalogue.records import field, record


def test_the_subfields_that_speech_needs_are_taken_as_they_stand():
    made = record("n1", "Röda rummet /", f300a="245 s. :", f520a="Om Stockholm.", f655a="Romaner")
    made.add_field(
        pymarc.Field(
            tag="100",
            indicators=pymarc.Indicators("1", " "),
            subfields=[
                pymarc.Subfield("a", "Strindberg, August,"),
                pymarc.Subfield("d", "1849-1912"),
                pymarc.Subfield("e", "författare"),
                pymarc.Subfield("4", "aut"),
            ],
        )
    )

    told = marc_fields(Fields(made))

    assert (told.control_number, told.leader06, told.leader07) == ("n1", "a", "m")
    assert (told.f245_a, told.f300, told.f520) == (
        "Röda rummet /",
        ("245 s. :",),
        ("Om Stockholm.",),
    )
    assert told.f008[35:38] == "swe"
    assert told.f100 == (
        MarcPerson(a="Strindberg, August,", d="1849-1912", roles=("författare", "aut"), ind1="1"),
    )


def test_a_title_is_sought_by_every_name_and_by_its_isbn():
    made = record("n1", "Älven", f100a="Å, Eva", f700a="Ö, Bo", f650a="Fiske")
    made.add_field(field("020", "a", "978-91-0-012345-6 (inb.)"))

    words = sought(Fields(made))

    assert words.title == "Älven"
    assert words.author.split() == ["Å,", "Eva", "Ö,", "Bo"]
    assert words.subject.split() == ["Fiske", "9789100123456"]


def test_a_page_tells_what_the_record_says_without_its_marks():
    made = record("n1", "Älven", f300a="32 sidor :", f650a="Fiske.", f500a="Exempel")
    made.add_field(field("264", "b", "Förlaget,"))

    told = facts(Fields(made))

    assert (told.published, told.extent, told.notes) == ("Förlaget", "32 sidor", ["Exempel"])
    assert told.subjects == ["Fiske."]


def test_an_empty_record_tells_nothing():
    assert marc_fields(Fields(pymarc.Record())).f245_a == ""
    assert facts(Fields(pymarc.Record())).published == ""
