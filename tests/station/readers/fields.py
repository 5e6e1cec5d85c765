"""Fields of tags drawn by lot, and what a station must make of them."""

import random
from collections.abc import Callable, Mapping

from msgspec import Struct

from station.readers.chips.noise import Noise
from station.readers.chips.virtual_cards import Classic, SmartCard
from station.readers.chips.virtual_mfrc522 import VirtualMfrc522
from station.readers.chips.virtual_ntag import NTAG213, NTAG215, NTAG216, Ntag
from station.readers.chips.virtual_pn5180 import VirtualPn5180
from station.readers.chips.virtual_tags import VirtualTag
from station.readers.chips.virtual_vicinity import SLIX, SLIX2, Icode
from station.readers.port import Reader

POLLS_MAX = 3
"""A tag missing in two polls has left: what three polls find is what a person laid down."""


class Tally(Struct):
    """What became of many fields."""

    fields: int = 0
    tags: int = 0
    wrong: int = 0
    missed: int = 0
    whole_at_once: int = 0
    frames: int = 0
    damaged: int = 0


def tags(chance: random.Random) -> dict[str, VirtualTag]:
    """Return one to eight tags by UID: mostly books, some that differ in one bit, some cards."""
    return _drawn(chance, _tag)


def books(chance: random.Random) -> dict[str, VirtualTag]:
    """Return one to eight books with ISO 15693 tags, some that differ in one bit."""
    return _drawn(chance, _book)


def books_and_cards(chance: random.Random) -> dict[str, VirtualTag]:
    """Return one to eight tags of both worlds."""

    def either(chance: random.Random, others: list[VirtualTag]) -> VirtualTag:
        return chance.choice((_tag, _book))(chance, others)

    return _drawn(chance, either)


def _drawn(
    chance: random.Random, draw: Callable[[random.Random, list[VirtualTag]], VirtualTag]
) -> dict[str, VirtualTag]:
    drawn: dict[str, VirtualTag] = {}
    wanted = chance.randint(1, 8)
    while len(drawn) < wanted:
        tag = draw(chance, [*drawn.values()])
        drawn[tag.uid.hex()] = tag
    return drawn


def _book(chance: random.Random, others: list[VirtualTag]) -> VirtualTag:
    uid = bytes.fromhex("e00401") + chance.randbytes(5)
    twins = [tag.uid for tag in others if isinstance(tag, Icode)]
    if twins and chance.random() < 0.3:
        uid = (int.from_bytes(chance.choice(twins)) ^ 1 << chance.randrange(40)).to_bytes(8)
    kind = chance.choice((SLIX, SLIX, SLIX2))
    memory = chance.randbytes(chance.choice((32, 34, 112)))
    afi, dsfid = chance.choice((0x07, 0xC2)), chance.choice((0x06, 0x3E))
    return Icode(uid, memory, kind=kind, afi=afi, dsfid=dsfid, eas=chance.random() < 0.5)


def _tag(chance: random.Random, others: list[VirtualTag]) -> VirtualTag:
    if chance.random() < 0.1:
        return SmartCard(b"\x04" + chance.randbytes(chance.choice((3, 6, 9))))
    if chance.random() < 0.1:
        return Classic(b"\x5e" + chance.randbytes(3))
    uid = b"\x04" + chance.randbytes(6)
    twins = [tag.uid for tag in others if isinstance(tag, Ntag)]
    if twins and chance.random() < 0.3:
        uid = (int.from_bytes(chance.choice(twins)) ^ 1 << chance.randrange(48)).to_bytes(7)
    kind = chance.choice((NTAG213, NTAG213, NTAG215, NTAG216))
    # A block's first byte is never one of a text's: 0x11 and what may follow.
    return Ntag(uid, b"\x11" + chance.randbytes(35), kind=kind)


Draw = Callable[[random.Random], dict[str, VirtualTag]]
Chip = VirtualMfrc522 | VirtualPn5180


def tally(chip: Chip, reader: Reader, seeds: range, *, rate: float, draw: Draw = tags) -> Tally:
    """Return what *reader* made of the fields of *seeds*, one frame in 1/*rate* damaged."""
    total = Tally()
    for seed in seeds:
        laid = draw(random.Random(seed))
        for tag in laid.values():
            chip.field.put(tag)
        chip.noise = Noise(rate, seed=seed)
        _judge(chip, reader, laid, total)
        total.damaged += chip.noise.damaged
        chip.noise = None
        for tag in laid.values():
            chip.field.take(tag.uid)
        for _ in range(2):
            assert reader.poll() == []
    return total


def _judge(chip: Chip, reader: Reader, laid: Mapping[str, VirtualTag], total: Tally) -> None:
    told: set[str] = set()
    before = chip.frames
    for poll in range(1, POLLS_MAX + 1):
        for tag in reader.poll():
            total.wrong += not _right(tag, laid)
            if tag.image or not isinstance(laid.get(tag.uid), Ntag | Icode):
                told.add(tag.uid)
        if told == laid.keys():
            total.whole_at_once += poll == 1
            break
    total.fields += 1
    total.tags += len(laid)
    total.missed += len(laid.keys() - told)
    total.frames += chip.frames - before


def _right(tag, laid: Mapping[str, VirtualTag]) -> bool:
    real = laid.get(tag.uid)
    if real is None or tag.identity_only is not isinstance(real, SmartCard):
        return False
    if tag.image is None:
        return True
    if isinstance(real, Icode):
        said = tag.image.memory, tag.image.afi, tag.image.dsfid
        return said == (real.user_memory, real.afi, real.dsfid)
    return isinstance(real, Ntag) and tag.image.memory == real.user_memory[:36]
