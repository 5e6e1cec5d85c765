"""Tag readers: a driver is a name in the kit, imported when chosen."""

from importlib import import_module
from typing import cast

from station.readers.port import Reader
from station.readers.tag_keys import NO_KEYS, TagKeys

READERS = {"rc522": "station.readers.rc522:Rc522Reader"}


def open_reader(
    driver: str, *, bus: int, device: int, reset_pin: int | None = None, keys: TagKeys = NO_KEYS
) -> Reader:
    """Return the reader called *driver*; only its own libraries are loaded.

    What asks for a key before it is read or written is opened with *keys*.
    """
    module, _, name = READERS[driver].partition(":")
    make = getattr(import_module(module), name)
    return cast("Reader", make(bus=bus, device=device, reset_pin=reset_pin, keys=keys))
