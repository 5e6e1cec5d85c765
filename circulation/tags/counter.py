"""The book as its own clock: how often it has been lent and returned, written on its tag.

Two slots of eight bytes stand at the very end of the tag's memory: a mark, the count, a checksum
over both and the tag's UID. A new count goes into the slot of the older one, so that a tag that
leaves in the midst of a write still says the count before.
"""

import binascii

from msgspec import Struct

from circulation.tags.image import TagImage

MARK = b"Ft"
SLOT_BYTES = 8
SLOTS = 2
ROOM_BYTES = SLOTS * SLOT_BYTES
COUNT_MAX = 0xFFFF_FFFF
_EMPTY = bytes(SLOT_BYTES)


class TagCounter(Struct, frozen=True):
    """What a tag counts: 0 where it has room and nobody has counted yet."""

    count: int
    at: int
    """Where in the user's memory its slots begin, in bytes."""


def read(image: TagImage) -> TagCounter | None:
    """Return what *image* counts; None where it has no room, or where something else stands there.

    Whether the room is free for it, where both slots are empty, is for whoever knows the format.
    """
    if not has_room(image):
        return None
    at = len(image.memory) - ROOM_BYTES
    slots = [image.memory[at + n * SLOT_BYTES :][:SLOT_BYTES] for n in range(SLOTS)]
    counts = [count for slot in slots if (count := _count(slot, image.uid)) is not None]
    torn = [slot for slot in slots if slot != _EMPTY and not slot.startswith(MARK)]
    if torn and not counts:
        return None
    return TagCounter(max(counts, default=0), at)


def has_room(image: TagImage) -> bool:
    """Return whether all of *image* was read, and its blocks are those of a slot."""
    return image.whole and len(image.memory) > ROOM_BYTES and SLOT_BYTES % image.block_bytes == 0


def next_slot(counter: TagCounter, uid: str) -> tuple[int, bytes]:
    """Return where in the memory of the tag *uid*, and what, is written to count one more."""
    count = counter.count + 1
    if count > COUNT_MAX:
        raise OverflowError(f"a tag counts to {COUNT_MAX}")
    body = MARK + count.to_bytes(4)
    return counter.at + count % SLOTS * SLOT_BYTES, body + _checksum(body, uid)


def _count(slot: bytes, uid: str) -> int | None:
    body, checksum = slot[:-2], slot[-2:]
    if not body.startswith(MARK) or checksum != _checksum(body, uid):
        return None
    return int.from_bytes(body[len(MARK) :])


def _checksum(body: bytes, uid: str) -> bytes:
    return binascii.crc_hqx(bytes.fromhex(uid) + body, 0xFFFF).to_bytes(2)
