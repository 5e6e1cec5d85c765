"""Tag readers: a driver is a name in the kit, imported when chosen."""

from importlib import import_module
from typing import cast

from station.readers.port import Reader

READERS = {"rc522": "station.readers.rc522:Rc522Reader"}


def open_reader(driver: str, *, bus: int, device: int, reset_pin: int | None = None) -> Reader:
    """Return the reader called *driver*; only its own libraries are loaded."""
    module, _, name = READERS[driver].partition(":")
    reader = getattr(import_module(module), name)(bus=bus, device=device, reset_pin=reset_pin)
    return cast("Reader", reader)
