"""A station's place: whether everybody can reach, see and feel it, by what a technician measured.

The figures are those of EN 301 549 v3.2.1, chapter 8.3 (the place) and 8.4, 8.5 and 5 (touch and
sound); each finding names its clause.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct, field, structs

Millimetres = Annotated[int, Meta(ge=0, le=5000)]

REACH_LOW_MM, REACH_HIGH_MM = 380, 1220
FRONT_DEEP_MM, FRONT_DEEPEST_MM, FRONT_DEEP_HIGH_MM = 510, 635, 1120
SIDE_DEEP_MM, SIDE_DEEPEST_MM, SIDE_DEEP_HIGH_MM = 255, 610, 1170
FLOOR_WIDE_MM, FLOOR_LONG_MM = 760, 1220
KNEE_WIDE_MM = 760
TOE_DEEP_MM, KNEE_DEEP_LOW_MM, KNEE_DEEP_HIGH_MM = 430, 280, 205
FORCE_MOST_N = 22.2
SPEAKER_LEAST_DBA = 65


class KneeSpace(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The room under a table or a shelf, for the knees and feet of who sits."""

    wide_mm: Millimetres | None = None
    toe_deep_mm: Millimetres | None = None
    """How deep it is from the floor up to 230 mm."""
    knee_deep_at_230_mm: Millimetres | None = None
    knee_deep_at_685_mm: Millimetres | None = None


class StationPlace(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was measured and felt at one station; None is not yet answered."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    checked_on: date | None = None
    screen: bool
    keys: bool
    number_keys: bool
    loudspeaker: bool
    approach: Literal["front", "side"] | None = None
    floor_wide_mm: Millimetres | None = None
    floor_long_mm: Millimetres | None = None
    reached_over_mm: Millimetres | None = None
    """How deep what one reaches over is: a table's edge, a shelf; 0 for nothing."""
    lowest_part_mm: Millimetres | None = None
    highest_part_mm: Millimetres | None = None
    knee_space: KneeSpace = KneeSpace()
    screen_read_from_1015_mm: bool | None = None
    no_glare_on_screen: bool | None = None
    heaviest_key_n: Annotated[float, Meta(ge=0, le=1000)] | None = None
    used_with_one_hand: bool | None = None
    keys_told_apart_by_touch: bool | None = None
    digit_5_marked: bool | None = None
    jack_found_by_touch: bool | None = None
    tactile_sign_for_speech: bool | None = None
    loudspeaker_dba: Annotated[float, Meta(ge=0, le=130)] | None = None
    instructions_left_there: bool | None = None


class Form(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The answers of one branch."""

    branch: Annotated[str, Meta(min_length=1, max_length=64)]
    stations: Annotated[tuple[StationPlace, ...], Meta(min_length=1)] = field(name="station")


class Finding(NamedTuple):
    """What is missing (*answered* is False) or not right about *key* of the form."""

    key: str
    text: str
    answered: bool = True


YES = {
    "screen_read_from_1015_mm": ("8.3.5", "tilt or lower the screen"),
    "no_glare_on_screen": ("8.3.5", "turn the screen from the window or the lamp"),
    "used_with_one_hand": ("8.4.2.1", "change what must be grasped, pinched or twisted"),
    "keys_told_apart_by_touch": ("5.5.2", "put raised marks on the keys"),
    "digit_5_marked": ("8.4.1", "put a raised dot on the 5"),
    "jack_found_by_touch": ("5.1.3.2", "put a raised ring around the jack"),
    "tactile_sign_for_speech": ("8.5", "put up the tactile sign beside the jack"),
    "instructions_left_there": ("8.3.6", "leave the page on mounting at the branch"),
}
"""Each question that must be answered with yes: its clause, and what to do where it is no."""

ONLY_WITH = {
    "screen_read_from_1015_mm": "screen",
    "no_glare_on_screen": "screen",
    "heaviest_key_n": "keys",
    "keys_told_apart_by_touch": "keys",
    "digit_5_marked": "number_keys",
    "loudspeaker_dba": "loudspeaker",
}
"""What is asked only of a station that has such a part."""


def findings(form: Form) -> list[Finding]:
    """Return what of *form* is not answered yet or does not hold, station by station."""
    return list(_findings(form))


def _findings(form: Form) -> Iterator[Finding]:
    names = [place.name for place in form.stations]
    for number, place in enumerate(form.stations):
        key = f"station[{number}]"
        if place.name in names[:number]:
            yield Finding(f"{key}.name", f"two stations are called `{place.name}`")
        yield from _unanswered(key, place)
        yield from _of_reach(key, place)
        yield from _of_floor(key, place)
        yield from _of_knees(key, place)
        yield from _of_touch(key, place)


def _unanswered(key: str, place: StationPlace) -> Iterator[Finding]:
    for name, answer in structs.asdict(place).items():
        needs = ONLY_WITH.get(name)
        if answer is None and (needs is None or getattr(place, needs)):
            yield Finding(f"{key}.{name}", "not answered yet", answered=False)
    if _sits_under(place):
        for name, answer in structs.asdict(place.knee_space).items():
            if answer is None:
                yield Finding(f"{key}.knee_space.{name}", "not answered yet", answered=False)


def _sits_under(place: StationPlace) -> bool:
    """Return whether a wheelchair must go under what is reached over."""
    return place.approach == "front" and bool(place.reached_over_mm)


def _of_reach(key: str, place: StationPlace) -> Iterator[Finding]:
    low, high, over = place.lowest_part_mm, place.highest_part_mm, place.reached_over_mm
    if low is not None and low < REACH_LOW_MM:
        yield _too_little(f"{key}.lowest_part_mm", low, REACH_LOW_MM, "8.3.2", "raise it")
    if low is not None and high is not None and low > high:
        yield Finding(f"{key}.lowest_part_mm", f"{low} mm is higher than the highest, {high} mm")
    if over is None or place.approach is None:
        return
    front = place.approach == "front"
    deepest = FRONT_DEEPEST_MM if front else SIDE_DEEPEST_MM
    if over > deepest:
        yield _too_much(f"{key}.reached_over_mm", over, deepest, "8.3.2", "move it nearer")
    if front:
        most = FRONT_DEEP_HIGH_MM if over > FRONT_DEEP_MM else REACH_HIGH_MM
    else:
        most = SIDE_DEEP_HIGH_MM if over > SIDE_DEEP_MM else REACH_HIGH_MM
    if high is not None and high > most:
        yield _too_much(f"{key}.highest_part_mm", high, most, "8.3.2", "lower it")


def _of_floor(key: str, place: StationPlace) -> Iterator[Finding]:
    for name, least in (("floor_wide_mm", FLOOR_WIDE_MM), ("floor_long_mm", FLOOR_LONG_MM)):
        answer = getattr(place, name)
        if answer is not None and answer < least:
            yield _too_little(f"{key}.{name}", answer, least, "8.3.2", "clear the floor before it")


def _of_knees(key: str, place: StationPlace) -> Iterator[Finding]:
    if not _sits_under(place):
        return
    for name, least in (
        ("wide_mm", KNEE_WIDE_MM),
        ("toe_deep_mm", TOE_DEEP_MM),
        ("knee_deep_at_230_mm", KNEE_DEEP_LOW_MM),
        ("knee_deep_at_685_mm", KNEE_DEEP_HIGH_MM),
    ):
        answer = getattr(place.knee_space, name)
        if answer is not None and answer < least:
            where = f"{key}.knee_space.{name}"
            yield _too_little(where, answer, least, "8.3.2", "clear the room under the table")


def _of_touch(key: str, place: StationPlace) -> Iterator[Finding]:
    if not place.keys:
        text = "a screen alone cannot be felt (EN 301 549, 5.5.2): take a kit with keys"
        yield Finding(f"{key}.keys", text)
    for name, (clause, remedy) in YES.items():
        needs = ONLY_WITH.get(name)
        if getattr(place, name) is False and (needs is None or getattr(place, needs)):
            yield Finding(f"{key}.{name}", f"must be so (EN 301 549, {clause}): {remedy}")
    yield from _of_figures(key, place)


def _of_figures(key: str, place: StationPlace) -> Iterator[Finding]:
    force, loud = place.heaviest_key_n, place.loudspeaker_dba
    if place.keys and force is not None and force > FORCE_MOST_N:
        text = f"{force:g} N is more than {FORCE_MOST_N} N (EN 301 549, 8.4.2.2): change the key"
        yield Finding(f"{key}.heaviest_key_n", text)
    if place.loudspeaker and loud is not None and loud < SPEAKER_LEAST_DBA:
        text = (
            f"{loud:g} dBA is less than {SPEAKER_LEAST_DBA} dBA "
            "(EN 301 549, 5.1.3.12): change the loudspeaker"
        )
        yield Finding(f"{key}.loudspeaker_dba", text)


def _too_little(  # noqa: PLR0917 - a figure, its bound, its source and its remedy
    key: str, measured: int, least: int, clause: str, remedy: str
) -> Finding:
    return Finding(
        key, f"{measured} mm is less than {least} mm (EN 301 549, {clause}): {remedy}"
    )  # fmt: skip


def _too_much(  # noqa: PLR0917 - as above
    key: str, measured: int, most: int, clause: str, remedy: str
) -> Finding:
    return Finding(key, f"{measured} mm is more than {most} mm (EN 301 549, {clause}): {remedy}")
