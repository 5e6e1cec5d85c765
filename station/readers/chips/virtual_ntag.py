"""Virtual NTAG stickers: pages, locks, settings and a password (NTAG213/215/216 rev 3.2)."""

import random
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from station.readers.chips.frames import Bits, with_crc
from station.readers.chips.virtual_tags import ACK, NAK_ARGUMENT, NAK_NOT_NOW, VirtualTag


class Command(IntEnum):
    """What an NTAG obeys."""

    READ = 0x30
    FAST_READ = 0x3A
    GET_VERSION = 0x60
    WRITE = 0xA2
    PWD_AUTH = 0x1B


class NtagKind(NamedTuple):
    """What differs between NTAGs: how many pages, and how two answers give the size."""

    pages: int
    capability: int
    storage: int

    @property
    def user_bytes(self) -> int:
        """Return how much the user's pages hold."""
        return (self.lock_page - USER_PAGE) * PAGE_BYTES

    @property
    def lock_page(self) -> int:
        """Return the page of the dynamic lock bytes (8.5.3)."""
        return self.pages - 5

    @property
    def config_page(self) -> int:
        """Return the first of the four pages of settings, password and its answer (8.5.7)."""
        return self.pages - 4


NTAG213 = NtagKind(45, 0x12, 0x0F)
NTAG215 = NtagKind(135, 0x3E, 0x11)
NTAG216 = NtagKind(231, 0x6D, 0x13)
PAGE_BYTES = 4
STATIC_LOCK_PAGE, CAPABILITY_PAGE, USER_PAGE = 2, 3, 4
PROTECTS_READING, SETTINGS_LOCKED, AUTHLIM = 0x80, 0x40, 0x07
NEVER = 0xFF


class Ntag(VirtualTag):
    """An NTAG213, 215 or 216 (rev 3.2): pages of four bytes, the user's from page 4 on."""

    def __init__(
        self, uid: bytes, memory: bytes = b"\x03\x00\xfe", *, kind: NtagKind = NTAG213
    ) -> None:
        """Be the tag *uid* of *kind* with *memory* in its user pages."""
        assert len(uid) == 7, "an NTAG's UID has seven bytes"
        super().__init__(uid)
        self.kind = kind
        self.silent_from_page: int | None = None
        """The tag lies so badly that reading this page or a later one gets no answer."""
        self.tear: random.Random | None = None
        """Where the last of *frames_left* writes a page, the page is left between old and new."""
        self.wrong_passwords = 0
        self._authenticated = False
        assert len(memory) <= kind.user_bytes, "more than the tag holds"
        self._memory = bytearray(kind.pages * PAGE_BYTES)
        self._memory[: len(self._head())] = self._head()
        self._memory[_page(USER_PAGE) : _page(USER_PAGE) + len(memory)] = memory
        self._put(kind.config_page, bytes([0x04, 0, 0, NEVER]))
        self._put(kind.config_page + 2, b"\xff" * 4)

    def _head(self) -> bytes:
        one, two = self._levels[0].to_bytes()[4:], self._levels[1].to_bytes()[4:]
        capability = bytes([0xE1, 0x10, self.kind.capability, 0])
        return self.uid[:3] + one + self.uid[3:] + two + b"\x48\0\0" + capability

    @property
    def user_memory(self) -> bytes:
        """Return the user pages as they now are."""
        return bytes(self._memory[_page(USER_PAGE) :][: self.kind.user_bytes])

    @property
    def password(self) -> bytes | None:
        """Return what writing asks for, None where nothing is protected."""
        first = self._memory[_page(self.kind.config_page) + 3]
        if first >= self.kind.pages:
            return None
        return bytes(self._memory[_page(self.kind.config_page + 2) :][:PAGE_BYTES])

    def protect(
        self,
        password: bytes,
        *,
        pack: bytes = b"\0\0",
        first: int = USER_PAGE,
        reading: bool = False,
        tries: int = 0,
    ) -> None:
        """Ask for *password* from page *first* on, before writing and maybe *reading* (8.8).

        After as many wrong passwords as *tries*, if any, no password is taken any more.
        """
        page = self.kind.config_page
        self._put(page, bytes([0x04, 0, 0, first]))
        self._put(page + 1, bytes([PROTECTS_READING * reading | tries, 0, 0, 0]))
        self._put(page + 2, password)
        self._put(page + 3, pack + b"\0\0")

    def lock(self, page: int) -> None:
        """Let the user's *page* never be written again (8.5.2, 8.5.3); others may go with it."""
        at, bit = self._lock_bit(page)
        self._memory[at] |= bit

    def forget(self) -> None:
        """Lose that the password was right."""
        self._authenticated = False

    def obey(self, command: bytes) -> Bits | None:
        """Return the answer to a command of an NTAG (10); NAK to any other."""
        match command[0], len(command):
            case Command.GET_VERSION, 1:
                return Bits.of(with_crc(bytes([0, 4, 4, 2, 1, 0, self.kind.storage, 3])))
            case Command.READ, 2:
                return self._read(command[1])
            case Command.FAST_READ, 3:
                return self._read_fast(command[1], command[2])
            case Command.WRITE, 6:
                return self._write(command[1], command[2:])
            case Command.PWD_AUTH, 5:
                return self._authenticate(command[1:])
            case _:
                return NAK_ARGUMENT

    # --- reading -------------------------------------------------------------------------

    def _read(self, first: int) -> Bits | None:
        end = self._readable_end()
        if first >= end:
            return NAK_ARGUMENT
        # What is read beyond the end begins anew at page 0 (10.2).
        return self._shown([(first + at) % end for at in range(4)])

    def _read_fast(self, first: int, last: int) -> Bits | None:
        if last < first or last >= self._readable_end():
            return NAK_ARGUMENT
        return self._shown(range(first, last + 1))

    def _shown(self, pages: Sequence[int]) -> Bits | None:
        if self.silent_from_page is not None and max(pages) >= self.silent_from_page:
            return None
        return Bits.of(with_crc(b"".join(map(self._shown_page, pages))))

    def _shown_page(self, page: int) -> bytes:
        """Return *page*; password and its answer read as zeros (8.5.7)."""
        if page >= self.kind.config_page + 2:
            return bytes(PAGE_BYTES)
        return bytes(self._memory[_page(page) : _page(page + 1)])

    def _readable_end(self) -> int:
        access = self._memory[_page(self.kind.config_page + 1)]
        return self._first_protected() if access & PROTECTS_READING else self.kind.pages

    def _first_protected(self) -> int:
        if self._authenticated:
            return self.kind.pages
        return min(self._memory[_page(self.kind.config_page) + 3], self.kind.pages)

    # --- writing -------------------------------------------------------------------------

    def _write(self, page: int, four: bytes) -> Bits | None:
        if not self._writable(page):
            return NAK_ARGUMENT
        if self.silent_from_page is not None and page >= self.silent_from_page:
            return None
        held = self._memory[_page(page) : _page(page + 1)]
        if self.frames_left == 0 and self.tear is not None:
            mask = self.tear.randbytes(PAGE_BYTES)
            torn = [
                old & ~by & 0xFF | new & by for old, new, by in zip(held, four, mask, strict=True)
            ]
            self._put(page, bytes(torn))
            return None
        if page == STATIC_LOCK_PAGE:
            four = bytes([*held[:2], held[2] | four[2], held[3] | four[3]])
        elif page in {CAPABILITY_PAGE, self.kind.lock_page}:
            # Once a one, always a one (8.5.2, 8.5.3, 8.5.4).
            four = bytes(old | new for old, new in zip(held, four, strict=True))
        self._put(page, four)
        return ACK

    def _writable(self, page: int) -> bool:
        kind = self.kind
        if not STATIC_LOCK_PAGE <= page < min(kind.pages, self._first_protected()):
            return False
        if page in {kind.config_page, kind.config_page + 1}:
            return not self._memory[_page(kind.config_page + 1)] & SETTINGS_LOCKED
        if CAPABILITY_PAGE <= page < kind.lock_page:
            at, bit = self._lock_bit(page)
            return not self._memory[at] & bit
        return True

    def _lock_bit(self, page: int) -> tuple[int, int]:
        """Return in which byte the lock of *page* is, and which bit."""
        if page < 16:
            return _page(STATIC_LOCK_PAGE) + 2 + page // 8, 1 << page % 8
        together = 2 if self.kind is NTAG213 else 16
        byte, bit = divmod((page - 16) // together, 8)
        return _page(self.kind.lock_page) + byte, 1 << bit

    def _authenticate(self, password: bytes) -> Bits:
        at = _page(self.kind.config_page + 1)
        limit = self._memory[at] & AUTHLIM
        if limit and self.wrong_passwords >= limit:
            return NAK_NOT_NOW
        if password != self._memory[at + 4 : at + 8]:
            self.wrong_passwords += 1
            return NAK_ARGUMENT
        self.wrong_passwords = 0
        self._authenticated = True
        return Bits.of(with_crc(bytes(self._memory[at + 8 : at + 10])))

    def _put(self, page: int, four: bytes) -> None:
        self._memory[_page(page) : _page(page + 1)] = four


def _page(page: int) -> int:
    return page * PAGE_BYTES
