"""The lamp, which for a while may show where the station is instead of how it is."""

from typing import Protocol

IDENTIFY_MS = 20_000


class Shown(Protocol):
    """A lamp with patterns."""

    def show(self, pattern: str) -> None:
        """Show *pattern* until the next."""
        ...


class Beacon:
    """Shows what it is told, but for the while in which a technician looks for the station."""

    def __init__(self, lamp: Shown) -> None:
        """Show it on *lamp*."""
        self._lamp = lamp
        self._pattern = "off"
        self._until_ms = 0

    def show(self, pattern: str) -> None:
        """Show *pattern* until the next, at once or when the station has been found."""
        self._pattern = pattern
        if not self._until_ms:
            self._lamp.show(pattern)

    def identify(self, now_ms: int) -> None:
        """Blink for `IDENTIFY_MS` from *now_ms*, milliseconds since boot."""
        self._until_ms = now_ms + IDENTIFY_MS
        self._lamp.show("identify")

    def look(self, now_ms: int) -> None:
        """Go back to what is to be shown where the while is over."""
        if self._until_ms and now_ms >= self._until_ms:
            self._until_ms = 0
            self._lamp.show(self._pattern)
