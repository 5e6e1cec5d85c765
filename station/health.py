"""What is wrong with the machine, by code, and what the hub is told of how a station is."""

from collections.abc import Iterator

import structlog

from circulation.messages import State
from station import faults
from station.keeping import Badge
from station.parts import Fault, Parts
from station.phrases.store import Kept

log = structlog.get_logger()

_STOPS_JOURNAL = frozenset({faults.JOURNAL_ASIDE, faults.JOURNAL_FULL})


class Health:
    """Keeps the faults that there are; only the decider changes them."""

    def __init__(self, badge: Badge, parts: Parts) -> None:
        """Begin with none."""
        self._badge = badge
        self._parts = parts
        self._faults: dict[str, str] = {}
        self._phrases = Kept()

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of what is wrong now."""
        return tuple(sorted(self._faults))

    @property
    def journal_open(self) -> bool:
        """Return whether the journal is there and takes facts."""
        return _STOPS_JOURNAL.isdisjoint(self._faults)

    def look(self) -> Iterator[Fault]:
        """Yield what each part says of itself, whether it is news or not."""
        keeper, mouth = self._parts.keeper, self._parts.mouth.faults()
        keeper.look_at_room()
        aside = "" if keeper.journal else "the journal is set aside"
        told = {
            faults.JOURNAL_ASIDE: aside,
            faults.JOURNAL_FULL: keeper.problem,
            faults.JOURNAL_NEARLY_FULL: keeper.warning,
            faults.NO_SOUND: mouth.get(faults.NO_SOUND, ""),
            faults.NO_VOICE: mouth.get(faults.NO_VOICE, ""),
            faults.SETTINGS_ASIDE: self._parts.settings.problem,
        }
        for code, why in told.items():
            yield Fault(code, present=bool(why), message=why)

    def note(self, fault: Fault) -> bool:
        """Take *fault* in; return whether it is news."""
        if fault.present == (fault.code in self._faults):
            return False
        if fault.present:
            self._faults[fault.code] = fault.message
        else:
            del self._faults[fault.code]
        log.warning("fault", code=fault.code, present=fault.present, message=fault.message)
        return True

    def phrases(self, kept: Kept) -> bool:
        """Take in how much is *kept* for the mouth; return whether it is news."""
        before, self._phrases = self._phrases, kept
        return before != kept

    def owed(self) -> int:
        """Return how many facts the hub has not acknowledged."""
        journal = self._parts.keeper.journal
        return journal.owed if journal else 0

    def state(self, connection: int) -> State:
        """Return the station's birth as it is now."""
        badge, parts = self._badge, self._parts
        journal, arriving = parts.keeper.journal, parts.shelf.arrivals.arriving
        return State(
            alive=True,
            connection=connection,
            version=badge.version,
            kit=badge.kit,
            kind=badge.kind,
            epoch=journal.epoch if journal else 0,
            owed=self.owed(),
            clock_trusted=parts.clock.now().trusted,
            shelf_version=parts.shelf.version(),
            shelf_parts_here=arriving.here if arriving else 0,
            shelf_parts=arriving.parts if arriving else 0,
            phrases=self._phrases.here,
            phrases_bytes=self._phrases.size,
            phrases_missing=self._phrases.missing,
            faults=list(self.codes),
            keys=sorted({*parts.keeper.sealing_keys, *parts.questions.sealing_keys}),
        )
