"""A place in a library system's queue: asked for by a copy, as SIP2 knows no titles of ours."""

from collections.abc import Callable, Iterable

from circulation.identifiers import BranchCode, CardNumber, ItemId, TitleId
from circulation.verdicts import Reason
from hub.catalogue.port import HoldVerdict
from hub.catalogue.sip2 import answers, refusals
from hub.catalogue.sip2.answers import SeenPatron
from hub.catalogue.sip2.asking import Asking
from hub.catalogue.sip2.requests import HOLDS_WAITING
from hub.errors import AnswerLostError


class Queueing:
    """Places holds; any thread may."""

    def __init__(self, asking: Asking, copies_of: Callable[[TitleId], list[ItemId]]) -> None:
        """Ask with *asking*; *copies_of* knows copies of a title, as far as the hub knows any."""
        self._asking = asking
        self._copies_of = copies_of

    def place(
        self, title: TitleId, card: CardNumber, *, pickup: BranchCode, at_ms: int
    ) -> HoldVerdict:
        """Put who has *card* in the queue for *title*; who waits already keeps the place."""
        copies = self._copies_of(title)
        if not copies:
            return HoldVerdict(Reason.NOT_FOR_LOAN)
        before = self._asking.patron(card, listing=HOLDS_WAITING)
        if before.refused is not None:
            return HoldVerdict(before.refused)
        if _waits(before, copies):
            return HoldVerdict(None, self._length(copies[0]))
        request = self._asking.requests.hold(copies[0], card, at_ms, pickup=pickup)
        try:
            answer = self._asking.ask(request)
        except AnswerLostError:
            after = self._asking.patron(card, listing=HOLDS_WAITING)
            if not _waits(after, copies) and _holds(after) <= _holds(before):
                raise
            return HoldVerdict(None, self._length(copies[0]))
        if not answer.yes("ok"):
            return HoldVerdict(refusals.reason(answers.words(answer), Reason.NOT_FOR_LOAN))
        return HoldVerdict(None, answers.place(answer) or self._length(copies[0]))

    def _length(self, item: ItemId) -> int:
        """Return how many wait for *item*'s title, the last of whom is this one; 1 if not told."""
        copy = self._asking.copy(item)
        return max(1, copy.waiting) if copy else 1


def _waits(patron: SeenPatron, copies: Iterable[ItemId]) -> bool:
    return not set(copies).isdisjoint(patron.waiting_for)


def _holds(patron: SeenPatron) -> int:
    return patron.holds_ready + patron.holds_waiting
