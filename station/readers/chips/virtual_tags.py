"""Virtual ISO 14443-3A tags: the answering rules of any card, and the memory of an NTAG."""

from enum import Enum, IntEnum, auto
from typing import NamedTuple

from station.readers.chips.frames import Bits, crc_holds, with_crc

REQA, WUPA = 0x26, 0x52
SELECTS = (0x93, 0x95, 0x97)
CASCADE_TAG = b"\x88"
SAK_UID_GOES_ON = 0x04
HALT = b"\x50\x00"

ACK = Bits(0xA, 4)
NAK_ARGUMENT = Bits(0x0, 4)
NAK_CRC = Bits(0x1, 4)


class Command(IntEnum):
    """What an NTAG obeys."""

    READ = 0x30
    FAST_READ = 0x3A
    GET_VERSION = 0x60
    WRITE = 0xA2


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
        self._atqa = Bits.of(atqa)
        self._levels = [Bits.of(level) for level in _levels(uid)]
        self._level = 0
        self._was_halted = False

    def lose_power(self) -> None:
        """Forget everything but the memory: the field has gone."""
        self.state = TagState.IDLE
        self._was_halted = False

    def answer(self, frame: Bits) -> Bits | None:
        """Return what the tag sends back to *frame*, or None for silence."""
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
            self.state = TagState.HALTED
            return None
        answer = self.obey(command)
        if answer is None or answer is NAK_ARGUMENT:
            self._fall()
        return answer

    def obey(self, command: bytes) -> Bits | None:  # noqa: ARG002 -- a plain card knows none
        """Return the answer to *command*, None for silence."""
        return None


def _levels(uid: bytes) -> list[bytes]:
    """Return *uid* cut into cascade levels, each with its check byte."""
    parts = {
        4: lambda: [uid],
        7: lambda: [CASCADE_TAG + uid[:3], uid[3:]],
        10: lambda: [CASCADE_TAG + uid[:3], CASCADE_TAG + uid[3:6], uid[6:]],
    }[len(uid)]()
    return [part + bytes([part[0] ^ part[1] ^ part[2] ^ part[3]]) for part in parts]


class NtagKind(NamedTuple):
    """What differs between NTAGs: how many pages, and how two answers give the size."""

    pages: int
    capability: int
    storage: int

    @property
    def user_bytes(self) -> int:
        """Return how much the user's pages hold."""
        return (self.pages - USER_PAGE - _CONFIG_PAGES) * PAGE_BYTES


NTAG213 = NtagKind(45, 0x12, 0x0F)
NTAG215 = NtagKind(135, 0x3E, 0x11)
PAGE_BYTES = 4
USER_PAGE = 4
_CONFIG_PAGES = 5


class Ntag(VirtualTag):
    """An NTAG 213 or 215: pages of four bytes, the user's from page 4 on."""

    def __init__(
        self, uid: bytes, memory: bytes = b"\x03\x00\xfe", *, kind: NtagKind = NTAG213
    ) -> None:
        """Be the tag *uid* of *kind* with *memory* in its user pages."""
        assert len(uid) == 7, "an NTAG's UID has seven bytes"
        super().__init__(uid)
        self.kind = kind
        self.silent_from_page: int | None = None
        """The tag lies so badly that reading this page or a later one gets no answer."""
        assert len(memory) <= kind.user_bytes, "more than the tag holds"
        self._memory = bytearray(kind.pages * PAGE_BYTES)
        self._memory[: len(self._head())] = self._head()
        self._memory[_page(USER_PAGE) : _page(USER_PAGE) + len(memory)] = memory

    def _head(self) -> bytes:
        one, two = self._levels[0].to_bytes()[4:], self._levels[1].to_bytes()[4:]
        capability = bytes([0xE1, 0x10, self.kind.capability, 0])
        return self.uid[:3] + one + self.uid[3:] + two + b"\x48\0\0" + capability

    @property
    def user_memory(self) -> bytes:
        """Return the user pages as they now are."""
        return bytes(self._memory[_page(USER_PAGE) :][: self.kind.user_bytes])

    def obey(self, command: bytes) -> Bits | None:
        """Return the answer to GET_VERSION, READ, FAST_READ or WRITE; NAK to any other."""
        match command[0], len(command):
            case Command.GET_VERSION, 1:
                return Bits.of(with_crc(bytes([0, 4, 4, 2, 1, 0, self.kind.storage, 3])))
            case Command.READ, 2:
                return self._pages(command[1], command[1] + 3, wraps=True)
            case Command.FAST_READ, 3:
                return self._pages(command[1], command[2])
            case Command.WRITE, 6:
                return self._write(command[1], command[2:])
            case _:
                return NAK_ARGUMENT

    def _pages(self, first: int, last: int, *, wraps: bool = False) -> Bits | None:
        count = self.kind.pages
        if first >= count or last < first or (last >= count and not wraps):
            return NAK_ARGUMENT
        if self.silent_from_page is not None and last >= self.silent_from_page:
            return None
        both = self._memory * 2
        return Bits.of(with_crc(bytes(both[_page(first) : _page(last + 1)])))

    def _write(self, page: int, four: bytes) -> Bits | None:
        if not USER_PAGE <= page < self.kind.pages - _CONFIG_PAGES:
            return NAK_ARGUMENT
        if self.silent_from_page is not None and page >= self.silent_from_page:
            return None
        self._memory[_page(page) : _page(page + 1)] = four
        return ACK


def _page(page: int) -> int:
    return page * PAGE_BYTES
