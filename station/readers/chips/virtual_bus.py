"""An SPI bus without wires: `spidev` and `RPi.GPIO` for a machine that has neither."""

import sys
from types import ModuleType
from typing import Protocol


class Chip(Protocol):
    """What can sit on the bus."""

    def transfer(self, sent: list[int]) -> list[int]:
        """Return what is shifted out while *sent* is shifted in."""
        ...


_chips: dict[tuple[int, int], Chip] = {}
_forbidden: set[tuple[int, int]] = set()


def attach(bus: int, device: int, chip: Chip) -> None:
    """Solder *chip* to chip select *device* of *bus*, in place of what was there."""
    _chips[bus, device] = chip


def detach(bus: int, device: int) -> None:
    """Take the chip away; opening the device then fails as on a Pi without it."""
    _chips.pop((bus, device), None)
    _forbidden.discard((bus, device))


def forbid(bus: int, device: int) -> None:
    """Let this user not open the device, as one who is not in group spi."""
    _forbidden.add((bus, device))


class SpiDev:
    """The part of spidev's class that a driver needs, with its refusals."""

    def __init__(self) -> None:
        """Begin closed."""
        self.max_speed_hz = 500_000
        self.mode = 0
        self._chip: Chip | None = None

    def open(self, bus: int, device: int) -> None:
        """Open /dev/spidev*bus*.*device*."""
        if (bus, device) not in _chips:
            raise FileNotFoundError(2, "No such file or directory", f"/dev/spidev{bus}.{device}")
        if (bus, device) in _forbidden:
            raise PermissionError(13, "Permission denied", f"/dev/spidev{bus}.{device}")
        self._chip = _chips[bus, device]

    def xfer2(self, sent: list[int]) -> list[int]:
        """Shift *sent* out and return what came in."""
        if self._chip is None:
            raise OSError(9, "Bad file descriptor")
        return self._chip.transfer(sent)

    def close(self) -> None:
        """Close the device."""
        self._chip = None


class Gpio(ModuleType):
    """The part of RPi.GPIO that mfrc522 calls: a reset pin that holds the chip awake."""

    BOARD, BCM = 10, 11
    OUT, IN = 0, 1

    def __init__(self) -> None:
        """Begin without a numbering mode."""
        super().__init__("RPi.GPIO")
        self._mode: int | None = None
        self.levels: dict[int, int] = {}

    def getmode(self) -> int | None:
        """Return how pins are numbered, None before anyone has said."""
        return self._mode

    def setmode(self, mode: int) -> None:
        """Set the numbering of pins to *mode*, for the whole process."""
        if self._mode not in {None, mode}:
            raise ValueError("A different mode has already been set!")
        self._mode = mode

    def setup(self, pin: int, direction: int) -> None:
        """Claim *pin*."""
        if self._mode is None:
            raise RuntimeError("Please set pin numbering mode using GPIO.setmode")
        if direction == self.OUT:
            self.levels[pin] = 0

    def output(self, pin: int, level: int) -> None:
        """Drive *pin*."""
        if pin not in self.levels:
            raise RuntimeError("The GPIO channel has not been set up as an OUTPUT")
        self.levels[pin] = level

    def cleanup(self, pin: int) -> None:
        """Let *pin* go."""
        self.levels.pop(pin, None)


def install() -> None:
    """Put the bus in the place of the real modules; only where no part of a kit is real."""
    if _is_installed():
        return
    for name in ("spidev", "RPi.GPIO", "mfrc522"):
        assert name not in sys.modules, f"{name} is loaded already: a real kit has no virtual bus"
    spidev = ModuleType("spidev")
    vars(spidev)["SpiDev"] = SpiDev
    package, gpio = ModuleType("RPi"), Gpio()
    vars(package)["GPIO"] = gpio
    sys.modules.update({"spidev": spidev, "RPi": package, "RPi.GPIO": gpio})


def _is_installed() -> bool:
    return getattr(sys.modules.get("spidev"), "SpiDev", None) is SpiDev
