"""Tag readers: a driver is a name in the kit, imported when chosen."""

from importlib import import_module
from typing import Any, cast

from station.readers.port import Reader
from station.readers.tag_keys import NO_KEYS, TagKeys

READERS = {
    "rc522": "station.readers.rc522:Rc522Reader",
    "pn5180": "station.readers.pn5180:Pn5180Reader",
}


def open_reader(
    driver: str,
    *,
    bus: int,
    device: int,
    reset_pin: int | None = None,
    busy_pin: int | None = None,
    keys: TagKeys = NO_KEYS,
    pins: Any = None,
) -> Reader:
    """Return the reader called *driver*; only its own libraries are loaded.

    What asks for a key before it is read or written is opened with *keys*; *pins* is the gpiozero
    factory of a chip with a BUSY line, None the board's own.
    """
    module, _, name = READERS[driver].partition(":")
    make = getattr(import_module(module), name)
    lines = {} if busy_pin is None else {"busy_pin": busy_pin, "pins": pins}
    return cast("Reader", make(bus=bus, device=device, reset_pin=reset_pin, keys=keys, **lines))
