"""Virtual cards that are no library's own: bank cards and telephones, and MIFARE Classic."""

import random

from station.readers.chips.frames import Bits, with_crc
from station.readers.chips.virtual_tags import ACK, NAK_ARGUMENT, TagState, VirtualTag, levels

RANDOM_UID_HEAD = 0x08
SAK_ISO14443_4, SAK_CLASSIC_1K = 0x20, 0x08
BLOCK_BYTES, BLOCKS, SECTOR_BLOCKS = 16, 64, 4
READ, WRITE = 0x30, 0xA0
KEY_A, KEY_B = 0x60, 0x61
FACTORY_KEY = b"\xff" * 6
FACTORY_ACCESS = b"\xff\x07\x80\x69"

READ_BY = {0: "AB", 2: "AB", 4: "AB", 6: "AB", 1: "AB", 3: "B", 5: "B", 7: ""}
WRITTEN_BY = {0: "AB", 2: "", 4: "B", 6: "B", 1: "", 3: "B", 5: "", 7: ""}
"""Who may do so with a data block, by its access bits C1 C2 C3 (MF1S50yyX/V1 rev 3.2, 8.7.3)."""
KEY_B_IS_DATA = (0, 2, 1)
"""Access bits of the trailer with which key B can be read, and therefore opens nothing (8.7.2)."""


class SmartCard(VirtualTag):
    """A card that speaks ISO 14443-4: a bank card, a travel card; it notes what it was asked."""

    def __init__(self, uid: bytes) -> None:
        """Be the card *uid*."""
        super().__init__(uid, sak=SAK_ISO14443_4, atqa=b"\x44\x03")
        self.asked: list[bytes] = []

    def obey(self, command: bytes) -> Bits | None:
        """Note *command*, and say nothing."""
        self.asked.append(command)
        return None


class Phone(SmartCard):
    """A telephone: it shows another UID in each field, and its owner knows it as *uid*."""

    def __init__(self, uid: bytes, *, seed: int) -> None:
        """Be the telephone *uid*, whose random UIDs are as *seed* has them."""
        self._chance = random.Random(seed)  # noqa: S311 -- a tag on a bench, no secret
        super().__init__(uid)

    def lose_power(self) -> None:
        """Take another UID."""
        super().lose_power()
        self._levels = [
            Bits.of(level) for level in levels(bytes([RANDOM_UID_HEAD]) + self._chance.randbytes(3))
        ]


class Classic(VirtualTag):
    """A MIFARE Classic 1K: 16 sectors of four blocks, the last of each with two keys.

    Its cipher is not played: once a sector is open, frames go in clear, but marked as ciphered.
    """

    def __init__(
        self, uid: bytes, *, key_a: bytes = FACTORY_KEY, key_b: bytes = FACTORY_KEY
    ) -> None:
        """Be the tag *uid* of 4 or 7 bytes, each sector shut with *key_a* and *key_b*."""
        super().__init__(uid, sak=SAK_CLASSIC_1K, atqa=b"\x04\x00")
        self._blocks = [bytes(BLOCK_BYTES)] * BLOCKS
        self._blocks[0] = (uid + bytes(BLOCK_BYTES))[:BLOCK_BYTES]
        for sector in range(BLOCKS // SECTOR_BLOCKS):
            self._blocks[sector * SECTOR_BLOCKS + 3] = key_a + FACTORY_ACCESS + key_b
        self._open: tuple[int, str] | None = None
        self._writing: int | None = None

    def block(self, number: int) -> bytes:
        """Return the block *number* as it now is."""
        return self._blocks[number]

    def put(self, number: int, sixteen: bytes) -> None:
        """Write the block *number*, whatever it is, as its maker can."""
        assert len(sixteen) == BLOCK_BYTES, "a block has 16 bytes"
        self._blocks[number] = sixteen

    def forget(self) -> None:
        """Shut every sector."""
        self._open = self._writing = None

    def open_sector(self, command: int, block: int, key: bytes, uid: bytes) -> bool:
        """Return whether *key* opens the sector of *block*; a wrong one ends the talk (10.1)."""
        if self.state is not TagState.ACTIVE:
            return False
        trailer = self._blocks[(block | 3) % BLOCKS]
        right = trailer[:6] if command == KEY_A else trailer[10:]
        if block >= BLOCKS or key != right or uid != self.uid[-4:]:
            self._fall()
            return False
        self._open = block // SECTOR_BLOCKS, "A" if command == KEY_A else "B"
        self.ciphered = True
        return True

    def obey(self, command: bytes) -> Bits | None:
        """Return the answer to READ or WRITE in the open sector; silence to anything else."""
        if self._writing is not None:
            return self._take(command)
        if self._open is None or len(command) != 2:
            return None
        block = command[1]
        if command[0] == READ and self._may(block, READ_BY):
            return Bits.of(with_crc(self._shown(block)))
        if command[0] == WRITE and block and block % 4 != 3 and self._may(block, WRITTEN_BY):
            self._writing = block
            return ACK
        return NAK_ARGUMENT

    def _take(self, sixteen: bytes) -> Bits | None:
        block, self._writing = self._writing, None
        if block is None or len(sixteen) != BLOCK_BYTES:
            return NAK_ARGUMENT
        self._blocks[block] = sixteen
        return ACK

    def _may(self, block: int, who: dict[int, str]) -> bool:
        assert self._open is not None, "asked before a sector is open"
        sector, key = self._open
        if block // SECTOR_BLOCKS != sector:
            return False
        if block % 4 == 3:
            return who is READ_BY
        if key == "B" and self._access(block | 3) in KEY_B_IS_DATA:
            return False
        return key in who[self._access(block)]

    def _access(self, block: int) -> int:
        """Return the bits C1 C2 C3 of *block* (8.7.1); where they contradict themselves, none."""
        six, seven, eight = self._blocks[block | 3][6:9]
        at = block % 4
        c1, c2, c3 = seven >> 4 + at & 1, eight >> at & 1, eight >> 4 + at & 1
        inverted = six >> at & 1, six >> 4 + at & 1, seven >> at & 1
        return c1 << 2 | c2 << 1 | c3 if inverted == (1 - c1, 1 - c2, 1 - c3) else 7

    def _shown(self, block: int) -> bytes:
        """Return *block*; key A is never shown, key B where it is data."""
        held = self._blocks[block]
        if block % 4 != 3:
            return held
        return (
            bytes(6)
            + held[6:10]
            + (held[10:] if self._access(block) in KEY_B_IS_DATA else bytes(6))
        )
