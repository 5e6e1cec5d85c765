"""What the firmware would misread is named, and no kit has any of it."""

import pytest

from firmware_config import kit
from firmware_config.boot import config_lines
from firmware_config.lint import LINE_LETTERS_MAX, problems


@pytest.mark.parametrize("name", kit.names())
def test_no_kit_has_a_line_that_would_be_misread(name):
    assert list(problems(config_lines(kit.load_kit(name)))) == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["dtparam=spi = on"], "no spaces"),
        (["dtparam = spi=on"], "no setting"),
        (["[p4]"], "no filter"),
        (["[pi4"], "no filter"),
        (["gpu_mem=16", "gpu_mem=32"], "says again"),
        (["dtparam=spi=on", "dtparam=spi=on"], "says again"),
        ([f"dtoverlay={'x' * LINE_LETTERS_MAX}"], "98 are read"),
    ],
)
def test_what_would_be_misread_is_named(lines, told):
    (found,) = problems(lines)

    assert told in found


def test_the_same_setting_in_two_boards_sections_is_none():
    lines = ["[pi4]", "gpu_mem=16", "[pi5]", "gpu_mem=32", "[all]", "dtparam=spi=on", "# said"]

    assert list(problems(lines)) == []
