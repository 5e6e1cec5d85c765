"""What a poll costs on each chip, against the fewest frames with which its protocol can do it.

A frame is one question or one answer in the air; a transfer is one use of the SPI bus. Times are
those of the real driver with all its waiting, on a virtual chip whose air and bus take none; of
many rounds the least is told, because what else the machine does is not the driver's. The time of
a read is that of the whole poll in which it is done, which waits far longer than it reads.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

from station.readers.chips import virtual_bus
from station.readers.chips.virtual_lines import mock_board
from station.readers.chips.virtual_mfrc522 import VirtualMfrc522
from station.readers.chips.virtual_ntag import Ntag
from station.readers.chips.virtual_pn5180 import VirtualPn5180
from station.readers.chips.virtual_tags import VirtualTag
from station.readers.chips.virtual_vicinity import Icode
from station.readers.pn5180 import Pn5180Reader
from station.readers.port import Reader
from station.readers.rc522 import Rc522Reader

ROUNDS = 20
TAGS = 8
BLOCK = bytes(range(0x11, 0x11 + 34))

EMPTY_FRAMES = 1
"""ISO 14443-3A: one REQA that nobody answers."""
ONE_TAG_FRAMES = 11
"""REQA, anticollision and selection of two levels, each with its answer, and HLTA without one."""
INVENTORY_FRAMES = TAGS * ONE_TAG_FRAMES + 2 * (TAGS - 1) + 1
"""Besides, one more question for each tag that was not alone, and a REQA that nobody answers."""
READ_FRAMES = 2
"""One FAST_READ and its answer hold the block; for a book's own tag, one READ MULTIPLE."""

PAD_EMPTY_FRAMES = EMPTY_FRAMES + 1
"""Besides, one ISO 15693 inventory that nobody answers."""
PAD_INVENTORY_FRAMES = EMPTY_FRAMES + 16 + TAGS
"""Besides, 16 slots with an answer of each tag."""
BUSY_PIN, RESET_PIN = 23, 24

Chip = VirtualMfrc522 | VirtualPn5180
Measured = dict[str, tuple["Cost", int]]


class Cost(NamedTuple):
    """What something took."""

    frames: int
    transfers: int
    milliseconds: float

    def beyond(self, other: "Cost") -> "Cost":
        """Return the frames and transfers that *other* did without, in the same time."""
        frames, transfers = self.frames - other.frames, self.transfers - other.transfers
        return self._replace(frames=frames, transfers=transfers)


def _cost(chip: Chip, act: Callable[[], object]) -> Cost:
    frames, transfers, begun = chip.frames, chip.transfers, time.perf_counter()
    act()
    took = (time.perf_counter() - begun) * 1000
    return Cost(chip.frames - frames, chip.transfers - transfers, took)


def _typical(costs: list[Cost]) -> Cost:
    frames, transfers, milliseconds = zip(*costs, strict=True)
    return Cost(round(median(frames)), round(median(transfers)), min(milliseconds))


def _uid(number: int) -> bytes:
    # As a roll of stickers: one maker, one batch, and serial numbers spread by its writer.
    return b"\x04" + (number * 0x9E3779B97F4A % (1 << 48)).to_bytes(6)


def _book_uid(number: int) -> bytes:
    return bytes.fromhex("e00401") + (number * 0x9E3779B97F % (1 << 40)).to_bytes(5)


def _measured(
    chip: Chip, reader: Reader, made: Callable[[int], VirtualTag], fewest: tuple[int, int, int]
) -> Measured:
    """Return each cost with tags as *made* by number, and the *fewest* frames of each."""
    empty: list[Cost] = []
    inventory: list[Cost] = []
    new: list[Cost] = []
    known: list[Cost] = []
    for turn in range(ROUNDS):
        empty.append(_cost(chip, reader.poll))
        first, *others = (made(turn * TAGS + number) for number in range(TAGS))
        chip.field.put(first)
        reader.poll()
        chip.field.put(others.pop())
        new.append(_cost(chip, reader.poll))
        known.append(_cost(chip, reader.poll))
        for other in others:
            chip.field.put(other)
        reader.poll()
        inventory.append(_cost(chip, reader.poll))
        for tag in chip.field.tags:
            chip.field.take(tag.uid)
        reader.poll()
        # Whoever was missed is called for once more.
        reader.poll()
    names = ("empty poll", f"inventory of {TAGS}", "read of a block")
    block = _typical(new).beyond(_typical(known))
    costs = _typical(empty), _typical(inventory), block
    return dict(zip(names, zip(costs, fewest, strict=True), strict=True))


def measure() -> Measured:
    """Return each cost on an MFRC522, and the fewest frames it could have taken."""
    virtual_bus.install()
    chip = VirtualMfrc522()
    virtual_bus.attach(0, 0, chip)
    reader = Rc522Reader(bus=0, device=0, reset_pin=25)
    fewest = EMPTY_FRAMES, INVENTORY_FRAMES, READ_FRAMES
    told = _measured(chip, reader, lambda number: Ntag(_uid(number), BLOCK), fewest)
    reader.close()
    virtual_bus.detach(0, 0)
    return told


def measure_pad() -> Measured:
    """Return each cost on a PN5180, which asks both worlds, and the fewest frames of both."""
    virtual_bus.install()
    board: Any = mock_board()
    chip = VirtualPn5180()
    chip.solder(board, busy_pin=BUSY_PIN, reset_pin=RESET_PIN)
    virtual_bus.attach(0, 1, chip)
    reader = Pn5180Reader(bus=0, device=1, busy_pin=BUSY_PIN, reset_pin=RESET_PIN, pins=board)
    fewest = PAD_EMPTY_FRAMES, PAD_INVENTORY_FRAMES, READ_FRAMES
    told = _measured(chip, reader, lambda number: Icode(_book_uid(number), BLOCK), fewest)
    reader.close()
    virtual_bus.detach(0, 1)
    return told


def main() -> None:
    """Print what each costs, and how many times the fewest frames."""
    for make, told in (("MFRC522", measure()), ("PN5180", measure_pad())):
        print(f"{make:16} frames  fewest  ratio  transfers        ms")
        for name, (cost, fewest) in told.items():
            ratio = cost.frames / fewest
            print(
                f"{name:16} {cost.frames:6}  {fewest:6}  {ratio:5.2f}  "
                f"{cost.transfers:9}  {cost.milliseconds:8.2f}"
            )


if __name__ == "__main__":
    main()
