"""Each kind of cataloguer's sign, as it is said in Swedish and in English."""

from datetime import date

import pytest

from circulation.messages import ShelfTitle
from circulation.phrases.dates import spoken_date
from circulation.phrases.marc import MarcFields, MarcPerson
from circulation.phrases.reading import as_read
from circulation.phrases.titles import shelf_title, spoken_more, spoken_title
from circulation.utterances import text_of

SWEDISH = "120101s2012    sw |||||||||||||||||swe|d"
STRINDBERG = MarcPerson(a="Strindberg, August,", d="1849-1912", roles=("aut",))


def touched(ui, **fields):
    return text_of(spoken_title(_shelved(fields), ui))


def told(ui, **fields):
    return text_of(spoken_more(_shelved(fields), ui))


def _shelved(fields):
    given = {"f008": SWEDISH, "f245_a": "Röda rummet /"} | fields
    return shelf_title(MarcFields(control_number="1", **given))


AT_A_TOUCH = {
    "1 a trailing mark": (
        {"f245_a": "Röda rummet /"},
        "Röda rummet.",
        "Röda rummet.",
    ),
    "2 a remainder after a colon": (
        {"f245_a": "X :", "f245_b": "roman /"},
        "X. roman.",
        "X. roman.",
    ),
    "3 a parallel title waits": (
        {"f245_a": "Tolv slott =", "f245_b": "Twelve castles /"},
        "Tolv slott.",
        "Tolv slott.",
    ),
    "4 a statement of responsibility": (
        {"f245_c": "August Strindberg ; red. och förord av B. Ek"},
        "Röda rummet. av August Strindberg.",
        "Röda rummet. by August Strindberg.",
    ),
    "7 and others": (
        {"f245_c": "Eva Ek ... [et al.]"},
        "Röda rummet. av Eva Ek med flera.",
        "Röda rummet. by Eva Ek and others.",
    ),
    "8 a recording that is a talking book": (
        {"f245_h": "[Ljudupptagning]", "f655": ("Talböcker",), "leader06": "i"},
        "Röda rummet. Talbok.",
        "Röda rummet. Talking book.",
    ),
    "8 a recording that is none": (
        {"f245_h": "[Ljudupptagning]", "leader06": "i"},
        "Röda rummet. Ljudinspelning.",
        "Röda rummet. Sound recording.",
    ),
    "9 an electronic resource": (
        {"f245_h": "[Elektronisk resurs]"},
        "Röda rummet. E-bok.",
        "Röda rummet. E-book.",
    ),
    "9 an electronic recording": (
        {"f245_h": "[Elektronisk resurs]", "leader06": "i"},
        "Röda rummet. E-ljudbok.",
        "Röda rummet. E-audiobook.",
    ),
    "10 a film": (
        {"f245_h": "[Videoupptagning]", "leader06": "g"},
        "Röda rummet. Film.",
        "Röda rummet. Film.",
    ),
    "10 sheet music": (
        {"f245_h": "[Musiktryck]", "leader06": "c"},
        "Röda rummet. Noter.",
        "Röda rummet. Sheet music.",
    ),
    "11 a part by its number": (
        {"f245_n": ("D. 1",)},
        "Röda rummet. del ett.",
        "Röda rummet. del ett.",
    ),
    "11 a volume by its number": (
        {"f245_n": ("Bd 3",)},
        "Röda rummet. band tre.",
        "Röda rummet. band tre.",
    ),
    "12 a part with a name": (
        {"f245_n": ("Del 2,",), "f245_p": ("Nybyggarna",)},
        "Röda rummet. del två, Nybyggarna.",
        "Röda rummet. del två, Nybyggarna.",
    ),
    "15 no place and no publisher": (
        {"f245_a": "Röda rummet [S.l. : s.n.]"},
        "Röda rummet.",
        "Röda rummet.",
    ),
    "16 a name turned round": (
        {"f100": (STRINDBERG,)},
        "Röda rummet. av August Strindberg.",
        "Röda rummet. by August Strindberg.",
    ),
    "17 a name as it stands": (
        {"f100": (MarcPerson(a="Kristina,", c="drottning av Sverige", ind1="0"),)},
        "Röda rummet. av Kristina, drottning av Sverige.",
        "Röda rummet. by Kristina, drottning av Sverige.",
    ),
    "18 a ruler's number": (
        {"f100": (MarcPerson(a="Karl", b="XII", ind1="0"),)},
        "Röda rummet. av Karl den tolfte.",
        "Röda rummet. by Charles the twelfth.",
    ),
    "19 initials": (
        {"f100": (MarcPerson(a="Tolkien, J. R. R."),)},
        "Röda rummet. av ji ärr ärr Tolkien.",
        "Röda rummet. by J R R Tolkien.",
    ),
    "20 who does what": (
        {
            "f100": (STRINDBERG,),
            "f700": (MarcPerson(a="Ahlbom, Jan", roles=("nrt",)),),
            "f655": ("Talböcker",),
            "leader06": "i",
        },
        "Röda rummet. av August Strindberg. Talbok, inläst av Jan Ahlbom.",
        "Röda rummet. by August Strindberg. Talking book, read by Jan Ahlbom.",
    ),
    "21 an article is said": (
        {"f245_a": "En man som heter Ove /"},
        "En man som heter Ove.",
        "En man som heter Ove.",
    ),
    "22 non-sorting marks": (
        {"f245_a": "\x98Det \x9cgår an <<Den >>dag /"},
        "Det går an Den dag.",
        "Det går an Den dag.",
    ),
    "23 a book's roman number": (
        {"f245_a": "Minnen : bok IV /"},
        "Minnen, bok fyra.",
        "Minnen, bok fyra.",
    ),
    "23 letters that are no numbers": (
        {"f245_a": "I MIX och CD /"},
        "I MIX och CD.",
        "I MIX och CD.",
    ),
    "24 from year to year": (
        {"f245_a": "Kriget 1914-1918 /"},
        "Kriget nittonhundrafjorton till nittonhundraarton.",
        "Kriget nittonhundrafjorton till nittonhundraarton.",
    ),
    "25 hours and minutes": (
        {"f306": ("091200",), "f655": ("Talböcker",), "leader06": "i"},
        "Röda rummet. Talbok, nio timmar och tolv minuter.",
        "Röda rummet. Talking book, nine hours and twelve minutes.",
    ),
    "25 one hour": (
        {"f306": ("PT1H1M",), "f655": ("Talböcker",), "leader06": "i"},
        "Röda rummet. Talbok, en timme och en minut.",
        "Röda rummet. Talking book, one hour and one minute.",
    ),
    "26 a talking book's length": (
        {"f300": ("1 CD-R (MP3, 9 tim.)",), "leader06": "i"},
        "Röda rummet. Talbok, nio timmar.",
        "Röda rummet. Talking book, nine hours.",
    ),
    "30 shortened words": (
        {"f245_a": "Fåglar, bl.a. sparvar, m.m. & nr 3, årg. @ t.ex. osv. x /"},
        ("Fåglar, bland annat sparvar, med mera och nummer 3, årgång snabel-a till exempel "
        "och så vidare x."),
        ("Fåglar, bland annat sparvar, med mera och nummer 3, årgång snabel-a till exempel "
        "och så vidare x."),
    ),
    "32 signs": (
        {"f245_a": '"Vem" *är* _du_ | ...? /'},
        "Vem är du?",
        "Vem är du?",
    ),
    "33 letters in pieces": (
        {"f245_a": "Fo\u0308r\u00adha\u0301llande\u200b &amp; sa\u030a /"},
        "Förhállande och så.",
        "Förhállande och så.",
    ),
    "34 a title in capitals": (
        {"f245_a": "RÖDA RUMMET /"},
        "Röda rummet.",
        "Röda rummet.",
    ),
    "34 four letters are kept": ({"f245_a": "NATO /"}, "NATO.", "NATO."),
    "35 nobody named": ({"f245_a": "Beowulf"}, "Beowulf.", "Beowulf."),
    "36 a very long title": (
        {"f245_a": "Den swenska hofslagaren, " + "eller kort underrättelse om hästar " * 4},
        "Den swenska hofslagaren.",
        "Den swenska hofslagaren.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "sv", "en"), AT_A_TOUCH.values(), ids=AT_A_TOUCH)
def test_at_a_touch_a_record_is_said_as_a_person_would(fields, sv, en):
    assert (touched("sv", **fields), touched("en", **fields)) == (sv, en)


ON_MORE = {
    "3 a parallel title": (
        {"f245_a": "Tolv slott =", "f245_b": "Twelve castles /"},
        "Även med titeln Twelve castles.",
        "Also titled Twelve castles.",
    ),
    "5 who drew it": (
        {"f245_c": "[ill.: Ilon Wikland]"},
        "Illustrerad av Ilon Wikland.",
        "Illustrated by Ilon Wikland.",
    ),
    "6 who translated it": (
        {"f245_c": "A. Ek ; övers. av Eva Al"},
        "Översatt av Eva Al.",
        "Translated by Eva Al.",
    ),
    "6 who translated it, in English": (
        {"f245_c": "A. Ek ; transl. by Eva Al"},
        "Översatt av Eva Al.",
        "Translated by Eva Al.",
    ),
    "13 the first edition": ({"f250": ("1:a uppl.",)}, "första upplagan.", "first edition."),
    "13 a revised edition": (
        {"f250": ("2., omarb. uppl.",)},
        "andra, omarbetade upplagan.",
        "second, revised edition.",
    ),
    "13 an English edition": (
        {"f250": ("3rd rev. ed.",)},
        "tredje, reviderade upplagan.",
        "third, revised edition.",
    ),
    "26 a book's pages": (
        {"f300": ("245 s. : ill. ; 22 cm",)},
        "tvåhundrafyrtiofem sidor, illustrerad.",
        "two hundred and forty-five pages, illustrated.",
    ),
    "36 the whole of a long title": (
        {"f245_a": "Den swenska hofslagaren, " + "eller kort underrättelse " * 6},
        "Den swenska hofslagaren, " + ("eller kort underrättelse " * 6).strip() + ".",
        "Den swenska hofslagaren, " + ("eller kort underrättelse " * 6).strip() + ".",
    ),
    "a series": (
        {"f490": (("Utvandrarserien ;", "2"),)},
        "nummer två i serien Utvandrarserien.",
        "number two in the series Utvandrarserien.",
    ),
    "a series without a number": (
        {"f490": (("Delfinserien, ISSN 0346-2862", ""),)},
        "ingår i serien Delfinserien.",
        "in the series Delfinserien.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "sv", "en"), ON_MORE.values(), ids=ON_MORE)
def test_on_more_the_rest_of_a_record_is_said(fields, sv, en):
    assert (told("sv", **fields), told("en", **fields)) == (sv, en)


@pytest.mark.parametrize("year", ["cop. 2004", "[2004]", "c2004", "2004-", "[ca 2004]"])
def test_14_a_year_of_publication_is_never_said_of_itself(year):
    assert "2004" not in touched("sv", f300=("245 s.",), f008=SWEDISH.replace("2012", "2004"))
    read = as_read(year, "sv")
    assert "[" not in read
    assert "2004" in read
    assert as_read("[ca 1900]", "sv") == "omkring 1900"
    assert as_read("[ca 1900]", "en") == "about 1900"


def test_27_an_isbn_is_said_in_its_groups_and_digit_by_digit():
    assert as_read("ISBN 978-91-0-012345-6 (inb.)", "sv") == (
        "I S B N nio sju åtta, nio ett, noll, noll ett två tre fyra fem, sex"
    )
    assert as_read("ISBN 978-91-0-012345-6", "en").startswith("I S B N nine seven eight, nine one")
    assert as_read("ISBN 91-29-59567-X", "sv").endswith(", eks")


def test_28_a_due_date_has_its_weekday_and_its_year_only_where_it_is_another():
    due, today = date(2026, 11, 23), date(2026, 11, 1)
    assert spoken_date(due, "sv", today) == "måndag den tjugotredje november"
    assert spoken_date(due, "en", today) == "Monday the twenty-third of November"
    assert spoken_date(due, "sv", date(2025, 1, 1)).endswith("november tjugohundratjugosex")


def test_29_hours_are_words():
    assert as_read("kl. 9-17", "sv") == "klockan nio till sjutton"
    assert as_read("kl. 9-17", "en") == "from nine to seventeen hours"


@pytest.mark.parametrize(
    ("mark", "sv", "en"),
    [
        ("Hc.03", "hå se punkt noll tre", "H c point zero three"),
        ("uHc", "barn och ungdom, hå se", "children and young people, H c"),
        ("839.73", "åtta tre nio punkt sju tre", "eight three nine point seven three"),
    ],
)
def test_31_a_shelf_mark_is_spelled(mark, sv, en):
    assert (as_read(mark, "sv"), as_read(mark, "en")) == (sv, en)


def test_the_same_as_a_talking_book_is_the_first_that_is_told_on_more():
    title = ShelfTitle(id="1", title="Emil", talking_book="2", translator="Eva Ek")
    assert text_of(spoken_more(title, "sv")).startswith("Den finns som talbok.")
    assert text_of(spoken_more(title, "en")).startswith("It is here as a talking book.")
