"""Virtual ISO 14443-3A tags: the answering rules of any card."""

from enum import Enum, auto

from station.readers.chips.frames import Bits, crc_holds, with_crc

REQA, WUPA = 0x26, 0x52
SELECTS = (0x93, 0x95, 0x97)
CASCADE_TAG = b"\x88"
SAK_UID_GOES_ON = 0x04
HALT = b"\x50\x00"

ACK = Bits(0xA, 4)
NAK_ARGUMENT = Bits(0x0, 4)
NAK_CRC = Bits(0x1, 4)
NAK_NOT_NOW = Bits(0x4, 4)
NAKS = (NAK_ARGUMENT, NAK_CRC, NAK_NOT_NOW)


class TagState(Enum):
    """Where a tag is in ISO 14443-3A's state machine."""

    IDLE = auto()
    READY = auto()
    ACTIVE = auto()
    HALTED = auto()


class VirtualTag:
    """A card with a *uid* of 4, 7 or 10 bytes that can be told from the others around it."""

    def __init__(self, uid: bytes, *, sak: int = 0x00, atqa: bytes = b"\x44\x00") -> None:
        """Be the tag *uid*, out of the field."""
        self.uid = uid
        self.sak = sak
        self.state = TagState.IDLE
        self.ciphered = False
        """The tag understands only its reader's cipher; whoever else speaks is noise to it."""
        self.frames_left: int | None = None
        """After so many more frames the tag is out of reach, as one that a hand takes away."""
        self._atqa = Bits.of(atqa)
        self._levels = [Bits.of(level) for level in levels(uid)]
        self._level = 0
        self._was_halted = False

    def lose_power(self) -> None:
        """Forget everything but the memory: the field has gone."""
        self._was_halted = False
        self._fall()

    def answer(self, frame: Bits, *, ciphered: bool = False) -> Bits | None:
        """Return what the tag sends back to *frame*, or None for silence."""
        if self.frames_left is not None:
            if not self.frames_left:
                return None
            self.frames_left -= 1
        if ciphered is not self.ciphered:
            self._mishear()
            return None
        if frame.length == 7:
            return self._wake(frame.value)
        if self.state is TagState.READY:
            return self._select(frame)
        if self.state is TagState.ACTIVE:
            return self._active(frame.to_bytes())
        return None

    def _fall(self) -> None:
        """Go silently back to where the tag was woken from, as any surprise makes it do."""
        self.state = TagState.HALTED if self._was_halted else TagState.IDLE
        self.ciphered = False
        self.forget()

    def _mishear(self) -> None:
        if self.state in {TagState.READY, TagState.ACTIVE}:
            self._fall()

    def forget(self) -> None:
        """Lose what a tag keeps only while it is spoken to, such as a password that was right."""

    def _wake(self, command: int) -> Bits | None:
        if self.state in {TagState.READY, TagState.ACTIVE}:
            self._fall()
            return None
        halted = self.state is TagState.HALTED
        if command != WUPA and (halted or command != REQA):
            return None
        self._was_halted = halted
        self.state, self._level = TagState.READY, 0
        return self._atqa

    def _select(self, frame: Bits) -> Bits | None:
        data = frame.to_bytes()
        if len(data) < 2 or data[0] != SELECTS[self._level]:
            self._fall()
            return None
        own = self._levels[self._level]
        if data[1] == 0x70:
            return self._selected(data, own)
        known = frame.after(16)
        return own.after(known.length) if own.starts_as(known) else None

    def _selected(self, data: bytes, own: Bits) -> Bits | None:
        if data[2:7] != own.to_bytes() or not crc_holds(data):
            self._fall()
            return None
        self._level += 1
        if self._level < len(self._levels):
            return Bits.of(with_crc(bytes([SAK_UID_GOES_ON])))
        self.state = TagState.ACTIVE
        return Bits.of(with_crc(bytes([self.sak])))

    def _active(self, frame: bytes) -> Bits | None:
        if not crc_holds(frame):
            self._fall()
            return NAK_CRC
        command = frame[:-2]
        if command == HALT:
            self._was_halted = True
            self._fall()
            return None
        answer = self.obey(command)
        if answer is None or answer in NAKS:
            self._fall()
        return answer

    def obey(self, command: bytes) -> Bits | None:  # noqa: ARG002 -- a plain card knows none
        """Return the answer to *command*, None for silence."""
        return None


class Unheard(VirtualTag):
    """A tag of another standard: an antenna for ISO 14443A does not know that it lies there."""

    def __init__(self, uid: bytes) -> None:
        """Be the tag *uid*, of any length."""
        super().__init__(bytes(4))
        self.uid = uid

    def answer(self, frame: Bits, *, ciphered: bool = False) -> None:
        """Understand nothing."""


def levels(uid: bytes) -> list[bytes]:
    """Return *uid* cut into cascade levels, each with its check byte."""
    parts = {
        4: lambda: [uid],
        7: lambda: [CASCADE_TAG + uid[:3], uid[3:]],
        10: lambda: [CASCADE_TAG + uid[:3], CASCADE_TAG + uid[3:6], uid[6:]],
    }[len(uid)]()
    return [part + bytes([part[0] ^ part[1] ^ part[2] ^ part[3]]) for part in parts]
