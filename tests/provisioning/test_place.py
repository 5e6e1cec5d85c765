from datetime import date

import msgspec
import pytest

from provisioning.place import Form, KneeSpace, StationPlace, findings

GOOD = StationPlace(
    name="umea-1",
    checked_on=date(2026, 11, 24),
    screen=True,
    keys=True,
    number_keys=True,
    loudspeaker=True,
    approach="front",
    floor_wide_mm=760,
    floor_long_mm=1220,
    reached_over_mm=510,
    lowest_part_mm=380,
    highest_part_mm=1220,
    knee_space=KneeSpace(
        wide_mm=760, toe_deep_mm=430, knee_deep_at_230_mm=280, knee_deep_at_685_mm=205
    ),
    screen_read_from_1015_mm=True,
    no_glare_on_screen=True,
    heaviest_key_n=5,
    used_with_one_hand=True,
    keys_told_apart_by_touch=True,
    digit_5_marked=True,
    jack_found_by_touch=True,
    tactile_sign_for_speech=True,
    loudspeaker_dba=65,
    instructions_left_there=True,
)
"""A place whose every figure is just good enough."""


def found(*places):
    return findings(Form(branch="SE-Um", stations=places))


def altered(**answers):
    return found(msgspec.structs.replace(GOOD, **answers))


def test_a_place_that_is_just_good_enough_holds():
    assert found(GOOD) == []


@pytest.mark.parametrize(
    ("answers", "key", "text"),
    [
        ({"lowest_part_mm": 379}, "lowest_part_mm", "379 mm is less than 380 mm"),
        ({"highest_part_mm": 1221}, "highest_part_mm", "1221 mm is more than 1220 mm"),
        ({"reached_over_mm": 511}, "highest_part_mm", "1220 mm is more than 1120 mm"),
        (
            {"reached_over_mm": 636, "highest_part_mm": 1120},
            "reached_over_mm",
            "636 mm is more than 635 mm",
        ),
        (
            {"approach": "side", "reached_over_mm": 256},
            "highest_part_mm",
            "1220 mm is more than 1170 mm",
        ),
        (
            {"approach": "side", "reached_over_mm": 611, "highest_part_mm": 1170},
            "reached_over_mm",
            "611 mm is more than 610 mm",
        ),
        ({"lowest_part_mm": 1221}, "lowest_part_mm", "is higher than the highest, 1220 mm"),
        ({"floor_wide_mm": 759}, "floor_wide_mm", "759 mm is less than 760 mm"),
        ({"floor_long_mm": 1219}, "floor_long_mm", "1219 mm is less than 1220 mm"),
        ({"heaviest_key_n": 22.3}, "heaviest_key_n", "22.3 N is more than 22.2 N"),
        ({"loudspeaker_dba": 64.9}, "loudspeaker_dba", "64.9 dBA is less than 65 dBA"),
        ({"screen_read_from_1015_mm": False}, "screen_read_from_1015_mm", "8.3.5"),
        ({"no_glare_on_screen": False}, "no_glare_on_screen", "turn the screen"),
        ({"used_with_one_hand": False}, "used_with_one_hand", "8.4.2.1"),
        ({"keys_told_apart_by_touch": False}, "keys_told_apart_by_touch", "5.5.2"),
        ({"digit_5_marked": False}, "digit_5_marked", "8.4.1"),
        ({"jack_found_by_touch": False}, "jack_found_by_touch", "5.1.3.2"),
        ({"tactile_sign_for_speech": False}, "tactile_sign_for_speech", "8.5"),
        ({"instructions_left_there": False}, "instructions_left_there", "8.3.6"),
        ({"keys": False}, "keys", "a screen alone cannot be felt"),
    ],
)
def test_what_is_not_good_enough_is_named_with_its_clause_or_figure(answers, key, text):
    (finding,) = altered(**answers)

    assert finding.key == f"station[0].{key}"
    assert text in finding.text
    assert finding.answered


@pytest.mark.parametrize(
    "name", ["wide_mm", "toe_deep_mm", "knee_deep_at_230_mm", "knee_deep_at_685_mm"]
)
def test_there_must_be_room_for_knees_under_what_one_sits_at(name):
    narrow = msgspec.structs.replace(GOOD.knee_space, **{name: 200})

    (finding,) = altered(knee_space=narrow)

    assert finding.key == f"station[0].knee_space.{name}"
    assert altered(knee_space=narrow, reached_over_mm=0) == []
    assert altered(knee_space=narrow, approach="side", reached_over_mm=200) == []


def test_what_is_not_answered_is_told_once_and_blamed_for_nothing():
    for name in StationPlace.__struct_fields__:
        if name not in {"name", "screen", "keys", "number_keys", "loudspeaker", "knee_space"}:
            (finding,) = altered(**{name: None})
            assert (finding.key, finding.answered) == (f"station[0].{name}", False)


def test_what_a_station_has_not_is_not_asked_about():
    assert altered(screen=False, screen_read_from_1015_mm=None, no_glare_on_screen=False) == []
    assert altered(number_keys=False, digit_5_marked=False) == []
    assert altered(loudspeaker=False, loudspeaker_dba=10) == []


def test_each_station_is_asked_and_two_of_one_name_are_told_apart_no_more():
    second = msgspec.structs.replace(GOOD, lowest_part_mm=100)

    keys = [finding.key for finding in found(GOOD, second)]

    assert keys == ["station[1].name", "station[1].lowest_part_mm"]
