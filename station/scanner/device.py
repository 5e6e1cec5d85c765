"""A scanner as the kernel gives it: found by its name, grabbed, and read record by record."""

import errno
import fcntl
import os
import select
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from station.errors import ReaderUnavailableError

INPUT = Path("/dev/input")
RECORD = struct.Struct("llHHi")
"""struct input_event: seconds, microseconds, type, code, value (linux/input.h)."""
EVIOCGRAB = 0x40044590
NAME_BYTES = 256
EVIOCGNAME = 0x80004506 | NAME_BYTES << 16
RECORDS_AT_ONCE = 64


class Key(NamedTuple):
    """One record: when (milliseconds of the device's clock), and what."""

    at_ms: int
    type: int
    code: int
    value: int


class KeySource(Protocol):
    """Whatever keys come from."""

    def keys(self, wait_seconds: float) -> Iterator[Key]:
        """Yield what has come, waiting *wait_seconds* for the first; unplugged is an error."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Keyboard:
    """Keys from an open file of records."""

    def __init__(self, handle: int) -> None:
        """Read *handle*, and close it in the end."""
        self._handle = handle
        self._rest = b""

    def keys(self, wait_seconds: float) -> Iterator[Key]:
        """Yield what has come, waiting *wait_seconds* for the first.

        A scanner that was unplugged is a `ReaderUnavailableError`.
        """
        ready, _, _ = select.select([self._handle], [], [], wait_seconds)
        if not ready:
            return
        try:
            body = os.read(self._handle, RECORD.size * RECORDS_AT_ONCE)
        except OSError as error:
            raise ReaderUnavailableError(
                f"the scanner has gone ({errno.errorcode.get(error.errno or 0, '?')}); "
                "plug it in again"
            ) from error
        if not body:
            raise ReaderUnavailableError("the scanner has gone; plug it in again")
        body = self._rest + body
        whole = len(body) - len(body) % RECORD.size
        self._rest = body[whole:]
        for seconds, micros, type_, code, value in RECORD.iter_unpack(body[:whole]):
            yield Key(seconds * 1000 + micros // 1000, type_, code, value)

    def close(self) -> None:
        """Let go of the device, and so of the grab."""
        os.close(self._handle)


def open_scanner(name: str, folder: Path = INPUT) -> Keyboard:
    """Return the scanner whose name has *name* in it, grabbed; else `ReaderUnavailableError`."""
    refused = False
    for path in sorted(folder.glob("event*")):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except PermissionError:
            refused = True
            continue
        except OSError:
            continue
        if name.casefold() in _name(handle).casefold():
            return _grabbed(handle, name)
        os.close(handle)
    if refused:
        raise ReaderUnavailableError(
            f"no scanner {name!r} may be read; add this user to the group input"
        )
    raise ReaderUnavailableError(f"no scanner {name!r} is plugged in")


def _name(handle: int) -> str:
    told = bytearray(NAME_BYTES)
    try:
        fcntl.ioctl(handle, EVIOCGNAME, told)
    except OSError:
        return ""
    return bytes(told).partition(b"\0")[0].decode(errors="replace")


def _grabbed(handle: int, name: str) -> Keyboard:
    try:
        fcntl.ioctl(handle, EVIOCGRAB, 1)
    except OSError as error:
        os.close(handle)
        raise ReaderUnavailableError(
            f"scanner {name!r} is held by another program ({error.strerror})"
        ) from error
    return Keyboard(handle)
