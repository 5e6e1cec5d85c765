"""Words letter by letter."""

import pytest

from circulation.phrases.spelling import LETTERS_MAX, spelled


@pytest.mark.parametrize(
    ("text", "ui", "said"),
    [
        ("Mio", "sv", "Martin, Ivar, Olof"),
        ("Ån är å", "sv", "Åke, Niklas, mellanslag, Ärlig, Rudolf, mellanslag, Åke"),
        ("Ö", "en", "Oscar with an accent"),
        ("Emma", "en", "Echo, Mike, Mike, Alfa"),
        ("idé 7!", "sv", "Ivar, David, Erik med accent, mellanslag, sju"),
        ("Г", "sv", "г"),
        ("", "sv", ""),
        ("…", "sv", ""),
    ],
)
def test_every_sign_is_said_by_its_name(text, ui, said):
    assert spelled(text, ui) == said


def test_nobody_has_to_hear_a_title_without_end():
    assert spelled("a" * 2000, "sv").count("Adam") == LETTERS_MAX
