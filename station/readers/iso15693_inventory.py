"""Which ISO 15693 tags answer in a field: one question for all, and 16 slots where many do."""

from typing import NamedTuple

from station.readers.iso15693 import (
    HIGH_RATE,
    INVENTORY_FLAG,
    ONE_SLOT,
    UID_BYTES,
    UID_HEAD,
    Echo,
    VicinityExchange,
)

INVENTORY = 0x01
SLOTS, SLOT_BITS = 16, 4
MASK_BITS_MAX = 60
"""With the slot's four bits that is a whole UID."""
INVENTORIES_MAX = 64
"""In one search; eight tags of which some differ in their last bit only need fewer."""
UNCLEAR_MAX = 12
"""More unclear slots at once than eight tags can make: the air is not clear, as over metal."""


class Heard(NamedTuple):
    """One tag that answered."""

    uid: bytes
    """As the standard prints it, from E0 on."""
    dsfid: int


class Mask(NamedTuple):
    """The last *bits* of a UID; only tags that end so answer."""

    value: int = 0
    bits: int = 0

    def grown(self, slot: int) -> "Mask":
        """Return the mask of those that answered in *slot*."""
        return Mask(self.value | slot << self.bits, self.bits + SLOT_BITS)

    def shrunk(self) -> "Mask":
        """Return the mask that this one was grown from."""
        bits = self.bits - SLOT_BITS
        return Mask(self.value & ((1 << bits) - 1), bits)

    def to_bytes(self) -> bytes:
        """Return the mask as it is sent: its length, and its value in whole bytes."""
        return bytes([self.bits]) + self.value.to_bytes((self.bits + 7) // 8, "little")


def call_all(air: VicinityExchange) -> Echo | None:
    """Return what comes back when every tag that is not quiet is asked at once."""
    return air.ask(bytes([HIGH_RATE | INVENTORY_FLAG | ONE_SLOT, INVENTORY]) + Mask().to_bytes())


def search(air: VicinityExchange) -> list[Heard]:
    """Return the tags that are not quiet, each once; a damaged frame may keep one back."""
    found: dict[bytes, Heard] = {}
    masks = [Mask()]
    for _ in range(INVENTORIES_MAX):
        if not masks:
            break
        mask = masks.pop()
        echoes = _sixteen(air, mask)
        unclear = [slot for slot, echo in echoes.items() if not heard(echo)]
        found.update((tag.uid, tag) for echo in echoes.values() if (tag := heard(echo)))
        if len(unclear) > UNCLEAR_MAX:
            break
        if not echoes and mask.bits:
            # Somebody answered to this mask: the question was damaged, or a slot miscounted.
            masks.append(mask.shrunk())
        elif mask.bits < MASK_BITS_MAX:
            # What is unclear may be one tag, damaged; asking on tells that one, too.
            masks += [mask.grown(slot) for slot in unclear]
    return list(found.values())


def heard(echo: Echo) -> Heard | None:
    """Return the tag that *echo* is from; None where it is not one tag's whole answer."""
    data = echo.data
    if not echo.clear or len(data) != 2 + UID_BYTES or data[0] or data[-1] != UID_HEAD:
        return None
    return Heard(data[:1:-1], data[1])


def _sixteen(air: VicinityExchange, mask: Mask) -> dict[int, Echo]:
    """Return what came back in each slot that was not empty."""
    request = bytes([HIGH_RATE | INVENTORY_FLAG, INVENTORY]) + mask.to_bytes()
    echoes: dict[int, Echo] = {}
    for slot in range(SLOTS):
        echo = air.next_slot() if slot else air.ask(request)
        if echo is not None:
            echoes[slot] = echo
    return echoes
