"""The pages of a kit: how it is put together, what is bought for it, and its drawings."""

from collections.abc import Iterator
from typing import NamedTuple

from firmware_config import boot
from firmware_config.drawing import drawn
from firmware_config.header import Joint, joints
from firmware_config.kit import Kit
from firmware_config.kit_check import BOARD_NAMES
from firmware_config.parts import Part, parts
from firmware_config.supply import BOARD_MA, RAIL_3V3_MA, SUPPLY_MA, USB_MA, draws, warnings

MADE = "<!-- Made by `python -m provisioning kit show`; change the kit's TOML, not this page. -->"
SUPPLIES_TO_BUY = {
    "pi4": "power supply for it, 5.1 V, 3 A, USB-C",
    "pi5": "power supply for it, 5.1 V, 5 A, USB-C",
    "zero2": "power supply for it, 5.1 V, at least 2 A, micro-USB",
}


class Page(NamedTuple):
    """One file of a kit's folder."""

    name: str
    text: str


def pages(kit: Kit) -> list[Page]:
    """Return what a technician needs to build *kit*: two pages, and a drawing for each step."""
    wired = joints(parts(kit))
    return [
        Page("README.md", "\n".join(_assembly(kit, wired)) + "\n"),
        Page("parts.md", "\n".join(_shopping(kit)) + "\n"),
        Page("wiring.svg", drawn(f"{kit.title}: all wires", wired)),
        *(
            Page(f"{part.key}.svg", drawn(_step_title(part), _of(part, wired), every_pin=False))
            for part in parts(kit)
        ),
    ]


def _of(part: Part, wired: list[Joint]) -> list[Joint]:
    return [joint for joint in wired if joint.part.key == part.key]


def _step_title(part: Part) -> str:
    return f"{part.title[0].upper()}{part.title[1:]}"


def _assembly(kit: Kit, wired: list[Joint]) -> Iterator[str]:
    yield from (MADE, f"# {kit.title}", "")
    yield f"How the kit `{kit.name}` is put together."
    yield "Buy what is on the [parts list](parts.md) first, and keep the board without power."
    yield "Each wire has a pin and a colour; another colour does as well, another pin does not."
    yield from ("", "![All wires of the station, also listed step by step](wiring.svg)", "")
    for warned in warnings(kit):
        yield f"> **Mind**: {warned.text}"
        yield ""
    for number, part in enumerate(parts(kit), start=1):
        yield from _step(number, part, _of(part, wired))
    yield from _first_start(kit, len(parts(kit)) + 1)


def _step(number: int, part: Part, wired: list[Joint]) -> Iterator[str]:
    yield from (f"## {number}. {_step_title(part)}", "", part.note.replace(". ", ".\n"), "")
    yield from ("| on the part | on the board | colour |", "| --- | --- | --- |")
    for joint in wired:
        yield f"| {joint.wire.terminal} | {joint.end} | {joint.wire.colour} |"
    yield from ("", f"![Wires of this step, as in the table above]({part.key}.svg)", "")


def _first_start(kit: Kit, number: int) -> Iterator[str]:
    yield from (f"## {number}. Before the first start", "")
    yield "- Compare each wire with the drawing once more; somebody else sees more."
    yield "- With a meter and without power: no contact between 5V, 3V3 and GND."
    yield "- Then power: the board's own lamp is lit, and nothing gets warm to the touch."
    yield f'- In the station\'s settings: `kit = "{kit.name}"`.'
    if not kit.carries_piper:
        yield "- This board has 512 MB: the station speaks by stored phrases and eSpeak."
    yield from ("", "The firmware is told, by a file that is made from the same kit:", "", "```")
    yield from boot.config_lines(kit)
    yield from ("```", "", "When it stands in the library, fill in the")
    yield "[checklist of reach and touch](../../howto/check-a-stations-place.md)."


def _shopping(kit: Kit) -> Iterator[str]:
    yield from (MADE, f"# Parts list: {kit.title}", "", "| what | for |", "| --- | --- |")
    board = BOARD_NAMES[kit.board]
    yield f"| 1 × {board} | board |"
    yield f"| 1 × {SUPPLIES_TO_BUY[kit.board]} | board |"
    yield "| 1 × microSD card, at least 16 GB, of an endurance series | board |"
    if kit.board == "zero2":
        yield "| 1 × header of 2 × 20 pins, where the board has none | board |"
    yield "| 1 × terminal board for the 40 pins, where two wires share one | board |"
    yield "| wires in the colours of the drawing, at most 200 mm to readers | all |"
    if kit.board == "pi5":
        yield "| 1 × battery for the board's clock | board |"
    for part in parts(kit):
        for bought in part.buy:
            yield f"| {bought} | {part.title} |"
    yield from ("", "## What it draws", "", "At most, in mA.", "")
    yield from ("| part | 3V3 pins | 5V pins | USB |", "| --- | ---: | ---: | ---: |")
    drawn_by = draws(kit)
    for draw in drawn_by:
        yield f"| {draw.part} | {draw.rail_3v3} | {draw.rail_5v} | {draw.usb} |"
    from_3v3 = sum(draw.rail_3v3 for draw in drawn_by)
    from_5v, usb = (sum(draw.rail_5v for draw in drawn_by), sum(draw.usb for draw in drawn_by))
    yield f"| **together** | {from_3v3} | {from_5v} | {usb} |"
    in_all = BOARD_MA[kit.board] + from_3v3 + from_5v + usb
    yield ""
    yield f"The 3V3 pins give {RAIL_3V3_MA} mA, and the USB sockets {USB_MA[kit.board]} mA."
    yield (
        f"With the board's own {BOARD_MA[kit.board]} mA all of it draws {in_all} mA, "
        f"of the {SUPPLY_MA[kit.board]} mA of the power supply."
    )
    yield "Where the figures are from stands in `firmware_config/supply.py`."
