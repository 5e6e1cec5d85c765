"""The drawings, read as a program reads them: no wire lies on another, no word leaves the paper."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import msgspec
import pytest

from firmware_config.drawing import COLOURS, drawn, told
from firmware_config.header import joints
from firmware_config.kit import KitPrinter, KitScanner, load_kit, names
from firmware_config.parts import parts

SVG = "{http://www.w3.org/2000/svg}"
PATH = re.compile(r"M(\d+) (\d+)H(\d+)V(\d+)H(\d+)")
LETTER_WIDTH = 0.62
"""How wide a letter is at most on average, in parts of its size."""


def fullest():
    kit = load_kit("simulated-loan-pn5180")
    return msgspec.structs.replace(
        kit, scanner=KitScanner(place="pad", name="A scanner & its name"), printer=KitPrinter()
    )


KITS = [*(load_kit(name) for name in names()), fullest()]


@pytest.fixture(params=KITS, ids=lambda kit: f"{kit.name}{'-full' if kit.printer else ''}")
def wired(request):
    return joints(parts(request.param))


def segments(svg):
    """Return each wire's level and upright lines, as (is upright, where, from, to, colour)."""
    for path in ET.fromstring(svg).iter(f"{SVG}path"):
        if path.get("stroke") != "#222222":
            x1, y1, track, y2, x2 = map(int, PATH.fullmatch(path.get("d")).groups())
            yield from (
                (False, y1, x1, track, (y1, "start")),
                (True, track, min(y1, y2), max(y1, y2), (y1, "track")),
                (False, y2, track, x2, (y2, "end")),
            )


def test_no_wire_lies_on_a_wire_of_another_pin(wired):
    for one, other in combinations(segments(drawn("x", wired)), 2):
        same_line = one[:2] == other[:2] and one[4] != other[4]
        assert not (same_line and one[2] < other[3] and other[2] < one[3]), (one, other)


def test_every_word_is_on_the_paper_and_within_its_box(wired):
    root = ET.fromstring(drawn("A title that is " + "long " * 30, wired))
    width, height = int(root.get("width")), int(root.get("height"))
    for text in root.iter(f"{SVG}text"):
        length = len(text.text) * LETTER_WIDTH * int(text.get("font-size"))
        x, y = int(text.get("x")), int(text.get("y"))
        left, right = (x - length, x) if text.get("text-anchor") == "end" else (x, x + length)
        assert left >= 0, text.text
        assert right <= width, text.text
        assert 10 <= y <= height - 4, text.text


def test_no_word_of_a_part_leaves_its_box_and_no_label_reaches_the_crossings(wired):
    svg = drawn("x", wired)
    root = ET.fromstring(svg)
    (box, *_) = (rect for rect in root.iter(f"{SVG}rect") if rect.get("fill") == "#f4f0e6")
    left, right = int(box.get("x")), int(box.get("x")) + int(box.get("width"))
    last_track = max(where for upright, where, *_ in segments(svg) if upright)
    for text in root.iter(f"{SVG}text"):
        length = len(text.text) * LETTER_WIDTH * int(text.get("font-size"))
        x = int(text.get("x"))
        if x > left:
            assert x + length <= right, text.text
        elif x > last_track:
            assert x - length > last_track, text.text


def test_every_wire_has_its_end_and_its_colour_beside_it(wired):
    words = [text.text for text in ET.fromstring(drawn("x", wired)).iter(f"{SVG}text")]

    for joint in wired:
        assert f"{joint.end.removeprefix('the ')}, {joint.wire.colour}" in words
        assert joint.wire.colour in COLOURS


def test_the_picture_says_what_it_shows_to_those_who_do_not_see_it(wired):
    root = ET.fromstring(drawn("All <wires>", wired))

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title desc"
    assert root.find(f"{SVG}title").text == "All <wires>"
    assert root.find(f"{SVG}desc").text == told(wired)
    for joint in wired:
        assert f"{joint.wire.terminal} to {joint.end}, {joint.wire.colour}" in told(wired)


def test_a_step_shows_only_the_pins_it_uses(wired):
    step = [joint for joint in wired if joint.part.key == wired[0].part.key]

    root = ET.fromstring(drawn("x", step, every_pin=False))

    names_of_pins = [t.text for t in root.iter(f"{SVG}text") if t.get("text-anchor") == "end"]
    assert len(names_of_pins) == len({joint.point for joint in step}) + len(step)


def test_the_same_kit_gives_the_same_picture(wired):
    assert drawn("x", wired) == drawn("x", list(wired))
