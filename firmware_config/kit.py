"""Kits: which parts a station has, and where each is soldered."""

import difflib
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from circulation import settings
from circulation.errors import ConfigError
from circulation.toml_lines import line_of
from firmware_config import kit_check
from firmware_config.errors import KitError

KITS = Path(__file__).parent / "kits"

Pin = Annotated[int, Meta(ge=0, le=1_000)]
"""A GPIO by its BCM number; `wiring` says which of them are on the header."""

Words = Annotated[str, Meta(min_length=2, max_length=100, pattern=r"^[^\x00-\x1f<>|`]+$")]
"""What is printed on pages and drawings: one line, without the signs that lay them out."""

Key = Literal[
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "clear", "ok",
    "up", "down", "left", "right", "centre", "repeat", "louder", "softer",
]  # fmt: skip


class _Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class KitReader(_Part, frozen=True, kw_only=True):
    """A tag reader on SPI bus *bus*, chip select *device*, held at *place*."""

    place: Literal["card", "pad", "finger"]
    driver: Literal["rc522", "pn5180"] = "rc522"
    bus: Annotated[int, Meta(ge=0, le=1)]
    device: Annotated[int, Meta(ge=0, le=2)]
    reset_pin: Pin | None = None
    busy_pin: Pin | None = None
    """Where a PN5180 says that it works; an MFRC522 has no such line."""
    supply: Literal["", "3V3", "5V"] = ""
    """What feeds its antenna; "" is what its chip wants: 3V3 an MFRC522, 5V a PN5180."""
    virtual: bool = False


class KitScanner(_Part, frozen=True, kw_only=True):
    """A barcode scanner or ring at *place*, found by what it calls itself."""

    place: Literal["pad", "finger"]
    name: Words
    virtual: bool = False


class KitScreen(_Part, frozen=True, kw_only=True):
    """A touch screen; *px_per_mm* turns the page's millimetres into pixels.

    A screen on *connection* "hdmi" has its touch, and its power, on USB.
    """

    width_px: Annotated[int, Meta(ge=320, le=7680)]
    height_px: Annotated[int, Meta(ge=240, le=4320)]
    px_per_mm: Annotated[float, Meta(ge=0.5, le=40)]
    connection: Literal["dsi", "hdmi"] = "dsi"
    virtual: bool = False


class KitPrinter(_Part, frozen=True, kw_only=True):
    """A receipt printer on USB with paper *paper_mm* wide, fed by a supply of its own."""

    paper_mm: Literal[58, 80] = 80
    virtual: bool = False


class KitSound(_Part, frozen=True, kw_only=True):
    """Where speech goes: *sink* to play it, *overlay* for a sound card of its own."""

    sink: Literal["auto", "aplay", "null"] = "auto"
    overlay: Literal["", "hifiberry-dac", "i2s-dac", "googlevoicehat-soundcard", "max98357a"] = ""


class Kit(_Part, frozen=True, kw_only=True):
    """What is soldered where on one sort of station."""

    name: Words
    kind: Literal["loan", "listening"]
    title: Words
    board: Literal["pi4", "pi5", "zero2"] = "pi4"
    readers: tuple[KitReader, ...] = field(name="reader", default=())
    scanner: KitScanner | None = None
    keys: dict[Key, Pin] = field(default_factory=dict)
    lamp: Pin | None = None
    buzzer: Pin | None = None
    jack: Pin | None = None
    """Closed while headphones are in."""
    pins_virtual: bool = False
    screen: KitScreen | None = None
    printer: KitPrinter | None = None
    sound: KitSound = KitSound()

    @property
    def wholly_simulated(self) -> bool:
        """Return True only where no part is real: readers, scanner, pins and screen."""
        others = (self.scanner, self.screen, self.printer)
        parts = [*self.readers, *(part for part in others if part)]
        return bool(self.readers) and self.pins_virtual and all(part.virtual for part in parts)

    @property
    def carries_piper(self) -> bool:
        """Return whether the board's memory has room for a Piper voice; 512 MB have not."""
        return self.board != "zero2"

    def reader_at(self, place: str) -> KitReader | None:
        """Return the reader at *place*, or None where the kit has none."""
        return next((reader for reader in self.readers if reader.place == place), None)


def names() -> list[str]:
    """Return the kits that come with the product."""
    return sorted(path.stem for path in KITS.glob("*.toml"))


def load_kit(name_or_path: str | Path) -> Kit:
    """Return the kit of that name or in that file; one that cannot be built is a `KitError`."""
    path = path_of(name_or_path)
    try:
        kit = settings.load(path, Kit)
    except ConfigError as error:
        raise KitError(str(error)) from error
    if wrong := kit_check.problem(kit):
        line = line_of(path.read_text(encoding="utf-8"), wrong.key)
        where = f"{path}:{line}" if line else str(path)
        raise KitError(f"{where}: `{wrong.key}`: {wrong.text}")
    return kit


def path_of(name_or_path: str | Path) -> Path:
    """Return the file of the kit of that name, or that path itself."""
    text = str(name_or_path)
    if "/" in text or text.endswith(".toml"):
        return Path(name_or_path)
    if text in names():
        return KITS / f"{text}.toml"
    near = difflib.get_close_matches(text, names(), n=1)
    meant = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(names())}"
    raise KitError(f"no kit is called `{text}`; {meant}")
