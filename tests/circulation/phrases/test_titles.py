import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circulation.messages import ShelfTitle
from circulation.phrases.titles import (
    MarcFields,
    MarcPerson,
    shelf_title,
    spoken_more,
    spoken_title,
)
from circulation.utterances import Chunk, text_of

SV_008 = "120101s2012    sw |||||||||||||||||swe|d"
EN_008 = SV_008.replace("swe", "eng")


def shelved(**fields):
    return shelf_title(MarcFields(control_number="1", **{"f008": SV_008} | fields))


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"f245_a": "Röda rummet /"}, "Röda rummet"),
        ({"f245_a": "X :", "f245_b": "roman /"}, "X. roman"),
        ({"f245_a": "Y =", "f245_b": "Z /"}, "Y"),
        ({"f245_a": "Y :", "f245_b": "dikter = Z : poems /"}, "Y. dikter"),
        ({"f245_a": "Vem är du? :", "f245_b": "roman"}, "Vem är du? roman"),
        ({"f245_a": "En man som heter Ove"}, "En man som heter Ove"),
        ({"f245_a": "RÖDA RUMMET"}, "Röda rummet"),
        ({"f245_a": "Guldfisken", "f245_h": "[Ljudupptagning]"}, "Guldfisken"),
    ],
)
def test_a_title_is_shelved_without_its_punctuation(fields, title):
    assert shelved(**fields).title == title


def test_a_parallel_title_waits_for_more():
    title = shelved(f245_a="Tolv slott =", f245_b="Twelve castles /")

    assert title.parallel == "Twelve castles"
    assert "castles" not in text_of(spoken_title(title, "sv"))
    assert text_of(spoken_more(title, "sv")) == "Även med titeln Twelve castles."
    assert text_of(spoken_more(title, "en")) == "Also titled Twelve castles."


@pytest.mark.parametrize(
    ("number", "name", "language", "part", "said"),
    [
        ("D. 1", "", SV_008, "del 1", "del ett."),
        ("Del 2,", "Nybyggarna", SV_008, "del 2, Nybyggarna", "del två, Nybyggarna."),
        ("Bd 3", "", SV_008, "band 3", "band tre."),
        ("D. 1", "", EN_008, "part 1", "part one."),
        ("Vol. 2", "", EN_008, "volume 2", "volume two."),
    ],
)
def test_a_part_is_spelt_out(number, name, language, part, said):
    title = shelved(f245_a="X", f245_n=(number,), f245_p=(name,), f008=language)

    assert title.part == part
    assert spoken_title(title, "sv")[0].text == f"X. {said}"


TALKING = ShelfTitle(
    id="1", title="Röda rummet", author="August Strindberg", kind="talking_book",
    narrator="Jan Ahlbom", length_minutes=552,
)  # fmt: skip


def test_a_talking_book_tells_who_reads_and_how_long():
    assert spoken_title(TALKING, "sv") == (
        Chunk("Röda rummet.", "sv"),
        Chunk(
            "av August Strindberg. Talbok, inläst av Jan Ahlbom, nio timmar och tolv minuter.", "sv"
        ),
    )


def test_a_title_is_said_in_its_own_language_and_the_frame_in_the_visitors():
    assert spoken_title(TALKING, "en") == (
        Chunk("Röda rummet.", "sv"),
        Chunk(
            "by August Strindberg. Talking book, read by Jan Ahlbom, "
            "nine hours and twelve minutes.",
            "en",
        ),
    )


def test_a_northern_sami_title_is_announced_as_no_voice_is_right_for_it():
    title = ShelfTitle(id="1", title="Akta árran", language="sme")

    assert spoken_title(title, "sv") == (
        Chunk("Titel på nordsamiska.", "sv"),
        Chunk("Akta árran.", "se"),
    )
    assert spoken_title(title, "en")[0] == Chunk("Title in Northern Sámi.", "en")


def test_no_author_is_no_word_about_an_author():
    title = shelved(f245_a="Beowulf")

    assert text_of(spoken_title(title, "sv")) == "Beowulf."


def test_a_very_long_title_stops_at_a_pause_and_goes_on_at_more():
    long = "Den swenska hofslagaren, eller kårt dock tydelig underrättelse, " + "och mera så " * 9
    title = ShelfTitle(id="1", title=long.strip())

    assert spoken_title(title, "sv")[0].text == "Den swenska hofslagaren."
    assert "och mera så" in text_of(spoken_more(title, "sv"))


def test_more_is_who_helped_and_what_it_is_about_each_in_its_language():
    fields = {
        "f245_a": "The red room", "f245_c": "August Strindberg ; translated by Ann Oak",
        "f520": ("En bok om Stockholm och dess konstnärer.",), "f008": EN_008,
    }  # fmt: skip

    assert spoken_more(shelved(**fields), "sv") == (
        Chunk("Översatt av Ann Oak.", "sv"),
        Chunk("En bok om Stockholm och dess konstnärer.", "sv"),
    )


def test_nothing_more_is_said_to_be_so():
    assert text_of(spoken_more(ShelfTitle(id="1", title="X"), "sv")) == (
        "Det finns inget mer att berätta om den."
    )


def test_raw_phonemes_in_a_title_never_reach_a_voice():
    title = shelved(f245_a="Hej [[hɛj]]", f100=(MarcPerson(a="[[x]], Eva"),))

    assert "[[" not in text_of(spoken_title(title, "sv"))
    assert title.author == "Eva x"


def test_a_film_tells_its_length_at_more_and_a_books_pages_are_no_length():
    film = shelved(f245_a="Hets", leader06="g", f300=("1 DVD (101 min)",))
    book = shelved(f245_a="Hets", f300=("245 s., 5 min",))

    assert text_of(spoken_more(film, "sv")) == "en timme och fyrtioen minuter."
    assert book.length_minutes == 0


WORDS = st.text(max_size=40) | st.sampled_from(
    ["Karl XXXXXXXXXXX", "Bok CCCCCCCCCCCC", "9" * 5000 + " tim.", "[", "...", "-", "A.", "del 999"]
)
MANY = st.lists(WORDS, max_size=2).map(tuple)
PEOPLE = st.lists(st.builds(MarcPerson, a=WORDS, b=WORDS, c=WORDS, roles=MANY), max_size=2)


@given(
    fields=st.builds(
        MarcFields, control_number=st.just("1"), leader06=st.sampled_from("aijgcz"),
        f008=WORDS, f041_a=MANY, f100=PEOPLE.map(tuple), f245_a=WORDS, f245_b=WORDS,
        f245_c=WORDS, f245_h=WORDS, f245_n=MANY, f245_p=MANY, f300=MANY, f306=MANY,
        f511=MANY, f520=MANY, f655=MANY, f700=PEOPLE.map(tuple),
    ),
    ui=st.sampled_from(["sv", "en"]),
)  # fmt: skip
def test_no_record_however_odd_leaves_a_visitor_without_an_answer(fields, ui):
    title = shelf_title(fields)

    assert spoken_title(title, ui)
    assert spoken_more(title, ui)
    assert "[[" not in text_of(spoken_title(title, ui))


ODD = {
    "nothing": "",
    "two thousand letters": "Ett rum " * 250,
    "one word of two thousand letters": "a" * 2000,
    "right to left": "كتاب الأغاني",
    "emoji": "Kattboken 😺",
    "control characters": "Röda\x00\x1b[31m rum\x07met\u202e",
    "digits only": "1793",
    "many digits": "9" * 40,
    "speech markup": "<speak>Hej<break time='9s'/></speak>",
    "escaped markup": "&lt;speak&gt;Hej",
    "phonemes": "[[hɛj]]",
}


@pytest.mark.parametrize("written", ODD.values(), ids=ODD)
@pytest.mark.parametrize("language", ["swe", "eng", "ara", "rus", "und", "", "xyz", "sme"])
@pytest.mark.parametrize("ui", ["sv", "en"])
def test_an_odd_title_is_answered_in_words_that_a_voice_can_take(written, language, ui):
    title = shelved(f245_a=written, f041_a=(language,))

    said = spoken_title(title, ui)

    assert said
    assert all(chunk.language for chunk in said)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e<>\[\]&]", text_of(said))
    assert len(text_of(said)) < 200


def test_without_a_title_it_says_so():
    assert text_of(spoken_title(shelved(f245_a=""), "sv")) == "Den saknar titel."


def test_the_kind_of_an_odd_recording_is_counted_too():
    title = shelved(f245_a="Fågelsång", leader06="i", f306=("PT1H",))

    assert title.kind == "recording"
    assert text_of(spoken_more(title, "sv")) == "en timme."
