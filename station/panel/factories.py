"""Where pins come from: the board's own, or mock ones; a name in the config, loaded when chosen."""

from collections.abc import Callable
from typing import Any

from station.errors import PanelUnavailableError

STATES_KEPT = 100
PI4_REVISION = "c03114"


def open_factory(name: str) -> Any:
    """Return the gpiozero pin factory called *name*, `lgpio` or `mock`."""
    return FACTORIES[name]()


def lgpio_factory() -> Any:
    """Return the board's own pins, or raise `PanelUnavailableError`."""
    try:
        # Only a real board has lgpio.
        from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415

        return LGPIOFactory()
    except (ImportError, OSError, RuntimeError) as error:
        raise PanelUnavailableError(
            f"the GPIO pins cannot be opened ({error}); "
            "check that lgpio is installed and that this user is in group gpio"
        ) from error


def mock_factory() -> Any:
    """Return the mock pins of a Raspberry Pi 4, apart from those of any other mock factory."""
    from gpiozero.pins.mock import MockFactory, MockPWMPin  # noqa: PLC0415 -- as above

    class ShortMemoryPin(MockPWMPin):  # type: ignore[misc]  # gpiozero has no types
        """A mock pin that does not keep every blink of a lamp for months."""

        def _change_state(self, value: float) -> bool:
            changed = bool(super()._change_state(value))
            del self.states[:-STATES_KEPT]
            return changed

    return MockFactory(revision=PI4_REVISION, pin_class=ShortMemoryPin)


FACTORIES: dict[str, Callable[[], Any]] = {"lgpio": lgpio_factory, "mock": mock_factory}
