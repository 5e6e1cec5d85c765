"""The parts of a kit: what each is called, how its wires run, and what is bought for it."""

from collections.abc import Iterator
from typing import NamedTuple

from firmware_config.kit import Kit, KitReader
from firmware_config.supply import supply_of
from firmware_config.wiring import SOUND_PINS, SPI1_SELECT_PINS

SPI_CLOCK, SPI_OUT, SPI_IN = {0: 11, 1: 21}, {0: 10, 1: 20}, {0: 9, 1: 19}
SPI_SELECTS = {0: (8, 7), 1: SPI1_SELECT_PINS}

USB, HDMI, DSI, AUDIO = "USB", "HDMI 0", "DSI", "3.5 mm"
"""Sockets of the board; whatever else a wire goes to is on the header."""

SOCKETS = (USB, HDMI, DSI, AUDIO)


class Wire(NamedTuple):
    """One wire: from the part's own *terminal* to *end* on the board, in a *colour*.

    *end* is `3V3`, `5V`, `GND`, a `GPIO 7`, or one of `SOCKETS`.
    """

    terminal: str
    end: str
    colour: str


class Part(NamedTuple):
    """One part of a kit as a technician holds it in hand."""

    key: str
    title: str
    wires: tuple[Wire, ...]
    buy: tuple[str, ...]
    note: str
    """How it is mounted, in a sentence or two."""


_PLACES = {
    "card": ("card reader", "behind the sign of a card, at the front, at most 5 mm of plastic"),
    "pad": ("book pad", "under the shelf for books, at least 30 mm from any metal"),
    "finger": ("finger reader", "in the hand-held holder, its cable at most 200 mm long"),
}
_KEY_COLOURS = ("yellow", "blue", "green", "violet", "grey", "brown", "pink", "turquoise")


def parts(kit: Kit) -> list[Part]:
    """Return the parts of *kit*, in the order in which they are mounted."""
    return list(_parts(kit))


def _parts(kit: Kit) -> Iterator[Part]:
    for reader in kit.readers:
        yield _reader(reader)
    if kit.sound.overlay:
        yield _sound(kit.sound.overlay)
    if kit.keys:
        yield _keys(kit)
    if kit.jack is not None:
        yield _jack(kit.jack, own_socket=not kit.sound.overlay)
    yield from _signals(kit)
    yield from _plugged(kit)


def _reader(reader: KitReader) -> Part:
    name, where = _PLACES[reader.place]
    chip = "PN5180" if reader.driver == "pn5180" else "MFRC522"
    wires = [
        *_power(reader),
        Wire("SCK", f"GPIO {SPI_CLOCK[reader.bus]}", "yellow"),
        Wire("MOSI", f"GPIO {SPI_OUT[reader.bus]}", "blue"),
        Wire("MISO", f"GPIO {SPI_IN[reader.bus]}", "green"),
        Wire(
            "NSS" if chip == "PN5180" else "SDA (NSS)",
            f"GPIO {SPI_SELECTS[reader.bus][reader.device]}",
            "violet",
        ),
    ]
    if reader.reset_pin is not None:
        wires.append(Wire("RST", f"GPIO {reader.reset_pin}", "grey"))
    if reader.busy_pin is not None:
        wires.append(Wire("BUSY", f"GPIO {reader.busy_pin}", "brown"))
    return Part(
        key=f"reader-{reader.place}",
        title=f"{chip}, the {name}",
        wires=tuple(wires),
        buy=(f"1 × {chip} module with its antenna, pins soldered ({name})",),
        note=f"Mount it {where}. Whatever pin has no wire here stays free (IRQ, AUX, REQ, GPIO).",
    )


def _power(reader: KitReader) -> list[Wire]:
    rail = supply_of(reader)
    ground = Wire("GND", "GND", "black")
    if reader.driver == "rc522":
        return [Wire("3.3V", rail, _rail_colour(rail)), ground]
    return [
        Wire("5V", rail, _rail_colour(rail)),
        Wire("3.3V", "3V3", _rail_colour("3V3")),
        ground,
    ]


def _rail_colour(rail: str) -> str:
    return "red" if rail == "5V" else "orange"


def _sound(overlay: str) -> Part:
    wires = [
        Wire("VIN", "5V", "red"),
        Wire("GND", "GND", "black"),
        Wire("BCK", "GPIO 18", "yellow"),
        Wire("LRCK", "GPIO 19", "blue"),
        Wire("DIN", "GPIO 21", "green"),
    ]
    buy: tuple[str, ...]
    if pin := SOUND_PINS.get(overlay):
        wires.append(Wire("SD", f"GPIO {pin}", "grey"))
        buy = ("1 × I2S amplifier board (MAX98357A)", "1 × loudspeaker, 4 to 8 ohm, 3 W")
        note = "Screw the loudspeaker to the front, and join it to the board's two outputs."
    else:
        buy = ("1 × I2S DAC board (PCM510xA) with a headphone amplifier that is always on",)
        note = (
            "Where the board has a pin SCK, join it to GND on the board. "
            "A PCM510xA alone drives 1 kΩ and more (TI, SLAS859C), which headphones are not: "
            "the board must have an amplifier."
        )
    return Part("sound", f"sound board ({overlay})", tuple(wires), buy, note)


def _keys(kit: Kit) -> Part:
    named = [
        Wire(name, f"GPIO {pin}", _KEY_COLOURS[number % len(_KEY_COLOURS)])
        for number, (name, pin) in enumerate(kit.keys.items())
    ]
    return Part(
        key="keys",
        title="keys",
        wires=(*named, Wire("all: GND", "GND", "black")),
        buy=(
            f"{len(named)} × push button with a raised cap, at least 15 mm wide, 2.5 to 5 N",
            "1 × set of tactile marks: arrows, and a raised ring on the middle key",
        ),
        note=(
            "One contact of each key goes to its own wire, the other to the common GND. "
            "The arrows stand in a cross around the middle key."
        ),
    )


def _jack(pin: int, *, own_socket: bool) -> Part:
    switch = (Wire("switch", f"GPIO {pin}", "pink"), Wire("switch: GND", "GND", "black"))
    cable = (Wire("sound: 3.5 mm cable", AUDIO, "grey"),) if own_socket else ()
    source = "the board's headphone socket" if own_socket else "the sound board"
    return Part(
        key="jack",
        title="headphone jack",
        wires=(*switch, *cable),
        buy=(
            "1 × 3.5 mm jack for a panel, with a separate switch that closes when a plug is in",
            "1 × 3.5 mm cable to it",
            "1 × headphones on a hook",
        ),
        note=(
            f"The sound comes from {source}; the switch is a pair of contacts of its own. "
            "Put the tactile sign for headphones beside it."
        ),
    )


def _signals(kit: Kit) -> Iterator[Part]:
    if kit.lamp is not None:
        yield Part(
            key="lamp",
            title="status lamp",
            wires=(
                Wire("LED + by 330 Ω", f"GPIO {kit.lamp}", "turquoise"),
                Wire("LED −", "GND", "black"),
            ),
            buy=("1 × LED of about 2 V in a panel holder", "1 × resistor 330 Ω"),
            note="The longer leg is +; the resistor stands between it and the wire.",
        )
    if kit.buzzer is not None:
        yield Part(
            key="buzzer",
            title="buzzer",
            wires=(
                Wire("VCC", "3V3", "orange"),
                Wire("I/O", f"GPIO {kit.buzzer}", "pink"),
                Wire("GND", "GND", "black"),
            ),
            buy=("1 × active buzzer module, 3.3 V, with a transistor, on when I/O is high",),
            note="A buzzer without a transistor draws more than a pin may give (16 mA).",
        )


def _plugged(kit: Kit) -> Iterator[Part]:
    if kit.screen:
        yield _screen(kit)
    if kit.scanner:
        yield Part(
            key="scanner",
            title="barcode scanner",
            wires=(Wire("USB plug", USB, "grey"),),
            buy=("1 × barcode scanner or ring that types (HID keyboard), with its receiver",),
            note=(
                "Set it to type Enter after each code, by the card that comes with it. "
                f"What it calls itself must hold `{kit.scanner.name}`."
            ),
        )
    if kit.printer:
        yield Part(
            key="printer",
            title=f"receipt printer, {kit.printer.paper_mm} mm",
            wires=(Wire("USB plug", USB, "grey"),),
            buy=(f"1 × receipt printer on USB, paper {kit.printer.paper_mm} mm, own power supply",),
            note="It is fed by its own supply, never by the board.",
        )


def _screen(kit: Kit) -> Part:
    screen = kit.screen
    assert screen, "only a kit with a screen is asked"
    size = f"{screen.width_px} × {screen.height_px}"
    width_mm, height_mm = (
        round(pixels / screen.px_per_mm) for pixels in (screen.width_px, screen.height_px)
    )
    measures = f"about {width_mm} × {height_mm}"
    wires: tuple[Wire, ...]
    if screen.connection == "hdmi":
        wires = (Wire("HDMI cable", HDMI, "blue"), Wire("USB: touch, power", USB, "grey"))
    else:
        wires = (
            Wire("DSI ribbon", DSI, "blue"),
            Wire("5V", "5V", "red"),
            Wire("GND", "GND", "black"),
        )
    return Part(
        key="screen",
        title=f"touch screen {size}",
        wires=wires,
        buy=(f"1 × touch screen {size} on {screen.connection.upper()}, {measures} mm visible",),
        note=(
            "Measure the visible width before it is closed: pixels across, divided by its "
            f"millimetres, must be {screen.px_per_mm}, or letters and buttons have the wrong size."
        ),
    )
