"""Virtual ISO 15693 tags: NXP's ICODE SLIX and SLIX2 (SL2S2002, SL2S2602), as a library has them.

What a real one refuses is refused: a locked block, an alarm whose password was not shown.
"""

import random
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from station.readers.chips.frames import Bits, crc_v, with_crc_v
from station.readers.chips.virtual_tags import Unheard

ADDRESSED, INVENTORY_FLAG, OPTION = 0x20, 0x04, 0x40
ONE_SLOT, WITH_AFI = 0x20, 0x10
UID_BYTES, BLOCK_BYTES = 8, 4
ERROR_FLAG = 0x01
NO_SUCH_COMMAND, NO_SUCH_OPTION, UNEXPLAINED, NO_SUCH_BLOCK, LOCKED_ALREADY, LOCKED = (
    0x01,
    0x03,
    0x0F,
    0x10,
    0x11,
    0x12,
)
WRITES = (0x21, 0x27, 0x29)
EAS_SEQUENCE = bytes(range(0xA0, 0xC0))
EAS_PASSWORD = 0x10
FACTORY_PASSWORD = bytes(4)
MAKER_COMMANDS = 0xA0


class IcodeKind(NamedTuple):
    """What differs between ICODEs."""

    blocks: int


SLIX, SLIX2 = IcodeKind(28), IcodeKind(79)


class VicinityState(Enum):
    """Where a tag is in ISO 15693-3's state machine."""

    READY = auto()
    QUIET = auto()


class Refused(Exception):  # noqa: N818 -- what a tag does, and no fault
    """The tag answers with an error code."""

    def __init__(self, code: int) -> None:
        """Answer with *code*."""
        super().__init__(code)
        self.code = code


class Icode(Unheard):
    """An ICODE; an antenna for ISO 14443A does not know that it lies there."""

    def __init__(
        self,
        uid: bytes,
        memory: bytes = b"",
        *,
        kind: IcodeKind = SLIX,
        afi: int = 0,
        dsfid: int = 0,
        eas: bool = False,
    ) -> None:
        """Be the tag *uid* of eight bytes, from E0 on, with *memory* from block 0 on."""
        assert len(uid) == UID_BYTES, "the UID of an ISO 15693 tag has eight bytes"
        assert len(memory) <= kind.blocks * BLOCK_BYTES, "more than the tag holds"
        super().__init__(uid)
        self.kind = kind
        self.afi, self.dsfid, self.eas = afi, dsfid, eas
        self.locked_blocks: set[int] = set()
        self.alarm_locked = False
        self.password = FACTORY_PASSWORD
        self.guarded = False
        """AFI and EAS ask for the password before they are written."""
        self.private = False
        """SLIX2's privacy mode: the tag answers nobody who does not know its other password."""
        self.singly = False
        """An older tag: it knows no reading of several blocks at once."""
        self.answers_late = False
        """As those of Texas Instruments: a write has the option flag, and is answered only at the
        next end of frame."""
        self.silent_from_block: int | None = None
        """The tag lies so badly that a block from here on gets no answer."""
        self.tear: random.Random | None = None
        """Where the last of *frames_left* writes a block, it is left between old and new."""
        self._memory = bytearray(memory.ljust(kind.blocks * BLOCK_BYTES, b"\0"))
        self._chance = random.Random(int.from_bytes(uid))  # noqa: S311 -- a bench, no secret
        self._slot = 0
        self._mask: Bits | None = None
        self._late: bytes | None = None
        self.lose_power()
        self._commands: dict[int, Callable[[bytes], bytes | None]] = {
            0x02: self._stay_quiet,
            0x20: self._read,
            0x21: self._write,
            0x22: self._lock,
            0x23: self._read_several,
            0x26: self._reset_to_ready,
            0x27: self._write_afi,
            0x29: self._write_dsfid,
            0x2B: self._information,
            0xA2: lambda _: self._write_eas(True),
            0xA3: lambda _: self._write_eas(False),
            0xA5: lambda _: EAS_SEQUENCE if self.eas else None,
            0xB2: lambda _: self._number,
            0xB3: self._show_password,
        }

    @property
    def user_memory(self) -> bytes:
        """Return the blocks as they now are."""
        return bytes(self._memory)

    def lose_power(self) -> None:
        """Forget everything but the memory: the field has gone."""
        self.vicinity_state = VicinityState.READY
        self._mask = self._late = None
        self._password_shown = self._mute = False
        self._number = self._chance.randbytes(2)

    # --- what is heard -------------------------------------------------------------------

    def hear(self, frame: bytes) -> bytes | None:
        """Return the answer to *frame*, both with their checksums; an empty one begins a slot."""
        if self.frames_left is not None:
            if not self.frames_left:
                return None
            self.frames_left -= 1
        if self._mute or self.private:
            return None
        if not frame:
            late, self._late = self._late, None
            return late or self._next_slot()
        self._mask = self._late = None
        if len(frame) < 4 or crc_v(frame[:-2]) != frame[-2:]:
            return None
        flags, command, body = frame[0], frame[1], frame[2:-2]
        answer = (
            self._inventory(flags, body)
            if flags & INVENTORY_FLAG
            else self._addressed(flags, command, body)
        )
        whole = None if answer is None else with_crc_v(answer)
        if self.answers_late and flags & OPTION and command in WRITES:
            self._late, whole = whole, None
        return whole

    def _inventory(self, flags: int, body: bytes) -> bytes | None:
        if self.vicinity_state is not VicinityState.READY:
            return None
        if flags & WITH_AFI:
            wanted, body = body[0], body[1:]
            if wanted not in {0, self.afi}:
                return None
        mask = Bits(int.from_bytes(body[1:], "little"), body[0])
        own = Bits.of(self.uid[::-1])
        if not own.starts_as(mask):
            return None
        if flags & ONE_SLOT:
            return self._presence()
        self._mask = mask
        self._slot = own.after(mask.length).value & 0xF
        return self._in_slot()

    def _next_slot(self) -> bytes | None:
        if self._mask is None:
            return None
        self._slot -= 1
        answer = self._in_slot()
        return None if answer is None else with_crc_v(answer)

    def _in_slot(self) -> bytes | None:
        if self._slot:
            return None
        self._mask = None
        return self._presence()

    def _presence(self) -> bytes:
        return bytes([0, self.dsfid]) + self.uid[::-1]

    def _addressed(self, flags: int, command: int, body: bytes) -> bytes | None:
        if command >= MAKER_COMMANDS:
            maker, body = body[:1], body[1:]
            if maker != self.uid[1:2]:
                return None
        if not flags & ADDRESSED:
            return None
        uid, body = body[:UID_BYTES], body[UID_BYTES:]
        if uid != self.uid[::-1]:
            return None
        try:
            if command not in self._commands:
                raise Refused(NO_SUCH_COMMAND)
            if command in WRITES and bool(flags & OPTION) is not self.answers_late:
                raise Refused(NO_SUCH_OPTION)
            said = self._commands[command](body)
        except Refused as refused:
            return bytes([ERROR_FLAG, refused.code])
        return None if said is None else b"\0" + said

    # --- states --------------------------------------------------------------------------

    def _stay_quiet(self, _: bytes) -> None:
        self.vicinity_state = VicinityState.QUIET

    def _reset_to_ready(self, _: bytes) -> bytes:
        self.vicinity_state = VicinityState.READY
        return b""

    # --- blocks --------------------------------------------------------------------------

    def _read(self, body: bytes) -> bytes | None:
        return self._blocks(body[0], 1)

    def _read_several(self, body: bytes) -> bytes | None:
        if self.singly:
            raise Refused(NO_SUCH_COMMAND)
        return self._blocks(body[0], body[1] + 1)

    def _blocks(self, first: int, count: int) -> bytes | None:
        if first + count > self.kind.blocks:
            raise Refused(NO_SUCH_BLOCK)
        if self.silent_from_block is not None and first + count > self.silent_from_block:
            return None
        return bytes(self._memory[first * BLOCK_BYTES : (first + count) * BLOCK_BYTES])

    def _write(self, body: bytes) -> bytes | None:
        block, new = body[0], body[1:]
        if block >= self.kind.blocks or len(new) != BLOCK_BYTES:
            raise Refused(NO_SUCH_BLOCK)
        if block in self.locked_blocks:
            raise Refused(LOCKED)
        if self.silent_from_block is not None and block >= self.silent_from_block:
            return None
        at = slice(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)
        if self.frames_left == 0 and self.tear is not None:
            mask = self.tear.randbytes(BLOCK_BYTES)
            pairs = zip(self._memory[at], new, mask, strict=True)
            self._memory[at] = bytes(old & ~by & 0xFF | young & by for old, young, by in pairs)
            return None
        self._memory[at] = new
        return b""

    def _lock(self, body: bytes) -> bytes:
        if body[0] in self.locked_blocks:
            raise Refused(LOCKED_ALREADY)
        self.locked_blocks.add(body[0])
        return b""

    # --- what a gate looks at ------------------------------------------------------------

    def _information(self, _: bytes) -> bytes:
        tail = bytes([self.dsfid, self.afi, self.kind.blocks - 1, BLOCK_BYTES - 1, 0x01])
        return b"\x0f" + self.uid[::-1] + tail

    def _write_afi(self, body: bytes) -> bytes:
        self._guard()
        self.afi = body[0]
        return b""

    def _write_dsfid(self, body: bytes) -> bytes:
        self.dsfid = body[0]
        return b""

    def _write_eas(self, armed: bool) -> bytes:
        self._guard()
        self.eas = armed
        return b""

    def _guard(self) -> None:
        if self.alarm_locked:
            raise Refused(LOCKED)
        if self.guarded and not self._password_shown:
            raise Refused(UNEXPLAINED)

    def _show_password(self, body: bytes) -> bytes | None:
        """Take a right password; after a wrong one obey nobody until the field has gone."""
        shown = bytes(a ^ b for a, b in zip(body[1:], self._number * 2, strict=True))
        if body[0] == EAS_PASSWORD and shown == self.password:
            self._password_shown = True
            return b""
        self._mute = True
        return None
