"""One frame out, one answer in: what ISO 14443A needs of any chip that speaks it."""

from typing import Protocol

from msgspec import Struct

COLLISION_SOMEWHERE = 0


class Answer(Struct, frozen=True):
    """What came back: *last_bits* of the last byte count, 0 meaning all eight."""

    data: bytes
    last_bits: int
    collision: int | None
    """The first bit, counted from 1, where two tags differed; `COLLISION_SOMEWHERE` if unsaid."""


class Exchange(Protocol):
    """Sends frames of ISO 14443A."""

    def send(
        self, frame: bytes, *, last_bits: int = 0, align: int = 0, crc: bool = True
    ) -> Answer | None:
        """Return the answer to *frame*; None where there is none or it came garbled.

        Only *last_bits* of its last byte are sent, 0 meaning all; the answer's first bit is put
        at bit *align*; with *crc* the chip adds a checksum, and checks and removes the answer's.
        A chip that says nothing at all is a `ReaderUnavailableError`.
        """
        ...


class Crypto1(Protocol):
    """Opens the sectors of a MIFARE Classic, whose cipher only a reader's chip can speak."""

    def open_sector(self, block: int, key: bytes, uid: bytes, *, key_b: bool = False) -> bool:
        """Return whether the active tag let its sector of *block* be opened.

        *key* is its key A, with *key_b* its key B, of six bytes; *uid* is the tag's own, of any
        length. What is sent from then on is enciphered, until `close_sector`; a tag that refuses
        has fallen silent and must be woken anew.
        """
        ...

    def close_sector(self) -> None:
        """Speak in clear again; must follow every `open_sector`, whatever became of it."""
        ...
