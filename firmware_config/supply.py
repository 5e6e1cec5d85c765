"""What a kit's parts draw from the Raspberry Pi, and where a chip gets the wrong voltage."""

from collections.abc import Iterator
from typing import NamedTuple

from firmware_config.kit import Kit, KitReader
from firmware_config.kit_check import BOARD_NAMES

RAIL_3V3_MA = 500
"""What the header's 3V3 pins together may give.

pinout.xyz, "3v3 Power": every board since the Model B+ gives "up to 500mA to remain on the safe
side".  Raspberry Pi itself names no figure for these boards.
"""

SUPPLY_MA = {"pi4": 3000, "pi5": 5000, "zero2": 2000}
"""What the power supply for each board gives at 5 V.

Raspberry Pi documentation, "Power supply", column "Recommended PSU current capacity".
"""

BOARD_MA = {"pi4": 600, "pi5": 800, "zero2": 350}
"""What each board draws itself; the same table, "Typical bare-board active current"."""

USB_MA = {"pi4": 1200, "pi5": 1600, "zero2": 500}
"""What the USB sockets together may give.

The same table, "Maximum total USB peripheral current draw" (the Pi 5 with its 5 A supply); it
names none for the Zero 2 W, so what one USB 2.0 socket must give is taken.
"""

MFRC522_MA = 117
"""What an MFRC522 draws at most while its field is on.

NXP MFRC522 rev. 3.9, section 4 "Quick reference data": transmitter 100 mA, analogue 10 mA,
digital 6.5 mA; what its digital pins drive is left out.
"""

PN5180_FIELD_MA, PN5180_LOGIC_MA = 250, 25
"""What a PN5180 draws at most for its field and for all else.

250 mA is NXP's limit for the transmitter's supply (PN5180 product data sheet, "Limiting values"),
known from what others quote; 25 mA for the rest is an estimate.
"""

SCREEN_MA = {"dsi": 500, "hdmi": 1000}
"""What a screen draws: about 500 mA the 7 inch display on DSI, up to 1 A (5 W) a 10 inch one.

Estimates; look at the label of the screen that was bought.
"""

SOUND_MA = {"max98357a": 600, "googlevoicehat-soundcard": 600}
"""What an amplifier draws from 5V while it speaks at 3 W."""

DAC_MA = 60
"""What a DAC with a headphone amplifier draws; this and the two below are estimates."""
BUZZER_MA = 30
SCANNER_MA = 200
LAMP_MA = 4
"""An LED of 2 V behind 330 ohm on a pin of 3.3 V: (3.3 - 2) / 330; one pin may give 16 mA."""

SUPPLIES = {"rc522": "3V3", "pn5180": "5V"}
"""What feeds each chip where the kit does not say.

An MFRC522 takes 2.5 to 3.6 V and stands 4.0 V at most (rev. 3.9, sections 4 and 10); a PN5180's
transmitter takes 2.7 to 5.5 V, and its range grows with it.
"""


class Warned(NamedTuple):
    """What about *key* of a kit would not work well, or not for long."""

    key: str
    text: str


class Draw(NamedTuple):
    """What one part draws, in mA: from the 3V3 pins, the 5V pins and the USB sockets."""

    part: str
    rail_3v3: int = 0
    rail_5v: int = 0
    usb: int = 0


def supply_of(reader: KitReader) -> str:
    """Return the rail that feeds *reader*'s antenna: `3V3` or `5V`."""
    return reader.supply or SUPPLIES[reader.driver]


def draws(kit: Kit) -> list[Draw]:
    """Return what each real part of *kit* draws at most."""
    return list(_draws(kit))


def warnings(kit: Kit) -> list[Warned]:
    """Return what a technician should mend before *kit* is soldered; nothing for a good kit."""
    if kit.wholly_simulated:
        return []
    return [*_wrong_voltages(kit), *_overdrawn(kit)]


def _draws(kit: Kit) -> Iterator[Draw]:
    for reader in kit.readers:
        if not reader.virtual:
            yield _of_reader(reader)
    if overlay := kit.sound.overlay:
        yield Draw("sound board", rail_5v=SOUND_MA.get(overlay, DAC_MA))
    if kit.buzzer is not None and not kit.pins_virtual:
        yield Draw("buzzer", rail_3v3=BUZZER_MA)
    if kit.lamp is not None and not kit.pins_virtual:
        yield Draw("lamp", rail_3v3=LAMP_MA)
    if kit.screen and not kit.screen.virtual:
        milliamps = SCREEN_MA[kit.screen.connection]
        on_usb = kit.screen.connection == "hdmi"
        yield Draw("screen", usb=milliamps) if on_usb else Draw("screen", rail_5v=milliamps)
    if kit.scanner and not kit.scanner.virtual:
        yield Draw("scanner", usb=SCANNER_MA)


def _of_reader(reader: KitReader) -> Draw:
    name, on_5v = f"reader {reader.place}", supply_of(reader) == "5V"
    if reader.driver == "rc522":
        return Draw(name, **{"rail_5v" if on_5v else "rail_3v3": MFRC522_MA})
    if on_5v:
        return Draw(name, rail_3v3=PN5180_LOGIC_MA, rail_5v=PN5180_FIELD_MA)
    return Draw(name, rail_3v3=PN5180_LOGIC_MA + PN5180_FIELD_MA)


def _wrong_voltages(kit: Kit) -> Iterator[Warned]:
    for number, reader in enumerate(kit.readers):
        supply, key = supply_of(reader), f"reader[{number}].supply"
        if reader.virtual or supply == SUPPLIES[reader.driver]:
            continue
        if reader.driver == "rc522":
            text = "an MFRC522 takes 3.3 V, and 5 V destroy it; did you mean `3V3`?"
        else:
            text = (
                "a PN5180's antenna reads less far on 3.3 V, "
                f"and draws up to {PN5180_FIELD_MA} mA from the 3V3 pins; did you mean `5V`?"
            )
        yield Warned(key, f"reader {reader.place}: {text}")


def _overdrawn(kit: Kit) -> Iterator[Warned]:
    drawn, board = draws(kit), BOARD_NAMES[kit.board]
    from_3v3, usb = sum(draw.rail_3v3 for draw in drawn), sum(draw.usb for draw in drawn)
    in_all = BOARD_MA[kit.board] + from_3v3 + usb + sum(draw.rail_5v for draw in drawn)
    for what, milliamps, most in (
        ("the 3V3 pins", from_3v3, RAIL_3V3_MA),
        ("the USB sockets", usb, USB_MA[kit.board]),
        ("the power supply", in_all, SUPPLY_MA[kit.board]),
    ):
        if milliamps > most:
            yield Warned(
                "board",
                f"the parts draw up to {milliamps} mA from {what} of a {board}, "
                f"which give {most} mA; feed one of them from a supply of its own",
            )
