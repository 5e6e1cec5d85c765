"""Kits: which parts a station has, and where each is soldered."""

import difflib
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from circulation import settings
from circulation.errors import ConfigError
from firmware_config import wiring
from firmware_config.errors import KitError

KITS = Path(__file__).parent / "kits"

Pin = Annotated[int, Meta(ge=2, le=27)]
"""A GPIO by its BCM number; 0 and 1 belong to the board's identity chip."""

Key = Literal[
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "clear", "ok",
    "up", "down", "left", "right", "centre", "repeat", "louder", "softer",
]  # fmt: skip
LISTENING_KEYS = ("up", "down", "left", "right", "centre")


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
    virtual: bool = False


class KitScanner(_Part, frozen=True, kw_only=True):
    """A barcode scanner or ring at *place*, found by what it calls itself."""

    place: Literal["pad", "finger"]
    name: Annotated[str, Meta(min_length=2)]
    virtual: bool = False


class KitScreen(_Part, frozen=True, kw_only=True):
    """A touch screen; *px_per_mm* turns the page's millimetres into pixels."""

    width_px: Annotated[int, Meta(ge=320, le=7680)]
    height_px: Annotated[int, Meta(ge=240, le=4320)]
    px_per_mm: Annotated[float, Meta(gt=0, le=40)]
    virtual: bool = False


class KitSound(_Part, frozen=True, kw_only=True):
    """Where speech goes: *sink* to play it, *overlay* for a sound card of its own."""

    sink: Literal["auto", "aplay", "null"] = "auto"
    overlay: Literal["", "hifiberry-dac", "i2s-dac", "googlevoicehat-soundcard", "max98357a"] = ""


class Kit(_Part, frozen=True, kw_only=True):
    """What is soldered where on one sort of station."""

    name: str
    kind: Literal["loan", "listening"]
    title: str
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
    sound: KitSound = KitSound()

    @property
    def wholly_simulated(self) -> bool:
        """Return True only where no part is real: readers, scanner, pins and screen."""
        parts = [*self.readers, *(part for part in (self.scanner, self.screen) if part)]
        return bool(self.readers) and self.pins_virtual and all(part.virtual for part in parts)

    def reader_at(self, place: str) -> KitReader | None:
        """Return the reader at *place*, or None where the kit has none."""
        return next((reader for reader in self.readers if reader.place == place), None)


def names() -> list[str]:
    """Return the kits that come with the product."""
    return sorted(path.stem for path in KITS.glob("*.toml"))


def load_kit(name_or_path: str | Path) -> Kit:
    """Return the kit of that name or in that file; one that cannot be built is a `KitError`."""
    path = _path(name_or_path)
    try:
        kit = settings.load(path, Kit)
    except ConfigError as error:
        raise KitError(str(error)) from error
    if problem := _problem(kit):
        raise KitError(f"{path}: {problem}")
    return kit


def _path(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if "/" in text or text.endswith(".toml"):
        return Path(name_or_path)
    if text in names():
        return KITS / f"{text}.toml"
    near = difflib.get_close_matches(text, names(), n=1)
    meant = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(names())}"
    raise KitError(f"no kit is called `{text}`; {meant}")


def _problem(kit: Kit) -> str:
    """Return why *kit* cannot be built, or nothing."""
    places = {reader.place for reader in kit.readers}
    if len(places) < len(kit.readers):
        return "two readers at one place; a visitor could not tell them apart"
    if kit.kind == "loan" and not ({"card", "pad"} <= places and kit.screen):
        return "a loan station needs a card reader, a pad and a screen"
    if kit.kind == "listening" and not (
        "finger" in places | _scanned(kit) and set(LISTENING_KEYS) <= set(kit.keys)
    ):
        keys = ", ".join(LISTENING_KEYS)
        return f"a listening station needs a finger reader or scanner and the keys {keys}"
    wrong_lines = filter(None, (_line_problem(reader, kit) for reader in kit.readers))
    return next(wrong_lines, "") or wiring.problem(_selects(kit), _pins(kit))


def _scanned(kit: Kit) -> set[str]:
    return {kit.scanner.place} if kit.scanner else set()


def _line_problem(reader: KitReader, kit: Kit) -> str:
    """Return which of its two lines *reader* of *kit* lacks or has too many, or nothing."""
    if reader.driver == "rc522":
        has = reader.busy_pin is not None
        return f"reader {reader.place}: an MFRC522 has no busy_pin" if has else ""
    if reader.busy_pin is None or reader.reset_pin is None:
        return f"reader {reader.place}: a PN5180 needs a busy_pin and a reset_pin"
    if kit.pins_virtual and not reader.virtual:
        return f"reader {reader.place}: a real PN5180 needs real pins"
    return ""


def _selects(kit: Kit) -> list[wiring.Select]:
    return [wiring.Select(r.place, r.bus, r.device) for r in kit.readers]


def _pins(kit: Kit) -> list[tuple[str, int]]:
    """Return every wired pin with the name of what it is for."""
    pins: list[tuple[str, int]] = [(f"keys.{name}", pin) for name, pin in kit.keys.items()]
    for reader in kit.readers:
        lines = (("reset", reader.reset_pin), ("busy", reader.busy_pin))
        pins += [(f"reader {reader.place}'s {name}", pin) for name, pin in lines if pin is not None]
    others = (("lamp", kit.lamp), ("buzzer", kit.buzzer), ("jack", kit.jack))
    return pins + [(name, pin) for name, pin in others if pin is not None]
