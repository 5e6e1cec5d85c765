"""MIFARE Classic over any chip that knows its cipher (MF1S50yyX/V1 rev 3.2), 16 bytes a block."""

from station.readers.exchange import Crypto1, Exchange
from station.readers.iso14443a import with_crc
from station.readers.tag_keys import SectorKey, TagKeys
from station.readers.type2 import SHORT_BITS

READ, WRITE = 0x30, 0xA0
ACK = 0xA
BLOCK_BYTES = 16
SECTOR_BLOCKS = 4


class ClassicTag:
    """The active MIFARE Classic *uid*, in the sectors that the station has keys for.

    The user's memory is their data blocks one after another, without the maker's block 0 and the
    sectors' own keys. Whoever asks must put the tag to sleep and close its sector afterwards.
    """

    def __init__(self, air: Exchange, crypto: Crypto1, keys: TagKeys, uid: bytes) -> None:
        """Speak to the tag *uid* over *air*, its sectors opened by *crypto* with *keys*."""
        self._air = air
        self._crypto = crypto
        self._keys = keys
        self._uid = uid
        self._open: int | None = None
        self.blocks = data_blocks(keys)

    def read(self, first: int, count: int) -> bytes | None:
        """Return *count* data blocks from the *first* on; None where a sector stayed shut."""
        memory = b""
        for block in self.blocks[first : first + count]:
            if not self._sector_opens(block):
                return None
            answer = self._air.send(bytes([READ, block]))
            if answer is None or len(answer.data) != BLOCK_BYTES:
                return None
            memory += answer.data
        return memory

    def write(self, at: int, sixteen: bytes) -> bool:
        """Return whether the tag took *sixteen* bytes for its data block *at* (12.3)."""
        block = self.blocks[at]
        return (
            self._sector_opens(block)
            and self._taken(bytes([WRITE, block]))
            and self._taken(sixteen)
        )

    def _sector_opens(self, block: int) -> bool:
        sector = block // SECTOR_BLOCKS
        if sector != self._open:
            key: SectorKey = self._keys.sectors[sector]
            opened = self._crypto.open_sector(block, key.key, self._uid, key_b=key.is_b)
            self._open = sector if opened else None
        return sector == self._open

    def _taken(self, frame: bytes) -> bool:
        answer = self._air.send(with_crc(frame), crc=False)
        if answer is None or answer.last_bits != SHORT_BITS:
            return False
        return answer.data[0] & 0xF == ACK


def data_blocks(keys: TagKeys) -> list[int]:
    """Return the blocks that hold a user's data, of the sectors that *keys* open."""
    return [
        sector * SECTOR_BLOCKS + at
        for sector in sorted(keys.sectors)
        for at in range(SECTOR_BLOCKS - 1)
        if sector or at
    ]
