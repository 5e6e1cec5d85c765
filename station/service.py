"""A caretaker hears from the station itself what is wrong with it, and reads it out by telephone.

The centre key within a while of the start and before any visitor, or a staff's card at any time
that nobody is there, has it look at all that the doctor looks at and say it.
"""

from collections.abc import Callable

from circulation.messages import Order, OrderDone
from circulation.phrases.numbers import Ui
from circulation.phrases.texts import knows, phrase
from circulation.utterances import Chunk, Utterance
from station.faults import PLACES

EXAMINE = "examine"
"""The chore that answers with what is wrong, one name on a line."""
BEGINNING_MS = 30_000
"""How long after its start the centre key asks for this."""
PLUGGED_BEFORE_MS = 500
"""Headphones that are felt so soon after the start were in before it."""
_ID = "service"


class Service:
    """Begins an examination, and has it said when it is over; one thread calls."""

    def __init__(
        self,
        *,
        staff_cards: frozenset[str],
        chore: Callable[[Order], None],
        announce: Callable[[Utterance], None],
    ) -> None:
        """Be asked by the *staff_cards*, or by a key soon after the station has begun."""
        self._staff_cards = staff_cards
        self._begun_ms = self._until_ms = 0
        self._chore, self._announce = chore, announce
        self._under_way = False

    def begin(self, now_ms: int) -> None:
        """Take *now_ms* (since boot) for the start: from now on keys and headphones are heard."""
        self._begun_ms, self._until_ms = now_ms, now_ms + BEGINNING_MS

    def somebody_came(self, now_ms: int) -> None:
        """Leave the keys to whoever put headphones in at *now_ms* (since boot)."""
        if now_ms >= self._begun_ms + PLUGGED_BEFORE_MS:
            self._until_ms = now_ms

    def asked_by_key(self, key: str, now_ms: int) -> bool:
        """Return whether *key* at *now_ms* (since boot) asks for it, and begin."""
        return key == "centre" and now_ms < self._until_ms and self._examine()

    def asked_by_card(self, number: str) -> bool:
        """Return whether the card *number* asks for it, and begin."""
        return number in self._staff_cards and self._examine()

    def _examine(self) -> bool:
        # Whoever asks again while they wait is not told the same twice.
        if not self._under_way:
            self._under_way = True
            self._chore(Order(id=_ID, kind=EXAMINE, until_ms=0))
        return True

    def ended(self, done: OrderDone, faults: tuple[str, ...], language: Ui) -> bool:
        """Return whether *done* is of an examination, and say what it found and the *faults*."""
        if done.id != _ID:
            return False
        self._under_way = False
        wrong = [each for each in done.told.splitlines() if each]
        if done.outcome != "done":
            wrong = ["failed"]
        said = [_sentence(each, language) for each in wrong]
        said += [
            phrase(language, "doctor.fault", code=" ".join(each)).said
            for each in faults
            if each not in PLACES or PLACES[each] not in wrong
        ]
        words = said or [phrase(language, "doctor.well").said]
        self._announce(tuple(Chunk(each, language) for each in words))
        return True


def _sentence(what: str, language: Ui) -> str:
    key = f"doctor.{what.replace(' ', '_').replace(chr(39), '')}"
    return phrase(language, key if knows(language, key) else "doctor.failed").said
