"""A place in a library system's queue: asked for by a copy, as SIP2 knows no titles of ours."""

from collections.abc import Callable, Iterable

from circulation.identifiers import BranchCode, CardNumber, ItemId, TitleId
from circulation.messages import ShelfTitle
from circulation.verdicts import Reason
from hub.catalogue.port import HoldVerdict, PatronHold
from hub.catalogue.sip2 import answers, refusals
from hub.catalogue.sip2.answers import SeenPatron
from hub.catalogue.sip2.asking import Asking
from hub.catalogue.sip2.requests import HOLDS, HOLDS_WAITING
from hub.errors import AnswerLostError


class Queueing:
    """Places holds and gives them up; any thread may."""

    def __init__(
        self,
        asking: Asking,
        copies_of: Callable[[TitleId], list[ItemId]],
        title_of: Callable[[ItemId], ShelfTitle | None],
    ) -> None:
        """Ask with *asking*; what the hub itself knows, *copies_of* and *title_of* tell."""
        self._asking = asking
        self._copies_of = copies_of
        self._title_of = title_of

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
        request = self._asking.requests.hold(self._theirs(copies[0]), card, at_ms, pickup=pickup)
        try:
            answer = self._asking.ask(request)
        except AnswerLostError:
            if not self._is_in(card, copies, before):
                raise
            return HoldVerdict(None, self._length(copies[0]))
        if not answer.yes("ok"):
            return HoldVerdict(refusals.reason(answers.words(answer), Reason.NOT_FOR_LOAN))
        if before.holds_told and not self._is_in(card, copies, before):
            raise AnswerLostError("a hold that was granted, and is not there")
        return HoldVerdict(None, answers.place(answer) or self._length(copies[0]))

    def _is_in(self, card: CardNumber, copies: list[ItemId], before: SeenPatron) -> bool:
        """Return whether who has *card* waits for one of *copies*, or for more than *before*."""
        after = self._asking.patron(card, listing=HOLDS_WAITING)
        return _waits(after, copies) or _holds(after) > _holds(before)

    def give_up(self, title: TitleId, card: CardNumber, *, at_ms: int) -> bool:
        """Take who has *card* out of the queue for *title*; return whether in it."""
        mine = self._by(card, self._copies_of(title))
        if mine is None:
            return False
        try:
            self._asking.ask(self._asking.requests.no_hold(self._theirs(mine), card, at_ms))
        except AnswerLostError:
            if self._by(card, [mine]) is not None:
                raise
            return True
        # Some say ok and mean no: what they list is what counts.
        return self._by(card, [mine]) is None

    def of(self, card: CardNumber) -> list[PatronHold]:
        """Return what who has *card* waits for; those that lie ready come first."""
        ready = self._asking.patron(card, listing=HOLDS).waiting_for
        waiting = self._asking.patron(card, listing=HOLDS_WAITING).waiting_for
        listed = dict.fromkeys((*ready, *waiting))
        return [self._hold(ItemId(each), ready=each in ready) for each in listed]

    def _by(self, card: CardNumber, copies: Iterable[ItemId]) -> ItemId | None:
        """Return which of *copies* the hold of who has *card* is listed by, None for none."""
        listed = {
            each
            for listing in (HOLDS_WAITING, HOLDS)
            for each in self._asking.patron(card, listing=listing).waiting_for
        }
        return next((copy for copy in copies if copy in listed), None)

    def _theirs(self, item: ItemId) -> ItemId:
        return self._asking.numbering.theirs(item)

    def _hold(self, item: ItemId, *, ready: bool) -> PatronHold:
        title = self._title_of(item)
        if title is None:
            copy = self._asking.copy(item)
            shown = copy.title if copy and copy.title else item
            title = ShelfTitle(id=TitleId(""), title=shown, language="")
        return PatronHold(title=title, ready=ready)

    def _length(self, item: ItemId) -> int:
        """Return how many wait for *item*'s title, the last of whom is this one; 1 if not told."""
        copy = self._asking.copy(item)
        return max(1, copy.waiting) if copy else 1


def _waits(patron: SeenPatron, copies: Iterable[ItemId]) -> bool:
    return not set(copies).isdisjoint(patron.waiting_for)


def _holds(patron: SeenPatron) -> int:
    return patron.holds_ready + patron.holds_waiting
