"""Fields of tags drawn by lot, and what a station must make of them."""

import random
from collections.abc import Mapping

from msgspec import Struct

from station.readers.chips.noise import Noise
from station.readers.chips.virtual_cards import Classic, SmartCard
from station.readers.chips.virtual_mfrc522 import VirtualMfrc522
from station.readers.chips.virtual_ntag import NTAG213, NTAG215, NTAG216, Ntag
from station.readers.chips.virtual_tags import VirtualTag
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
    drawn: dict[str, VirtualTag] = {}
    wanted = chance.randint(1, 8)
    while len(drawn) < wanted:
        tag = _tag(chance, [*drawn.values()])
        drawn[tag.uid.hex()] = tag
    return drawn


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


def tally(chip: VirtualMfrc522, reader: Reader, seeds: range, *, rate: float) -> Tally:
    """Return what *reader* made of the fields of *seeds*, one frame in 1/*rate* damaged."""
    total = Tally()
    for seed in seeds:
        laid = tags(random.Random(seed))
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


def _judge(
    chip: VirtualMfrc522, reader: Reader, laid: Mapping[str, VirtualTag], total: Tally
) -> None:
    told: set[str] = set()
    before = chip.frames
    for poll in range(1, POLLS_MAX + 1):
        for tag in reader.poll():
            total.wrong += not _right(tag, laid)
            if tag.image or not isinstance(laid.get(tag.uid), Ntag):
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
    return isinstance(real, Ntag) and tag.image.memory == real.user_memory[:36]
