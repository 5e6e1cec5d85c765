"""The PN5180 on an SPI bus, opened and known by its versions, or told why it cannot be."""

from contextlib import ExitStack
from typing import Any, NamedTuple

from station.errors import ReaderUnavailableError
from station.readers.pn5180_host import (
    VERSIONS_AT,
    VERSIONS_BYTES,
    Line,
    OutputLine,
    Pn5180Host,
)
from station.readers.transceiver import Spi

SPI_HZ = 2_000_000
"""Less than a third of what the chip can take: its wires are often long."""
PRODUCT_MAJORS = range(2, 6)
NO_CHIP = (b"\x00" * VERSIONS_BYTES, b"\xff" * VERSIONS_BYTES)
"""What a bus reads where nothing pulls it: a wire is loose, or the chip has no power."""


class Wiring(NamedTuple):
    """Where one chip is soldered."""

    bus: int
    device: int
    busy_pin: int | None
    reset_pin: int | None

    @property
    def name(self) -> str:
        """Return what a technician calls the place."""
        return f"SPI bus {self.bus}, device {self.device}"


class Versions(NamedTuple):
    """What a chip says it is; each number is major and minor."""

    product: tuple[int, int]
    firmware: tuple[int, int]
    eeprom: tuple[int, int]


def open_host(wiring: Wiring, pins: Any) -> tuple[Pn5180Host, Versions]:
    """Return the chip, newly reset, and its versions, or raise `ReaderUnavailableError`.

    *pins* is the gpiozero factory of its two pins, None the board's own.
    """
    name = wiring.name
    busy_pin, reset_pin = wiring.busy_pin, wiring.reset_pin
    if busy_pin is None or reset_pin is None:
        raise ReaderUnavailableError(
            f"{name}: the kit must name busy_pin and reset_pin; "
            "say which GPIOs the chip's BUSY and RST are on"
        )
    with ExitStack() as undone:
        spi = _spi(wiring)
        undone.callback(spi.close)
        not_busy, reset = _lines(wiring, pins, undone)
        host = Pn5180Host(spi, not_busy, reset)
        try:
            host.reset()
            said = host.read_eeprom(VERSIONS_AT, VERSIONS_BYTES)
        except OSError as error:
            raise ReaderUnavailableError(f"{name}: {error}") from error
        versions = _versions(said, name)
        undone.pop_all()
    return host, versions


def _spi(wiring: Wiring) -> Spi:
    try:
        # Only a real board has spidev, and a bench its own.
        from spidev import SpiDev  # noqa: PLC0415

        spi = SpiDev()
        spi.open(wiring.bus, wiring.device)
        spi.max_speed_hz = SPI_HZ
        spi.mode = 0
    except PermissionError as error:
        raise ReaderUnavailableError(
            f"{wiring.name}: this user may not use it ({error}); "
            "add the user to groups spi and gpio, and start the station again"
        ) from error
    except (ImportError, OSError) as error:
        raise ReaderUnavailableError(
            f"{wiring.name}: cannot be opened ({error}); check that config.txt turns SPI on"
        ) from error
    opened: Spi = spi
    return opened


def _lines(wiring: Wiring, pins: Any, undone: ExitStack) -> tuple[Line, OutputLine]:
    from gpiozero import (  # noqa: PLC0415 -- there are no pins before a reader is chosen
        DigitalInputDevice,
        DigitalOutputDevice,
        GPIOZeroError,
    )

    try:
        # With the pull-up a loose wire reads as busy, which is told, and not as ready.
        busy = DigitalInputDevice(wiring.busy_pin, pull_up=True, pin_factory=pins)
        undone.callback(busy.close)
        reset = DigitalOutputDevice(wiring.reset_pin, active_high=False, pin_factory=pins)
        undone.callback(reset.close)
    except (GPIOZeroError, ImportError, OSError, RuntimeError) as error:
        raise ReaderUnavailableError(
            f"{wiring.name}: busy_pin {wiring.busy_pin} or reset_pin {wiring.reset_pin} cannot be "
            f"used ({error}); check that nothing else uses it and that this user is in group gpio"
        ) from error
    # With the pull-up gpiozero calls a low pin active: ready.
    not_busy: Line = busy
    reset_line: OutputLine = reset
    return not_busy, reset_line


def _versions(said: bytes, name: str) -> Versions:
    if said in NO_CHIP:
        raise ReaderUnavailableError(
            f"{name}: no PN5180 answers (versions {said.hex()}); "
            "check 3.3 V and 5 V, ground, MISO, MOSI and the chip select"
        )
    numbers = [(said[at + 1], said[at]) for at in range(0, VERSIONS_BYTES, 2)]
    if numbers[0][0] not in PRODUCT_MAJORS:
        raise ReaderUnavailableError(
            f"{name}: what answers is no PN5180 (versions {said.hex()}); "
            "check that the kit names this chip's bus and device, and shorten the wires"
        )
    return Versions(*numbers)
