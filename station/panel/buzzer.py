"""The buzzer: short beeps for those who have no headphones in."""

from typing import Any, NamedTuple

import gpiozero


class Beeps(NamedTuple):
    """How many beeps, and how long each is; between two there is as much silence."""

    times: int
    seconds: float


SOUNDS = {
    "digit": Beeps(1, 0.03),
    "found": Beeps(1, 0.08),
    "done": Beeps(2, 0.08),
    "problem": Beeps(1, 0.4),
    "end": Beeps(3, 0.05),
}


class Buzzer:
    """Beeps in the background; a new sound cuts the one before."""

    def __init__(self, pin: int, factory: Any) -> None:
        """Begin silent, with an active buzzer that *pin* switches through its own transistor."""
        self._buzzer = gpiozero.Buzzer(pin, pin_factory=factory)

    def beep(self, name: str) -> None:
        """Sound *name*."""
        times, seconds = SOUNDS[name]
        self._buzzer.beep(seconds, seconds, n=times)

    def close(self) -> None:
        """Fall silent and let go of the pin."""
        self._buzzer.close()
