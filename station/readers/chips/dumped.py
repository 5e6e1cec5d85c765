"""Virtual tags from their dumps, and their dumps again with all that has been written since."""

from msgspec import structs

from circulation.tags.dump import TagDump
from station.readers.chips.virtual_cards import (
    BLOCK_BYTES,
    BLOCKS,
    FACTORY_KEY,
    RANDOM_UID_HEAD,
    SECTOR_BLOCKS,
    Classic,
    Phone,
    SmartCard,
)
from station.readers.chips.virtual_ntag import NTAG213, NTAG215, NTAG216, Ntag
from station.readers.chips.virtual_tags import VirtualTag
from station.readers.chips.virtual_vicinity import SLIX, SLIX2, Icode

NTAGS = {"ntag213": NTAG213, "ntag215": NTAG215, "ntag216": NTAG216}
ICODES = {"slix": SLIX, "slix2": SLIX2}
DATA_BLOCKS = [block for block in range(1, BLOCKS) if block % SECTOR_BLOCKS != SECTOR_BLOCKS - 1]


def tag_of(dump: TagDump) -> VirtualTag:
    """Return the tag that *dump* describes."""
    uid = bytes.fromhex(dump.uid)
    if dump.chip in NTAGS:
        return _ntag(uid, dump)
    if dump.chip == "classic1k":
        return _classic(uid, dump)
    if dump.chip == "iso14443-4":
        random = len(uid) == 4 and uid[0] == RANDOM_UID_HEAD
        return Phone(uid, seed=int.from_bytes(uid)) if random else SmartCard(uid)
    return Icode(
        uid,
        dump.memory,
        kind=ICODES[dump.chip],
        afi=dump.afi or 0,
        dsfid=dump.dsfid or 0,
        eas=dump.eas,
    )


def dump_of(tag: VirtualTag, dump: TagDump) -> TagDump:
    """Return *dump* with what *tag* now holds; zeros at the end are left out."""
    if isinstance(tag, Ntag):
        key = tag.password.hex() if tag.password else ""
        return structs.replace(dump, pages=_trimmed(tag.user_memory, dump), key=key)
    if isinstance(tag, Classic):
        memory = b"".join(tag.block(block) for block in DATA_BLOCKS)
        return structs.replace(dump, pages=_trimmed(memory, dump))
    if isinstance(tag, Icode):
        return structs.replace(
            dump,
            pages=_trimmed(tag.user_memory, dump),
            # What was never said is 0 on the tag, and unsaid in its dump.
            afi=tag.afi or (dump.afi and 0),
            dsfid=tag.dsfid or (dump.dsfid and 0),
            eas=tag.eas,
        )
    return dump


def _ntag(uid: bytes, dump: TagDump) -> Ntag:
    tag = Ntag(uid, dump.memory, kind=NTAGS[dump.chip])
    if dump.key:
        tag.protect(bytes.fromhex(dump.key))
    return tag


def _classic(uid: bytes, dump: TagDump) -> Classic:
    tag = Classic(uid, key_a=bytes.fromhex(dump.key) or FACTORY_KEY)
    for at in range(0, len(dump.memory), BLOCK_BYTES):
        tag.put(DATA_BLOCKS[at // BLOCK_BYTES], dump.memory[at : at + BLOCK_BYTES])
    return tag


def _trimmed(memory: bytes, dump: TagDump) -> str:
    """Return *memory* in hex, no shorter than it was, in whole blocks."""
    length = max(len(memory.rstrip(b"\0")), len(dump.memory))
    return memory[: -(-length // dump.make.block_bytes) * dump.make.block_bytes].hex()
