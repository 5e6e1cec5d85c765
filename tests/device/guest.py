#!/usr/bin/python3.11
"""The one program of a virtual machine: a scanner of the kernel's own, read by ours.

Each check says on the machine's console that it held, or why it did not.
"""

import ctypes
import fcntl
import os
import queue
import struct
import sys
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, "/fingertopp")

from station.errors import ReaderUnavailableError
from station.scanner.carrier import ScannerCarrier
from station.scanner.device import Keyboard, open_scanner
from tests.station.scanner.typing import typed

SOON = 30.0
NAME, OTHER = "Ring Scanner 2000", "Plain Keyboard"
EV_SYN, EV_KEY, EV_MSC = 0, 1, 4
UI_SET_EVBIT, UI_SET_KEYBIT, UI_SET_MSCBIT = 0x40045564, 0x40045565, 0x40045568
UI_DEV_SETUP, UI_DEV_CREATE, UI_DEV_DESTROY = 0x405C5503, 0x5501, 0x5502
SETUP = struct.Struct("HHHH80sI")
"""struct uinput_setup: bus, vendor, product, version, name, effects (linux/uinput.h)."""
BUS_USB = 3
KEYS = 248
RECORD_BYTES = 24
FINIT_MODULE = 313
RESTART = 0x01234567
MOUNTS = (("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev"))

libc = ctypes.CDLL("libc.so.6", use_errno=True)


class Plugged:
    """A keyboard that the kernel makes of what is written to it."""

    def __init__(self, name: str) -> None:
        self._handle = os.open("/dev/uinput", os.O_WRONLY)
        for event in (EV_SYN, EV_KEY, EV_MSC):
            fcntl.ioctl(self._handle, UI_SET_EVBIT, event)
        for key in range(1, KEYS):
            fcntl.ioctl(self._handle, UI_SET_KEYBIT, key)
        fcntl.ioctl(self._handle, UI_SET_MSCBIT, 4)
        fcntl.ioctl(self._handle, UI_DEV_SETUP, SETUP.pack(BUS_USB, 1, 2, 3, name.encode(), 0))
        fcntl.ioctl(self._handle, UI_DEV_CREATE)

    def type(self, records: bytes) -> None:
        """Write *records* one after the other: the kernel keeps 64 for who reads slowly."""
        for at in range(0, len(records), RECORD_BYTES):
            os.write(self._handle, records[at : at + RECORD_BYTES])
            time.sleep(0.001)

    def pull_out(self) -> None:
        fcntl.ioctl(self._handle, UI_DEV_DESTROY)
        os.close(self._handle)


@contextmanager
def plugged(name: str):
    device = Plugged(name)
    yield device
    device.pull_out()


def found_by_its_name_grabbed_and_read() -> None:
    texts: queue.Queue[str] = queue.Queue()
    faults: queue.Queue[str | None] = queue.Queue()
    with plugged(OTHER) as other, plugged(NAME) as scanner:
        node = max(Path("/dev/input").glob("event*"), key=lambda path: int(path.name[5:]))
        stranger = os.open(node, os.O_RDONLY | os.O_NONBLOCK)
        opened: queue.Queue[Keyboard] = queue.Queue()
        carrier = ScannerCarrier(
            lambda: _opened("ring scanner", opened), on_text=texts.put, on_fault=faults.put
        )
        carrier.start()
        opened.get(timeout=SOON)
        assert "held by another program" in _refusal()
        other.type(typed("666"))
        for number in ("30000001", "ABC-123/x", "9789113084909"):
            scanner.type(typed(number))
            assert texts.get(timeout=SOON) == number
        try:
            heard = os.read(stranger, 24)
        except BlockingIOError:
            heard = b""
        assert heard == b"", "somebody else heard what was scanned"
        assert texts.empty()
        carrier.stop()
        scanner.type(typed("1"))
        time.sleep(0.2)
        assert os.read(stranger, 24), "a scanner that was let go is everybody's again"
        os.close(stranger)


def _opened(name: str, told: "queue.Queue[Keyboard]") -> "Keyboard":
    keyboard = open_scanner(name)
    told.put(keyboard)
    return keyboard


def _refusal() -> str:
    try:
        open_scanner(NAME).close()
    except ReaderUnavailableError as error:
        return str(error)
    return ""


def pulled_out_in_the_midst_and_plugged_in_again() -> None:
    texts: queue.Queue[str] = queue.Queue()
    faults: queue.Queue[str | None] = queue.Queue()
    opened: queue.Queue[Keyboard] = queue.Queue()
    carrier = ScannerCarrier(
        lambda: _opened(NAME, opened), on_text=texts.put, on_fault=faults.put, retry_seconds=0.2
    )
    with plugged(NAME) as scanner:
        carrier.start()
        opened.get(timeout=SOON)
        scanner.type(typed("3000", end=None))
    fault = faults.get(timeout=SOON)
    assert fault is not None
    assert "plug it in again" in fault, fault
    with plugged(NAME) as scanner:
        assert faults.get(timeout=SOON) is None
        opened.get(timeout=SOON)
        scanner.type(typed("30000002"))
        assert texts.get(timeout=SOON) == "30000002"
    carrier.stop()


def not_for_a_user_outside_the_group() -> None:
    with plugged(NAME):
        child = os.fork()
        if child == 0:
            os.setuid(1000)
            os._exit("group input" not in _refusal())
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


CHECKS = (
    found_by_its_name_grabbed_and_read,
    pulled_out_in_the_midst_and_plugged_in_again,
    not_for_a_user_outside_the_group,
)


def _prepare() -> None:
    for kind, at in MOUNTS:
        Path(at).mkdir(exist_ok=True)
        if libc.mount(kind.encode(), at.encode(), kind.encode(), 0, None):
            raise OSError(ctypes.get_errno(), f"mount {at}")
    console = os.open("/dev/console", os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(console, handle)
    for name in ("evdev", "uinput"):
        with Path(f"/modules/{name}.ko").open("rb") as module:
            if libc.syscall(FINIT_MODULE, module.fileno(), b"", 0):
                raise OSError(ctypes.get_errno(), f"module {name}")


def main() -> None:
    """Check everything, and switch the machine off."""
    try:
        _prepare()
        for check in CHECKS:
            try:
                check()
            except Exception:  # noqa: BLE001 -- whatever it is, the console is told
                traceback.print_exc()
                print(f"FAILED {check.__name__}", flush=True)
            else:
                print(f"HELD {check.__name__}", flush=True)
    finally:
        os.sync()
        libc.reboot(RESTART)


if __name__ == "__main__":
    main()
