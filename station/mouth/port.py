"""What can be heard, or could: the port of every sink."""

from typing import Protocol

from station.errors import StationError

AHEAD_MS_MAX = 100
"""How much a sink takes before it is heard: what a change of volume waits for."""


class SoundUnavailableError(StationError, OSError):
    """There is no sound device, or it has gone."""


class Playback(Protocol):
    """One utterance on its way to the ear; once cut it stays silent."""

    def write(self, sound: bytes) -> None:
        """Play *sound* after what came before; return when there is room for more."""

    def drain(self) -> None:
        """Return when all has been heard, or when it was cut."""

    def cut(self) -> None:
        """Fall silent within 50 ms; called from any thread, any number of times."""


class AudioSink(Protocol):
    """Something that can be heard, or could."""

    def open(self) -> Playback:
        """Begin an utterance."""
