"""What an effect leaves behind: facts in the journal, questions on the line."""

import structlog
from msgspec import Struct

from circulation import cards, proof
from circulation.facts import Asked, Checkin, Checkout, Fact, Outcome, Settled, TagCount
from circulation.identifiers import CardNumber, StationId
from circulation.messages import Ask
from circulation.sealing import SealingKey
from station import gatekeeping
from station.clock import Clock
from station.effects import (
    AskAccount,
    AskCall,
    AskCard,
    AskCopies,
    AskHold,
    AskList,
    AskManner,
    AskWrite,
    Gate,
    RecordCheckin,
    RecordCheckout,
    Settle,
)
from station.errors import JournalError
from station.events import (
    NotRecorded,
    Recorded,
)
from station.journal import Journal
from station.questions import Questions
from station.shelf import ShelfStore

log = structlog.get_logger()

Writing = Settle | RecordCheckout | RecordCheckin
Asking = AskCard | AskAccount | AskCopies | AskHold | AskManner | AskList | AskCall | AskWrite


class Badge(Struct, frozen=True):
    """Which station this is."""

    station: StationId
    number: int
    branch: str
    kind: str
    kit: str
    version: str
    portal_url: str
    card_key: bytes
    isils: frozenset[str] = frozenset()
    """Of the region's libraries; empty where no tag is to be called foreign."""
    counts: bool = False
    """Whether loans and returns are counted on tags."""
    staff_cards: frozenset[str] = frozenset()
    """Cards that have the station say what is wrong with it; no visitor's."""


class Keeper:
    """Writes what the session decides, before anyone is told; only the decider calls."""

    def __init__(
        self, badge: Badge, journal: Journal | None, shelf: ShelfStore, clock: Clock
    ) -> None:
        """Keep in *journal*; None where it was set aside: then nothing can be lent."""
        self.journal = journal
        self.problem = ""
        """Why the last fact could not be written, empty where it could."""
        self._badge = badge
        self._shelf = shelf
        self._clock = clock
        self._asked: dict[int, tuple[int, CardNumber]] = {}
        self._endless = journal.open_asks() if journal else []
        """Questions that nobody waits for: nobody was told that they had come to anything."""

    def ask(self, effect: Asking, questions: Questions) -> Ask | NotRecorded:
        """Return the question to send; one that writes is in the journal first."""
        now_ms = self._clock.mono_ms()
        match effect:
            case AskCard():
                return questions.card(effect.ask, effect.card, effect.pin, now_ms)
            case AskAccount():
                return questions.account(effect.ask, effect.card, effect.pin, now_ms)
            case AskCopies():
                return questions.copies(effect.ask, effect.title, now_ms)
            case AskHold() | AskManner() | AskList():
                return questions.wish(effect, now_ms)
            case AskCall():
                return questions.call(effect.ask, now_ms)
        seq = self._write(
            Asked(
                at=self._clock.now(),
                wish=effect.wish,
                item=effect.item,
                card=effect.card,
                seen=self._shelf.catalogue_version(),
            )
        )
        if seq is None or self.journal is None:
            return NotRecorded(ref=effect.ask)
        self._asked[effect.ask] = (seq, effect.card)
        return questions.write(effect.ask, self.journal.envelope(seq), now_ms)

    def record(self, effect: Writing) -> Recorded | NotRecorded:
        """Return `Recorded` once the fact of *effect* would survive pulling the plug."""
        at = self._clock.now()
        seen = self._shelf.catalogue_version()
        match effect:
            case Settle():
                return self._settle(effect)
            case RecordCheckout():
                fact: Fact = Checkout(
                    at=at,
                    item=effect.item,
                    card=effect.card,
                    due=effect.due,
                    pin_waived=effect.pin_waived,
                    seen=seen,
                    counts=_counts(effect.gates),
                )
                return self._told(effect.ref, self._write(fact, effect.card, effect.gates))
            case RecordCheckin():
                fact = Checkin(at=at, item=effect.item, seen=seen, counts=_counts(effect.gates))
                return self._told(effect.ref, self._write(fact, gates=effect.gates))

    def _settle(self, effect: Settle) -> Recorded | NotRecorded:
        if effect.ask not in self._asked:
            # The question itself could not be written, so there is nothing to end.
            return NotRecorded(ref=effect.ask)
        seq, card = self._asked.pop(effect.ask)
        fact = Settled(
            at=self._clock.now(),
            asked=seq,
            outcome=effect.outcome,
            due=effect.due,
            reason=effect.reason,
            pin_waived=effect.pin_waived,
            counts=_counts(effect.gates),
        )
        offline = card if effect.outcome is Outcome.OFFLINE else None
        written = self._write(fact, offline, effect.gates)
        if written is None:
            self._endless.append(seq)
        return self._told(effect.ask, written)

    def _write(
        self, fact: Fact, offline: CardNumber | None = None, gates: tuple[Gate, ...] = ()
    ) -> int | None:
        if self.journal is None:
            return None
        count = (self._token(offline), self._day()) if offline else None
        owed = [gatekeeping.sealed(gate, self.journal) for gate in gates]
        try:
            seq = self.journal.record(fact, offline=count, gates=owed)
        except JournalError as error:
            self.problem = str(error)
            return None
        self.problem = ""
        return seq

    def end_open_asks(self) -> None:
        """Settle as dropped what has no end: left open by a crash, or by a full disk."""
        begun = len(self._endless)
        while self._endless:
            dropped = Settled(at=self._clock.now(), asked=self._endless[0], outcome=Outcome.DROPPED)
            if self._write(dropped) is None:
                return
            del self._endless[0]
        if begun:
            log.info("asks_dropped", count=begun)

    def seal_to(self, key: SealingKey) -> None:
        """Seal new facts to *key*; those that are on disk stay as they are."""
        if self.journal is not None:
            self.journal.key = key

    @property
    def sealing_keys(self) -> list[str]:
        """Ids of the keys that facts are sealed to which are still kept."""
        return self.journal.sealing_keys if self.journal else []

    def look_at_room(self) -> None:
        """Note `problem` when the journal has come to its bound: before a visitor finds out."""
        if self.journal is not None and not self.problem and self.journal.full:
            self.problem = self.journal.fullness()

    @property
    def warning(self) -> str:
        """Why the journal will soon take no more, empty where it has room."""
        if self.journal is None or self.problem or not self.journal.nearly_full:
            return ""
        return self.journal.fullness()

    def try_again(self) -> None:
        """Clear `problem` where the journal takes something again, and end what had no end."""
        if self.problem and self.journal is not None and self.journal.has_room():
            self.problem = ""
        if not self.problem:
            self.end_open_asks()

    def _told(self, ref: int, seq: int | None) -> Recorded | NotRecorded:
        if seq is None or self.journal is None:
            return NotRecorded(ref=ref)
        code = proof.code(proof.Proof(self._badge.number, self.journal.epoch, seq))
        return Recorded(ref=ref, proof=code)

    def known_offline(self, card: CardNumber) -> bool:
        """Return whether *card* may borrow while the line is down."""
        return self._shelf.knows_card(self._token(card))

    def used_today(self, card: CardNumber) -> int:
        """Return how many loans *card* has made today while the line was down."""
        if self.journal is None:
            return 0
        return self.journal.offline_loans(self._token(card), self._day())

    def _token(self, card: CardNumber) -> str:
        return cards.token(card, self._badge.card_key)

    def _day(self) -> str:
        return self._clock.today().isoformat()


def _counts(gates: tuple[Gate, ...]) -> tuple[TagCount, ...]:
    """Return what the tags count once they are written."""
    return tuple(TagCount(gate.uid, gate.counter.count + 1) for gate in gates if gate.counter)
