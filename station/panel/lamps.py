"""The status lamp: seven patterns that differ in rhythm, not colour, and never dazzle."""

from typing import Any, NamedTuple

from gpiozero import LED


class Rhythm(NamedTuple):
    """Seconds lit and seconds dark, over and over; without the dark it is steady."""

    lit: float
    dark: float


PATTERNS = {
    "ready": Rhythm(1, 0),
    "busy": Rhythm(0.5, 0.5),
    "done": Rhythm(1.2, 0.3),
    "problem": Rhythm(0.2, 0.2),
    "offline": Rhythm(0.2, 2.8),
    "identify": Rhythm(0.1, 0.6),
    "off": Rhythm(0, 1),
}


class Lamp:
    """Shows one pattern until the next."""

    def __init__(self, pin: int, factory: Any) -> None:
        """Begin dark, with the lamp between *pin* and ground."""
        self._led = LED(pin, pin_factory=factory)
        self._shown = "off"

    @property
    def pattern(self) -> str:
        """Return the pattern that is shown."""
        return self._shown

    def show(self, pattern: str) -> None:
        """Show *pattern*; the same again changes nothing."""
        assert pattern in PATTERNS, f"no pattern is called {pattern}"
        if pattern == self._shown:
            return
        self._shown = pattern
        lit, dark = PATTERNS[pattern]
        if lit and dark:
            self._led.blink(lit, dark)
        else:
            self._led.value = bool(lit)

    def close(self) -> None:
        """Go dark and let go of the pin."""
        self._led.close()
