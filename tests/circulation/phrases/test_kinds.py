import pytest

from circulation.phrases.kinds import kind_of, language_of, minutes_of
from circulation.phrases.marc import MarcFields


def record(**fields):
    return MarcFields(control_number="1", **fields)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "book"),
        ({"leader07": "s"}, "periodical"),
        ({"leader06": "i", "f655": ("Talbo\u0308cker",)}, "talking_book"),
        ({"leader06": "i", "f338": ("audio disc",)}, "talking_book"),
        ({"leader06": "i", "f500": ("Ljudbok CD",)}, "talking_book"),
        ({"leader06": "i"}, "recording"),
        ({"f245_h": "[Ljudupptagning]", "f655": ("Talböcker",)}, "talking_book"),
        ({"f245_h": "[Elektronisk resurs]"}, "ebook"),
        ({"leader06": "i", "f245_h": "[Elektronisk resurs]"}, "eaudiobook"),
        (
            {"leader06": "i", "f245_h": "[Elektronisk resurs]", "f655": ("Talböcker",)},
            "talking_book",
        ),
        ({"f245_h": "[Videoupptagning]"}, "film"),
        ({"f245_h": "[Musiktryck]"}, "sheet_music"),
        ({"f245_h": "[Musikinspelning]"}, "music"),
        ({"leader06": "j"}, "music"),
        ({"leader06": "c"}, "sheet_music"),
        ({"leader06": "g", "f008": " " * 33 + "v"}, "film"),
        ({"leader06": "g", "f008": " " * 33 + "s"}, "other"),
        ({"f300": ("1 DVD-video (120 min)",)}, "film"),
        ({"f245_c": "manus: Hampton Fancher ; regi: Ridley Scott"}, "film"),
        ({"f008": " " * 23 + "o"}, "ebook"),
        ({"leader06": "e"}, "other"),
    ],
)
def test_a_record_says_what_kind_of_thing_it_is(fields, kind):
    assert kind_of(record(**fields)) == kind


SWEDISH_008 = "120101s2012    sw |||||||||||||||||swe|d"


@pytest.mark.parametrize(
    ("fields", "language"),
    [
        ({"f008": SWEDISH_008}, "swe"),
        ({"f008": SWEDISH_008, "f041_a": ("fin",)}, "fin"),
        ({"f008": SWEDISH_008, "f041_h": ("eng",)}, "swe"),
        ({"f041_a": ("sweeng",)}, "swe"),
        ({"leader06": "i", "f041_a": ("swe",), "f041_d": ("sme",)}, "sme"),
        ({"f041_a": ("mul",)}, "und"),
        ({"f008": " " * 40}, "und"),
        ({}, "und"),
    ],
)
def test_the_language_is_that_of_what_is_read_never_the_originals(fields, language):
    assert language_of(record(**fields)) == language


@pytest.mark.parametrize(
    ("fields", "minutes"),
    [
        ({"f306": ("091200",)}, 552),
        ({"f306": ("PT9H12M",)}, 552),
        ({"f306": ("004500", "001500")}, 60),
        ({"f300": ("1 CD-R (MP3, 9 tim., 12 min.)",)}, 552),
        ({"f300": ("1 CD-R (9 tim.)",)}, 540),
        ({"f300": ("1 DVD (112 min)",)}, 112),
        ({"f300": ("245 s. : ill. ; 22 cm",)}, 0),
    ],
)
def test_the_length_is_read_from_its_field_or_its_extent(fields, minutes):
    assert minutes_of(record(**fields)) == minutes
