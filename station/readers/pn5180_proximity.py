"""ISO 14443A and MIFARE Classic's cipher through a PN5180."""

from station.readers.exchange import Answer
from station.readers.pn5180_host import Action, Change, Register
from station.readers.pn5180_link import CLEAR, RX_DAMAGED, RX_PROTOCOL_ERROR, Air, Link

ANSWER_MS = 6
"""An NTAG writes in 5 ms (NTAG21x rev 3.2, 10.4)."""
CLASSIC_MS = 11
"""A MIFARE Classic takes 10 ms to write (MF1S50yyX/V1 rev 3.2, 12.3)."""
CRC_ON = 0x01
ALIGN_AT, ALIGN_MASK = 6, 0x1C0
KEEP_AFTER_COLLISION = 0x200
CRYPTO1_ON = 0x40
AUTHENTICATE_A, AUTHENTICATE_B = 0x60, 0x61
TAKEN = 0
ACK_BITS = 4


class Pn5180Proximity:
    """An `Exchange` and a `Crypto1`; the chip makes and checks the checksums."""

    def __init__(self, link: Link) -> None:
        """Speak over *link*."""
        self._link = link
        self._crc: bool | None = None
        self._align = 0
        self._ciphered = False
        self._patience_ms = ANSWER_MS

    def enter(self) -> None:
        """Wake all tags of this standard in a new field."""
        self._link.enter(Air.ISO14443A)
        self._crc = None

    def send(
        self, frame: bytes, *, last_bits: int = 0, align: int = 0, crc: bool = True
    ) -> Answer | None:
        """Return the answer to *frame*, as `Exchange`."""
        heard = self._link.exchange(
            frame,
            patience_ms=self._patience_ms,
            last_bits=last_bits,
            changes=self._framing(align, crc),
        )
        if heard is None or heard.status & RX_PROTOCOL_ERROR:
            return None
        # Four bits of yes or no carry no checksum, and a chip that looks for one misses it.
        is_short = (len(heard.data), heard.last_bits) == (1, ACK_BITS)
        if heard.status & RX_DAMAGED and heard.collision is None and not is_short:
            return None
        return Answer(heard.data, heard.last_bits, heard.collision)

    def open_sector(self, block: int, key: bytes, uid: bytes, *, key_b: bool = False) -> bool:
        """Return whether the active tag let its sector of *block* be opened, as `Crypto1`.

        Of a longer UID the last four bytes count (NXP's AN10927, 3.2.5).
        """
        self._ciphered = True
        self._patience_ms = CLASSIC_MS
        kind = AUTHENTICATE_B if key_b else AUTHENTICATE_A
        said = self._link.host.mifare_authenticate(key, kind, block, uid[-4:])
        # Only the chip knows whether the cipher is on.
        config = self._link.host.read_register(Register.SYSTEM_CONFIG)
        return said == TAKEN and bool(config & CRYPTO1_ON)

    def close_sector(self) -> None:
        """Speak in clear again; software alone can switch the cipher off."""
        if self._ciphered:
            self._ciphered = False
            self._patience_ms = ANSWER_MS
            self._link.host.and_register(Register.SYSTEM_CONFIG, CLEAR & ~CRYPTO1_ON)

    def _framing(self, align: int, crc: bool) -> tuple[Change, ...]:
        if (align, crc) == (self._align, self._crc):
            return ()
        self._align, self._crc = align, crc
        kept = CLEAR & ~(ALIGN_MASK | CRC_ON)
        received = align << ALIGN_AT | CRC_ON * crc | KEEP_AFTER_COLLISION
        return (
            Change(Register.CRC_TX_CONFIG, Action.AND, CLEAR & ~CRC_ON),
            Change(Register.CRC_TX_CONFIG, Action.OR, CRC_ON * crc),
            Change(Register.CRC_RX_CONFIG, Action.AND, kept),
            Change(Register.CRC_RX_CONFIG, Action.OR, received),
        )
