"""Questions to a library system that change nothing: how a copy is, and who has a card."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from msgspec import structs

from circulation.identifiers import CardNumber, ItemId
from hub.catalogue.sip2 import answers
from hub.catalogue.sip2.answers import SeenCopy, SeenPatron
from hub.catalogue.sip2.numbering import Numbering
from hub.catalogue.sip2.requests import CHARGED, Requests
from hub.errors import AnswerLostError, CatalogueUnavailableError
from hub.sip2 import numbers
from hub.sip2.codec import Message, Sip2Error, is_about
from hub.sip2.pool import Pool

REMEMBER_MS = 10 * 60_000
"""How long it is remembered who has a card; what the card is worth is asked each time."""
REMEMBERED_MAX = 2000
LISTED_MAX = 500
_NOBODY = Message("64", fields=(("BL", "N"),))
"""What is to be said of a card that cannot even be asked about."""


class Asking:
    """Asks over *pool*; any thread may."""

    def __init__(
        self, pool: Pool, requests: Requests, numbering: Numbering, now_ms: Callable[[], int]
    ) -> None:
        """Ask in the words of *requests*, and of copies as *numbering* says."""
        self._pool = pool
        self.requests = requests
        self.numbering = numbering
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._remembered: OrderedDict[CardNumber, tuple[int, SeenPatron]] = OrderedDict()

    def close(self) -> None:
        """Hang up."""
        self._pool.close()

    def ask(self, request: Message) -> Message:
        """Return the answer to *request*, whatever it does; or raise as the pool does."""
        return self._pool.ask(request)

    def look(self, request: Message) -> Message:
        """Return the answer to *request*, which changes nothing: one lost answer is asked again."""
        try:
            return self.ask(request)
        except AnswerLostError:
            return self.ask(request)

    def copy(self, item: ItemId) -> SeenCopy | None:
        """Return how *item* is, None where the library system does not know it."""
        for number in self.numbering.to_try(item):
            try:
                answer = self._about_copy(item, number)
            except Sip2Error:
                # A number that no line can say, such as one with a bar in it, is nobody's.
                continue
            if (seen := answers.copy(item, answer)) is not None:
                self.numbering.learn(item, _written(answer, number))
                return seen
        self.numbering.forget(item)
        return None

    def _about_copy(self, item: ItemId, number: ItemId) -> Message:
        """Return the answer to how *item* is, which is asked for by *number*.

        One with other zeros before its number is believed where it is told twice, and is not that
        of another copy in the hub's own lists.
        """
        request = self.requests.item(number, self._now_ms())
        answer = self.look(request)
        if is_about(answer, "AB", number):
            return answer
        again = self.look(request) if self.numbering.may_be(answer.get("AB") or "", item) else None
        if again is None or not (is_about(again, "AB", number) or _tell_one(answer, again)):
            raise CatalogueUnavailableError("the library system answers about another copy")
        return again

    def patron(
        self, card: CardNumber, *, listing: int = CHARGED, pin: str | None = None
    ) -> SeenPatron:
        """Return who stands behind *card*, with one list whole."""
        request = self.requests.patron(card, self._now_ms(), listing=listing, pin=pin)
        try:
            answer = self._about(card, request)
        except Sip2Error:
            return answers.patron(card, _NOBODY)
        seen = answers.patron(card, answer)
        if listing == CHARGED:
            seen = self._whole(card, seen)
        seen = structs.replace(
            seen,
            charged=self.numbering.as_tags(seen.charged),
            waiting_for=self.numbering.as_listed(seen.waiting_for),
        )
        self._remember(card, seen)
        return seen

    def _about(self, card: CardNumber, request: Message) -> Message:
        """Return the answer to *request* about who has *card*.

        A patron's own number may be another than their card's: one that was not heard of before
        is believed where it is told twice, and may else be that of somebody else.
        """
        answer = self.look(request)
        told = (answer.get("AA") or "").strip()
        with self._lock:
            _, known = self._remembered.get(card, (0, None))
        if is_about(answer, "AA", card) or (known is not None and known.patron == told):
            return answer
        again = self.look(request)
        if not is_about(again, "AA", card) and (again.get("AA") or "").strip() != told:
            raise CatalogueUnavailableError("the library system answers about somebody else")
        return again

    def remembered(self, card: CardNumber) -> SeenPatron:
        """Return who stands behind *card*, as it was a little while ago where that is known."""
        with self._lock:
            at_ms, seen = self._remembered.get(card, (0, None))
        if seen is not None and self._now_ms() - at_ms < REMEMBER_MS:
            return seen
        return self.patron(card)

    def _whole(self, card: CardNumber, seen: SeenPatron) -> SeenPatron:
        """Return *seen* with the loans that some systems tell only page by page."""
        charged = list(seen.charged)
        while charged and len(charged) < min(seen.charged_count, LISTED_MAX):
            first = len(charged) + 1
            request = self.requests.patron(card, self._now_ms(), first=first)
            more = answers.patron(card, self.look(request)).charged
            new = [item for item in more if item not in charged]
            if not new:
                break
            charged += new
        return seen.with_charged(charged)

    def _remember(self, card: CardNumber, seen: SeenPatron) -> None:
        with self._lock:
            if seen.patron is None:
                self._remembered.pop(card, None)
                return
            self._remembered[card] = (self._now_ms(), seen)
            self._remembered.move_to_end(card)
            while len(self._remembered) > REMEMBERED_MAX:
                self._remembered.popitem(last=False)


def _written(answer: Message, number: ItemId) -> ItemId:
    """Return how *answer* writes *number*, where it has other zeros before it."""
    return number if is_about(answer, "AB", number) else ItemId((answer.get("AB") or "").strip())


def _tell_one(one: Message, other: Message) -> bool:
    return numbers.same(one.get("AB") or "", other.get("AB") or "")
