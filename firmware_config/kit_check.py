"""Why a kit cannot be built: the first thing in it that a technician must mend."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from firmware_config import wiring
from firmware_config.wiring import Pin, Problem, Select

if TYPE_CHECKING:
    from firmware_config.kit import Kit, KitReader

BOARD_NAMES = {
    "pi4": "Raspberry Pi 4",
    "pi5": "Raspberry Pi 5",
    "zero2": "Raspberry Pi Zero 2 W",
}
LISTENING_KEYS = ("up", "down", "left", "right", "centre")


def problem(kit: "Kit") -> Problem | None:
    """Return what of *kit* cannot be built and under which key it stands, or None."""
    return next(_problems(kit), None)


def _problems(kit: "Kit") -> Iterator[Problem]:
    yield from _of_its_kind(kit)
    yield from _of_its_board(kit)
    for number, reader in enumerate(kit.readers):
        yield from _of_a_reader(f"reader[{number}]", reader, kit)
    pins, selects, overlay = _pins(kit), _selects(kit), kit.sound.overlay
    if found := wiring.problem(selects, pins, overlay):
        yield found
        return
    buses = wiring.taken(selects, overlay)
    if not kit.pins_virtual and (found := wiring.on_the_serial_line(pins, buses)):
        yield found


def _of_its_kind(kit: "Kit") -> Iterator[Problem]:
    places = [reader.place for reader in kit.readers]
    for number, place in enumerate(places):
        if place in places[:number]:
            yield Problem(
                f"reader[{number}].place",
                "two readers at one place; a visitor could not tell them apart",
            )
    if kit.kind == "loan" and not ({"card", "pad"} <= set(places) and kit.screen):
        yield Problem("kind", "a loan station needs a card reader, a pad and a screen")
    scanned = {kit.scanner.place} if kit.scanner else set()
    if kit.kind == "listening" and not (
        "finger" in scanned | set(places) and set(LISTENING_KEYS) <= set(kit.keys)
    ):
        keys = ", ".join(LISTENING_KEYS)
        yield Problem(
            "kind", f"a listening station needs a finger reader or scanner and the keys {keys}"
        )


def _of_its_board(kit: "Kit") -> Iterator[Problem]:
    if kit.wholly_simulated:
        return
    board = BOARD_NAMES[kit.board]
    if kit.board != "pi4" and kit.sound.sink != "null" and not kit.sound.overlay:
        yield Problem(
            "sound.overlay",
            f'a {board} has no headphone socket; did you mean `overlay = "hifiberry-dac"`?',
        )
    if kit.board == "zero2" and kit.screen and not kit.screen.virtual:
        yield Problem(
            "screen",
            f'a {board} has 512 MB, too little for a browser; did you mean `board = "pi4"`?',
        )


def _of_a_reader(key: str, reader: "KitReader", kit: "Kit") -> Iterator[Problem]:
    if reader.driver == "rc522":
        if reader.busy_pin is not None:
            yield Problem(
                f"{key}.busy_pin",
                f"reader {reader.place}: an MFRC522 has no busy_pin; "
                'did you mean `driver = "pn5180"`?',
            )
    elif reader.busy_pin is None or reader.reset_pin is None:
        yield Problem(key, f"reader {reader.place}: a PN5180 needs a busy_pin and a reset_pin")
    elif kit.pins_virtual and not reader.virtual:
        yield Problem(
            f"{key}.virtual", f"reader {reader.place}: a real PN5180 needs real pins"
        )  # fmt: skip


def _selects(kit: "Kit") -> list[Select]:
    return [
        Select(reader.place, reader.bus, reader.device, f"reader[{number}]")
        for number, reader in enumerate(kit.readers)
    ]


def _pins(kit: "Kit") -> list[Pin]:
    """Return every wired pin with the name of what it is for."""
    pins = [Pin(f"keys.{name}", f"keys.{name}", pin) for name, pin in kit.keys.items()]
    for number, reader in enumerate(kit.readers):
        pins += [
            Pin(f"reader[{number}].{line}_pin", f"reader {reader.place}'s {line}", pin)
            for line, pin in (("reset", reader.reset_pin), ("busy", reader.busy_pin))
            if pin is not None
        ]
    others = (("lamp", kit.lamp), ("buzzer", kit.buzzer), ("jack", kit.jack))
    return pins + [Pin(name, name, pin) for name, pin in others if pin is not None]
