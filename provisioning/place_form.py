"""The form of a station's place: its questions, and an empty one to fill in."""

import json
from collections.abc import Iterator

from firmware_config.kit import Kit
from firmware_config.wiring import SOUND_PINS
from provisioning.place import ONLY_WITH

QUESTIONS = {
    "checked_on": "The day it was measured, such as 2026-11-24.",
    "approach": 'How a wheelchair comes to it: "front" (towards it) or "side" (along it).',
    "floor_wide_mm": "Free floor before it, its shorter side (at least 760).",
    "floor_long_mm": "Free floor before it, its longer side (at least 1220).",
    "reached_over_mm": "How deep what one reaches over is, such as a table's edge; 0 for nothing.",
    "lowest_part_mm": "Height of the lowest part that is used: key, jack, reader (380 or more).",
    "highest_part_mm": "Height of the highest part that is used, the screen's top too (to 1220).",
    "screen_read_from_1015_mm": "Can the screen be read with the eyes 1015 mm above the floor?",
    "no_glare_on_screen": "Can it be read in the branch's brightest hour?",
    "heaviest_key_n": "Force of the heaviest key in newton, by a spring balance (22.2 at most).",
    "used_with_one_hand": "Can all be used with one hand, nothing grasped, pinched or twisted?",
    "keys_told_apart_by_touch": "Can the keys be told apart with the eyes closed, unpressed?",
    "digit_5_marked": "Has the 5 a raised dot?",
    "jack_found_by_touch": "Is the headphone jack found with the eyes closed?",
    "tactile_sign_for_speech": "Is there a tactile sign that says how speech is started?",
    "loudspeaker_dba": "Sound at full volume where the head is, in dBA (at least 65).",
    "instructions_left_there": "Lies the page on mounting and use at the branch?",
}
"""What is asked of each station, by the key of its answer, in the order of the form."""

KNEE_QUESTIONS = {
    "wide_mm": "Width of the room under it (at least 760).",
    "toe_deep_mm": "Its depth from the floor up to 230 mm (at least 430).",
    "knee_deep_at_230_mm": "Its depth at 230 mm above the floor (at least 280).",
    "knee_deep_at_685_mm": "Its depth at 685 mm above the floor (at least 205).",
}
"""What is asked besides where a wheelchair goes under what is reached over."""


def question_of(key: str) -> str:
    """Return what is asked under *key*, such as `station[0].lowest_part_mm`."""
    name = key.rpartition(".")[2]
    return QUESTIONS.get(name) or KNEE_QUESTIONS[name]


def empty_form(branch: str) -> str:
    """Return the head of a form for *branch*."""
    return (
        "# Can everybody reach, see and feel the stations of this branch?\n"
        "# Answer each line: take away its # and write a number, true or false.\n"
        f"# Then: python -m provisioning checklist THIS-FILE\nbranch = {_quoted(branch)}\n"
    )


def empty_station(name: str, kit: Kit) -> str:
    """Return the questions for a station called *name* with *kit*, unanswered."""
    return "\n".join(_station(name, kit)) + "\n"


def _station(name: str, kit: Kit) -> Iterator[str]:
    has = {
        "screen": kit.screen is not None,
        "keys": bool(kit.keys),
        "number_keys": "5" in kit.keys,
        "loudspeaker": kit.sound.overlay in SOUND_PINS,
    }
    yield from ("", "[[station]]", f"name = {_quoted(name)}")
    yield from (f"{part} = {json.dumps(there)}" for part, there in has.items())
    for key, question in QUESTIONS.items():
        if has.get(ONLY_WITH.get(key, ""), True):
            yield from ("", f"# {question}", f"#{key} =")
    yield from ("", "# Only where a wheelchair goes under what is reached over:")
    for key, question in KNEE_QUESTIONS.items():
        yield from (f"# {question}", f"#knee_space.{key} =")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
