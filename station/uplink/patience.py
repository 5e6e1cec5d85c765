"""How long the hub's silence is borne: ever longer, and by each station at a pace of its own."""

import zlib

QUIET_MS_MIN = 6_000
QUIET_MS_MAX = 120_000
"""How long a connection may stay without a word of the hub's: a broker may serve nobody."""
PROBE_MS_MIN = 2_000
PROBE_MS_MAX = 30_000
"""How soon the hub is asked again whether it is there."""
AGAIN_MS = 240_000
"""How soon a station says again how it is, though nothing has changed since."""


class Patience:
    """Doubles with each try in vain, until the hub is heard; no clock.

    A hub to which a thousand stations come back at once is busy, not gone: who asks it again, or
    tries another connection, only makes it busier.
    """

    def __init__(self, who: str) -> None:
        """Bear silence as station *who* does: of many, no two try anew at the same moment."""
        self._pace = 0.75 + zlib.crc32(who.encode()) / 2**33
        self.hub_was_heard()

    def hub_was_heard(self) -> None:
        """Be as impatient again as at first: whatever there was is over."""
        self._in_vain = 0
        self.ask_soon()

    def ask_soon(self) -> None:
        """Ask often again: a visitor waits for the answer."""
        self._unanswered = 0

    @property
    def quiet_ms(self) -> int:
        """How long this connection may stay without a word of the hub's."""
        return self._borne(QUIET_MS_MIN, QUIET_MS_MAX, self._in_vain)

    @property
    def probe_ms(self) -> int:
        """How long after the last time the hub is asked again."""
        return self._borne(PROBE_MS_MIN, PROBE_MS_MAX, self._unanswered)

    @property
    def again_ms(self) -> int:
        """How long after the last time the hub is told again how the station is.

        A hub in the place of the one that was told may have heard nothing of it, and know of less.
        """
        return int(AGAIN_MS * self._pace)

    def asked_in_vain(self) -> None:
        """Wait longer before asking again."""
        self._unanswered += 1

    def connected_in_vain(self) -> None:
        """Give the next connection longer."""
        self._in_vain += 1

    def _borne(self, least: int, most: int, times: int) -> int:
        return int(min(least * 2 ** min(times, 10), most) * self._pace)
