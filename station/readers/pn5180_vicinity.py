"""ISO 15693 through a PN5180: requests, and the bare end of frame that begins the next slot."""

from station.readers.iso15693 import ANSWER_MS, SLOT_MS, Echo
from station.readers.pn5180_host import Action, Change, Register
from station.readers.pn5180_link import (
    CLEAR,
    RX_COLLISION,
    RX_DAMAGED,
    RX_PROTOCOL_ERROR,
    Air,
    Link,
    Reception,
)

CRC_ON = 0x01
END_ONLY = CLEAR & ~(1 << 10 | 0x3 << 6)
"""TX_CONFIG without data and start symbol: what is left to send is the end of frame."""
NOT_CLEAR = RX_DAMAGED | RX_PROTOCOL_ERROR | RX_COLLISION


class Pn5180Vicinity:
    """A `VicinityExchange`; the chip makes and checks the checksums."""

    def __init__(self, link: Link) -> None:
        """Speak over *link*."""
        self._link = link
        self._framing = 0
        self._end_only = False

    def enter(self) -> None:
        """Power all tags of this standard with a new field."""
        self._link.enter(Air.ISO15693)
        self._link.host.write_registers(
            Change(Register.CRC_TX_CONFIG, Action.OR, CRC_ON),
            Change(Register.CRC_RX_CONFIG, Action.OR, CRC_ON),
        )
        self._framing = self._link.host.read_register(Register.TX_CONFIG)
        self._end_only = False

    def ask(self, request: bytes, *, patience_ms: int = ANSWER_MS) -> Echo | None:
        """Return what came back on *request*, as `VicinityExchange`."""
        return _echo(
            self._link.exchange(request, patience_ms=patience_ms, changes=self._framed(False))
        )

    def tell(self, request: bytes) -> None:
        """Send *request*, which nobody answers."""
        self._link.tell(request, changes=self._framed(False))

    def next_slot(self) -> Echo | None:
        """Begin the next slot of an inventory, and return what came back in it."""
        changes = self._framed(True)
        return _echo(self._link.exchange(b"", patience_ms=SLOT_MS, changes=changes))

    def _framed(self, end_only: bool) -> tuple[Change, ...]:
        if end_only is self._end_only:
            return ()
        self._end_only = end_only
        framing = self._framing & END_ONLY if end_only else self._framing
        return (Change(Register.TX_CONFIG, Action.WRITE, framing),)


def _echo(heard: Reception | None) -> Echo | None:
    if heard is None:
        return None
    return Echo(heard.data, clear=not heard.status & NOT_CLEAR)
