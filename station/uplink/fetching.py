"""Which parts of a shelf to ask for, and when; no clock, no socket."""

from circulation.errors import MessageError
from circulation.messages import ShelfPart, ShelfWant
from circulation.shelf_rows import BURST_PARTS, PART_BYTES, PARTS_MAX
from station.uplink.port import OnItsWay, ShelfInbox

PATIENCE_MS_MIN = 3_000
PATIENCE_MS_MAX = 60_000


class Fetching:
    """The way to the shelf that the hub's settings name; over one connection after another."""

    def __init__(self, shelf: ShelfInbox) -> None:
        """Put what comes into *shelf*."""
        self._shelf = shelf
        self._wished = ""
        self._whole = False
        self._asked: set[int] = set()
        self._since_ms: int | None = None
        self._patience_ms = PATIENCE_MS_MIN
        self._stumbles = 0

    def begin(self) -> None:
        """Begin anew on a new line: what was asked for on the old one may never come."""
        self._since_ms, self._patience_ms = None, PATIENCE_MS_MIN

    def wish(self, version: str) -> None:
        """Note which version the hub has for us."""
        self._wished = version

    def due(self, now_ms: int) -> ShelfWant | None:
        """Return what to ask for now, None where nothing is missing or still awaited."""
        have, arrivals = self._shelf.version(), self._shelf.arrivals
        if not self._wished:
            return None
        if self._wished == have:
            if arrivals.arriving is not None:
                arrivals.forget()
            return None
        if self._since_ms is not None:
            if now_ms - self._since_ms < self._patience_ms:
                return None
            self._patience_ms = min(self._patience_ms * 2, PATIENCE_MS_MAX)
        self._since_ms = now_ms
        missing = arrivals.missing(BURST_PARTS)
        self._asked = set(missing)
        return ShelfWant(
            have="" if self._whole else have,
            pack=arrivals.arriving.pack if arrivals.arriving else "",
            missing=missing,
        )

    def take(self, part: ShelfPart, now_ms: int) -> bool:
        """Take *part* in; return True when a new shelf is in force.

        Raises `MessageError` for a part that is impossible, or a shelf that is not as promised.
        """
        arriving = self._shelf.arrivals.arriving
        known = arriving is not None and arriving.pack == part.pack
        _check(part, arriving if known else None)
        if not known and not self._leads_on(part):
            return False
        if not known:
            self._asked = set(range(min(BURST_PARTS, part.parts)))
        self._asked.discard(part.part)
        self._patience_ms = PATIENCE_MS_MIN
        self._since_ms = now_ms if self._asked else None
        try:
            whole = self._shelf.arrivals.take(part)
        except MessageError:
            self._stumble(now_ms)
            raise
        if whole:
            self._whole, self._stumbles = False, 0
        return whole

    def _stumble(self, now_ms: int) -> None:
        """Ask for the whole where changes led nowhere; where that did too, not at once."""
        self._stumbles += 1
        self._whole = self._whole or self._shelf.arrivals.arriving is None
        if self._stumbles > 1:
            self._since_ms = now_ms
            self._patience_ms = min(PATIENCE_MS_MIN << self._stumbles, PATIENCE_MS_MAX)

    def _leads_on(self, part: ShelfPart) -> bool:
        """Return whether the pack of *part* leads from where we are to where we are sent."""
        have = self._shelf.version()
        bases = ("",) if self._whole else ("", have)
        return part.version == self._wished != have and part.base in bases


def _check(part: ShelfPart, fellow: OnItsWay | None) -> None:
    if not 0 <= part.part < part.parts <= PARTS_MAX or len(part.data) > PART_BYTES:
        raise MessageError(f"part {part.part} of {part.parts} of a shelf")
    if fellow and (fellow.version, fellow.parts) != (part.version, part.parts):
        raise MessageError("a part of a shelf that does not fit the others of its pack")
