"""A virtual chip's own wires to a board's mock pins: BUSY that it drives, RST that it obeys."""

from collections.abc import Callable
from typing import Any

STATES_KEPT = 100


def mock_board() -> Any:
    """Return the mock pins of a Raspberry Pi 4, apart from those of any other board."""
    from gpiozero.pins.mock import MockFactory  # noqa: PLC0415 -- a real kit has no mock pins

    return MockFactory(revision="c03114")


def busy_line(pins: Any, number: int, is_high: Callable[[], bool]) -> None:
    """Let *is_high* say what pin *number* reads."""
    from gpiozero.pins.mock import MockPin  # noqa: PLC0415 -- as above

    class BusyPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
        def _get_state(self) -> bool:
            return is_high()

    pins.pin(number, pin_class=BusyPin)


def reset_line(pins: Any, number: int, held: Callable[[bool], None]) -> None:
    """Tell *held* whether pin *number* is low, whenever it is driven otherwise."""
    from gpiozero.pins.mock import MockPin  # noqa: PLC0415 -- as above

    class ResetPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
        def _change_state(self, value: float) -> bool:
            changed = bool(super()._change_state(value))
            del self.states[:-STATES_KEPT]
            if changed:
                held(not value)
            return changed

    pins.pin(number, pin_class=ResetPin)
