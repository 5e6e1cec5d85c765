"""ISO 15693-3 from the reader's side: what one tag is asked by its UID, and what it says."""

from typing import NamedTuple, Protocol

from msgspec import Struct

ANSWER_MS = 2
"""A tag begins to answer after 0.32 ms, and its first sign takes 0.15 (ISO 15693-3, 9.1)."""
WRITTEN_MS = 22
"""A tag that writes may take 20 ms (ISO 15693-3, 9.1)."""
SLOT_MS = 1
"""A slot in which nobody has begun by then is empty (ISO 15693-3, 9.4)."""

HIGH_RATE, INVENTORY_FLAG, ADDRESSED, OPTION = 0x02, 0x04, 0x20, 0x40
ONE_SLOT = 0x20
"""In an inventory: no slots (ISO 15693-3, 7.3.1)."""
ERROR_FLAG = 0x01
STAY_QUIET = 0x02
READ_SINGLE, WRITE_SINGLE, READ_MULTIPLE = 0x20, 0x21, 0x23
WRITE_AFI, WRITE_DSFID, SYSTEM_INFORMATION = 0x27, 0x29, 0x2B

NO_SUCH = (0x01, 0x02, 0x03)
"""Error codes of a tag that has no such command or option (ISO 15693-3, 7.4.2)."""
UNEXPLAINED, LOCKED = 0x0F, 0x12
NXP, TEXAS_INSTRUMENTS = 0x04, 0x07
"""The maker in a UID's second byte (ISO 7816-6)."""
UID_HEAD, UID_BYTES = 0xE0, 8
TRIES = 3
BLOCKS_AT_ONCE = 32


class Echo(Struct, frozen=True):
    """What came back: one tag's frame if *clear*, else several at once, or one damaged."""

    data: bytes
    clear: bool


class VicinityExchange(Protocol):
    """Sends requests of ISO 15693; the chip makes, checks and removes the checksums."""

    def ask(self, request: bytes, *, patience_ms: int = ANSWER_MS) -> Echo | None:
        """Return what came back on *request*, None where nothing began in *patience_ms*.

        A dead chip is a `ReaderUnavailableError`, here and below.
        """
        ...

    def tell(self, request: bytes) -> None:
        """Send *request*, which nobody answers."""
        ...

    def next_slot(self) -> Echo | None:
        """Begin the next slot of an inventory, and return what came back in it."""
        ...


class Reply(NamedTuple):
    """One tag's whole answer."""

    data: bytes
    error: int | None = None
    """Why the tag does not do it, None where it does (ISO 15693-3, 7.4.2)."""


class SystemInformation(NamedTuple):
    """What a tag says of itself; None is what it leaves out."""

    dsfid: int | None = None
    afi: int | None = None
    blocks: int | None = None
    block_bytes: int = 4


class AddressedTag:
    """One tag of a field, obedient whether it is quiet or not."""

    def __init__(self, air: VicinityExchange, uid: bytes) -> None:
        """Ask the tag *uid*, its bytes as the standard prints them."""
        self._air = air
        self.uid = uid

    @property
    def is_nxp(self) -> bool:
        """Return whether NXP's own commands may be asked."""
        return self.uid[1] == NXP

    def stay_quiet(self) -> None:
        """Let the tag answer no inventory until the field is cycled."""
        self._air.tell(bytes([HIGH_RATE | ADDRESSED, STAY_QUIET]) + self.uid[::-1])

    def ask(
        self, command: int, body: bytes = b"", *, maker: bool = False, patience_ms: int = ANSWER_MS
    ) -> Reply | None:
        """Return the answer to *command*, None where it was silent or damaged, however often.

        With *maker* the command is one of the maker's own.
        """
        head = bytes([HIGH_RATE | ADDRESSED, command]) + (self.uid[1:2] if maker else b"")
        for _ in range(TRIES):
            echo = self._air.ask(head + self.uid[::-1] + body, patience_ms=patience_ms)
            if echo is not None and echo.clear and echo.data:
                return _reply(echo.data)
        return None

    # --- reading -------------------------------------------------------------------------

    def information(self) -> SystemInformation | None:
        """Return what the tag says of itself; one that does not know the question, nothing."""
        reply = self.ask(SYSTEM_INFORMATION)
        if reply is None:
            return None
        return SystemInformation() if reply.error is not None else _information(reply.data)

    def read(self, first: int, count: int, block_bytes: int) -> bytes | None:
        """Return *count* blocks from *first* on, fewer where the memory ends; None on silence.

        A tag that refuses several at once is asked for them one by one.
        """
        memory = b""
        for at in range(first, first + count, BLOCKS_AT_ONCE):
            wanted = min(BLOCKS_AT_ONCE, first + count - at)
            part = self._several(at, wanted, block_bytes)
            if part is None:
                return None
            memory += part
            if len(part) < wanted * block_bytes:
                break
        return memory

    def _several(self, first: int, count: int, block_bytes: int) -> bytes | None:
        reply = self.ask(READ_MULTIPLE, bytes([first, count - 1]))
        if reply is None:
            return None
        if reply.error is None and len(reply.data) == count * block_bytes:
            return reply.data
        return self._singly(first, count, block_bytes)

    def _singly(self, first: int, count: int, block_bytes: int) -> bytes | None:
        memory = b""
        for block in range(first, first + count):
            reply = self.ask(READ_SINGLE, bytes([block]))
            if reply is None:
                return None
            if reply.error is not None or len(reply.data) != block_bytes:
                break
            memory += reply.data
        return memory

    # --- writing -------------------------------------------------------------------------

    def write_block(self, block: int, data: bytes) -> Reply | None:
        """Return what the tag says to *data* for *block*; what counts is reading it back."""
        return self._write(WRITE_SINGLE, bytes([block]) + data)

    def write_afi(self, afi: int) -> Reply | None:
        """Return what the tag says to another application family."""
        return self._write(WRITE_AFI, bytes([afi]))

    def write_dsfid(self, dsfid: int) -> Reply | None:
        """Return what the tag says to another data format."""
        return self._write(WRITE_DSFID, bytes([dsfid]))

    def _write(self, command: int, body: bytes) -> Reply | None:
        if self.uid[1] != TEXAS_INSTRUMENTS:
            return self.ask(command, body, patience_ms=WRITTEN_MS)
        # These want the option flag, and say what came of it only at the next end of frame.
        head = bytes([HIGH_RATE | ADDRESSED | OPTION, command])
        request = head + self.uid[::-1] + body
        echo = self._air.ask(request, patience_ms=WRITTEN_MS) or self._air.next_slot()
        return _reply(echo.data) if echo is not None and echo.clear and echo.data else None


def _reply(data: bytes) -> Reply:
    if data[0] & ERROR_FLAG:
        return Reply(b"", data[1] if len(data) > 1 else UNEXPLAINED)
    return Reply(data[1:])


def _information(data: bytes) -> SystemInformation:
    """Return *data* by its flags: DSFID, AFI, memory size (ISO 15693-3, 10.4.12)."""
    if len(data) < 1 + UID_BYTES:
        return SystemInformation()
    flags, fields = data[0], list(data[1 + UID_BYTES :])
    wanted = 0b1 & flags, 0b10 & flags, 0b100 & flags
    if len(fields) < bool(wanted[0]) + bool(wanted[1]) + 2 * bool(wanted[2]):
        return SystemInformation()
    dsfid = fields.pop(0) if wanted[0] else None
    afi = fields.pop(0) if wanted[1] else None
    if not wanted[2]:
        return SystemInformation(dsfid, afi)
    return SystemInformation(dsfid, afi, fields[0] + 1, (fields[1] & 0x1F) + 1)
