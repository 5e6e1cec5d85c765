"""Which tags' alarms are still to be switched, and what becomes of those that cannot be."""

from collections.abc import Callable
from typing import Protocol

import structlog
from msgspec import Struct

from circulation.facts import Unswitched
from circulation.sealing import seal
from circulation.tags.content import TagContent
from circulation.tags.counter import TagCounter
from station.clock import Clock
from station.effects import Gate
from station.errors import JournalError
from station.events import (
    GateOutcome,
    GateSwitched,
)
from station.journal import GateOwed, Journal

log = structlog.get_logger()

PATIENCE_MS = 600_000
"""After so long the book has left, and a librarian is told."""


class Switcher(Protocol):
    """Whoever reaches tags."""

    def switch(self, uid: str, *, armed: bool, counter: TagCounter | None) -> None:
        """Have the alarm of *uid* set, and one more counted from *counter* on, if it counts.

        How it ended comes as `GateSwitched`.
        """
        ...


class _Owed(Struct):
    armed: bool
    since_ms: int
    counter: TagCounter | None
    before: bool
    """It was owed when the station started: who lent it has been told nothing yet."""


class Gatekeeper:
    """Orders what is owed, and strikes out what is done; only the decider calls."""

    def __init__(
        self, journal: Journal | None, switcher: Switcher, clock: Clock, nudge: Callable[[], None]
    ) -> None:
        """Go on with what *journal* says is owed."""
        self._journal = journal
        self._switcher = switcher
        self._clock = clock
        self._nudge = nudge
        owed = journal.gates_owed() if journal else []
        now_ms = clock.mono_ms()
        self._owed = {
            gate.uid: _Owed(gate.armed, now_ms, gate.counter, before=True) for gate in owed
        }

    def owes(self, gate: Gate) -> None:
        """Have *gate* switched, now that it is on disk with its fact."""
        now_ms = self._clock.mono_ms()
        self._owed[gate.uid] = _Owed(gate.armed, now_ms, gate.counter, before=False)
        self._switcher.switch(gate.uid, armed=gate.armed, counter=gate.counter)

    def lies_there(self, content: TagContent) -> bool:
        """Have the tag switched if that is owed; return whether it lies there for that alone."""
        owed = self._owed.get(content.uid)
        if owed is None:
            return False
        if content.counter != owed.counter:
            # It has counted already, here or elsewhere since: it never counts backwards.
            owed.counter = None
        self._switcher.switch(content.uid, armed=owed.armed, counter=owed.counter)
        return owed.before

    def switched(self, event: GateSwitched) -> None:
        """Strike out what is done; tell the hub of what was refused; wait for what has gone."""
        owed = self._owed.get(event.uid)
        # A book that was returned meanwhile owes what the return asked for.
        if owed is None or owed.armed is not event.armed or self._journal is None:
            return
        match event.outcome:
            case GateOutcome.DONE:
                self._journal.gate_done(event.uid)
                del self._owed[event.uid]
            case GateOutcome.REFUSED:
                self._tell(event.uid)
            case GateOutcome.GONE:
                owed.before = False

    def look(self) -> None:
        """Tell the hub of what has been owed for too long."""
        until_ms = self._clock.mono_ms() - PATIENCE_MS
        for uid in [uid for uid, owed in self._owed.items() if owed.since_ms <= until_ms]:
            self._tell(uid)

    def _tell(self, uid: str) -> None:
        assert self._journal is not None, "nothing is owed without a journal"
        kept = next((gate for gate in self._journal.gates_owed() if gate.uid == uid), None)
        if kept is not None:
            fact = Unswitched(at=self._clock.now(), armed=kept.armed, key=kept.key, item=kept.item)
            try:
                self._journal.record(fact, settled_gate=uid)
            except JournalError:
                # It is still owed, and told when there is room.
                self._owed[uid].since_ms = self._clock.mono_ms()
                return
        log.warning("gate_not_switched", owed=len(self._owed) - 1)
        del self._owed[uid]
        self._nudge()


def sealed(gate: Gate, journal: Journal) -> GateOwed:
    """Return *gate* as it is kept: the item's number can be read by the hub alone."""
    key = journal.key
    item = seal(gate.item.encode(), key)
    return GateOwed(gate.uid, gate.armed, key.id, item, gate.counter)
