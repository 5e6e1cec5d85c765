"""The whole panel of one station, as its kit has it soldered."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from gpiozero import GPIOZeroError
from msgspec import Struct, field

from station.errors import PanelUnavailableError
from station.panel.buzzer import Buzzer
from station.panel.jack import Jack
from station.panel.keys import Keys
from station.panel.lamps import Lamp


class PanelPins(Struct, frozen=True, kw_only=True):
    """BCM numbers of what there is; what there is not is None."""

    keys: dict[str, int] = field(default_factory=dict)
    lamp: int | None = None
    buzzer: int | None = None
    jack: int | None = None


class Panel:
    """Carries what a hand does; what the kit lacks is silently not shown."""

    def __init__(
        self,
        pins: PanelPins,
        factory: Any,
        *,
        on_key: Callable[[str], None],
        on_headphones: Callable[[bool], None],
        same_key_ms: int = 0,
    ) -> None:
        """Claim *pins* of *factory*, its own from now on, or raise `PanelUnavailableError`.

        The same key is not heard again for *same_key_ms* after it was pressed.
        The callbacks are called on other threads, and must only carry.
        """
        self._factory, self._same_key_ms = factory, same_key_ms
        self._lamp: Lamp | None = None
        self._buzzer: Buzzer | None = None
        self._jack: Jack | None = None
        with ExitStack() as parts:
            try:
                self._claim(pins, parts, on_key, on_headphones)
            except (GPIOZeroError, OSError, RuntimeError) as error:
                raise PanelUnavailableError(
                    f"a pin of the panel cannot be used ({error}); "
                    "check the kit's pins and that nothing else uses them"
                ) from error
            self._parts = parts.pop_all()

    @property
    def headphones(self) -> bool:
        """Return whether headphones are surely in; never, where there is no jack."""
        return self._jack is not None and self._jack.plugged

    @property
    def pattern(self) -> str:
        """Return what the lamp was last told to show, `off` where there is none."""
        return self._lamp.pattern if self._lamp is not None else "off"

    def show(self, pattern: str) -> None:
        """Show *pattern* on the lamp until the next."""
        if self._lamp is not None:
            self._lamp.show(pattern)

    def beep(self, name: str) -> None:
        """Sound *name* on the buzzer."""
        if self._buzzer is not None:
            self._buzzer.beep(name)

    def close(self) -> None:
        """Go dark and silent and let go of every pin."""
        self._parts.close()

    def _claim(
        self,
        pins: PanelPins,
        parts: ExitStack,
        on_key: Callable[[str], None],
        on_headphones: Callable[[bool], None],
    ) -> None:
        parts.callback(self._factory.close)
        keys = Keys(pins.keys, self._factory, on_key, same_key_ms=self._same_key_ms)
        parts.callback(keys.close)
        if pins.lamp is not None:
            self._lamp = Lamp(pins.lamp, self._factory)
            parts.callback(self._lamp.close)
        if pins.buzzer is not None:
            self._buzzer = Buzzer(pins.buzzer, self._factory)
            parts.callback(self._buzzer.close)
        if pins.jack is not None:
            self._jack = Jack(pins.jack, self._factory, on_headphones)
            parts.callback(self._jack.close)
