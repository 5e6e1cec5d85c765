"""What the pages need of the station behind them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from station.screens import Screen


class KioskHost(Protocol):
    """Whoever has the screen to show and takes what is pressed on it."""

    px_per_mm: float
    """Of the screen, so that sizes in millimetres come out right."""

    size_px: tuple[int, int]
    """Width and height of the screen, or of one a bench may show for a station without."""

    has_screen: bool

    def screen(self) -> Screen:
        """Return the present screen."""
        ...

    def changes(self) -> AbstractContextManager[Iterator[None]]:
        """Return what yields at once, at every new screen, and at least every few seconds."""
        ...

    def press(self, button: str) -> None:
        """Press the button *button* of the present screen."""
        ...

    def key(self, key: str) -> None:
        """Press *key* of the keypad."""
        ...

    def health(self) -> dict[str, Any]:
        """Return how the station fares, without anything of anybody's."""
        ...


class BenchHost(Protocol):
    """Whoever can move the simulated parts and has heard what was spoken."""

    def tags(self) -> list[dict[str, str]]:
        """Return every tag there is to place: `name`, `kind`, and `title` or `patron`, `pin`."""
        ...

    def readers(self) -> list[str]:
        """Return the readers of the kit: of `card`, `pad` and `finger`."""
        ...

    def placed(self) -> dict[str, list[str]]:
        """Return the names of the tags on each reader."""
        ...

    def place(self, reader: str, tag: str) -> None:
        """Put *tag* on *reader*; it leaves the reader it lay on."""
        ...

    def remove(self, reader: str, tag: str) -> None:
        """Take *tag* from *reader*."""
        ...

    @property
    def has_scanner(self) -> bool:
        """Return whether the kit has a barcode scanner."""
        ...

    def scan(self, text: str) -> None:
        """Hold a barcode with *text* to the scanner."""
        ...

    def key(self, key: str) -> None:
        """Press and let go *key*."""
        ...

    def press(self, button: str) -> None:
        """Press the button *button* of the present screen."""
        ...

    def plug(self, inside: bool) -> None:
        """Plug headphones in, or pull them out."""
        ...

    def line(self, up: bool) -> None:
        """Pull the network plug, or put it back."""
        ...

    def lamp(self) -> str:
        """Return the pattern that the status lamp shows."""
        ...

    def headphones(self) -> bool:
        """Return True while headphones are in."""
        ...

    def line_up(self) -> bool:
        """Return True while the network plug is in."""
        ...

    def heard(self) -> list[dict[str, Any]]:
        """Return what was spoken, oldest first: `id`, `text`, `lang`, `engine`, `cut` ..."""
        ...

    def wav(self, heard: int) -> bytes | None:
        """Return the sound of what was heard, or None where it is not kept."""
        ...

    def owed(self) -> int:
        """Return how many facts the hub has yet to acknowledge."""
        ...
