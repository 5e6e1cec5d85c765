"""The alarms of the tags on the pad: switched by the reader's own thread, told to the decider."""

from collections.abc import Callable
from contextlib import suppress

from circulation.tags.counter import TagCounter, next_slot
from station.config import GateSetting
from station.errors import StationError, TagGoneError, TagRefusedError
from station.events import GateOutcome, GateSwitched
from station.readers.carrier import Order, ReaderCarrier
from station.readers.port import TagWriter


class PadGates:
    """Switches alarms over the pad's carrier."""

    def __init__(self, setting: GateSetting, tell: Callable[[GateSwitched], None]) -> None:
        """Set alarms by *setting*, and *tell* how each ended."""
        self._setting = setting
        self._tell = tell
        self._carrier: ReaderCarrier | None = None

    def attach(self, carrier: ReaderCarrier) -> None:
        """Reach tags over *carrier* from now on."""
        self._carrier = carrier

    def switch(self, uid: str, *, armed: bool, counter: TagCounter | None) -> None:
        """Have the alarm of *uid* set, and one more counted from *counter* on.

        How it ended is told as `GateSwitched`.
        """
        afi = self._setting.armed if armed else self._setting.released

        def write(pad: TagWriter) -> None:
            pad.switch_gate(uid, afi=afi, armed=armed)
            if counter is not None:
                # A tag that cannot count is as good a tag: the clocks must do.
                with suppress(TagRefusedError):
                    pad.write(uid, *next_slot(counter, uid))

        def ended(error: StationError | None) -> None:
            self._tell(GateSwitched(uid=uid, armed=armed, outcome=_outcome(error)))

        if self._carrier is None:
            ended(TagGoneError("no pad that writes"))
            return
        self._carrier.order(Order(uid, write, ended))


def _outcome(error: StationError | None) -> GateOutcome:
    if error is None:
        return GateOutcome.DONE
    return GateOutcome.GONE if isinstance(error, TagGoneError) else GateOutcome.REFUSED
