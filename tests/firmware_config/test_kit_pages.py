import re
from pathlib import Path

import msgspec
import pytest

from firmware_config.kit import load_kit, names
from firmware_config.kit_pages import pages

DOCS = Path(__file__).parents[2] / "docs" / "kits"
REAL = [name for name in names() if not load_kit(name).wholly_simulated]


def made(kit):
    return {page.name: page.text for page in pages(kit)}


@pytest.mark.parametrize("name", REAL)
def test_the_pages_in_the_documentation_are_what_the_kit_gives(name):
    there = {path.name: path.read_text(encoding="utf-8") for path in (DOCS / name).iterdir()}

    assert there == made(load_kit(name)), (
        f"make them again: python -m provisioning kit show {name} --to docs/kits/{name}"
    )


def test_only_real_kits_have_pages_and_all_are_listed():
    folders = {path.name for path in DOCS.iterdir() if path.is_dir()}
    listed = re.findall(r"\]\(([\w-]+)/README\.md\)", (DOCS / "README.md").read_text("utf-8"))

    assert folders == set(REAL) == set(listed)


@pytest.mark.parametrize("name", REAL)
def test_every_link_of_a_page_leads_somewhere(name):
    there = made(load_kit(name))
    for page in ("README.md", "parts.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", there[page]):
            assert target in there or (DOCS / name / target).resolve().is_file(), target


def test_a_pin_that_moves_moves_in_table_and_drawing():
    kit = load_kit("loan-pi5-pn5180")
    moved = made(msgspec.structs.replace(kit, lamp=6))

    assert "| LED + by 330 Ω | pin 11 (GPIO 17) | turquoise |" in made(kit)["README.md"]
    assert "| LED + by 330 Ω | pin 31 (GPIO 6) | turquoise |" in moved["README.md"]
    assert "pin 31 (GPIO 6), turquoise" in moved["lamp.svg"]
    assert moved["lamp.svg"] != made(kit)["lamp.svg"]


def test_what_is_warned_of_stands_on_the_page():
    kit = load_kit("loan-pi5-pn5180")
    card = msgspec.structs.replace(kit.readers[0], supply="5V")

    page = made(msgspec.structs.replace(kit, readers=(card, *kit.readers[1:])))["README.md"]

    assert "**Mind**: reader card: an MFRC522 takes 3.3 V" in page


def test_a_small_board_is_said_to_speak_without_piper():
    assert "stored phrases and eSpeak" in made(load_kit("listening-zero2-pn5180"))["README.md"]
    assert "eSpeak" not in made(load_kit("listening-pi4-mfrc522"))["README.md"]
