"""Loans, returns and renewals in a library system that knows no ids: each is made once.

A call is noted before it is sent. Whether it was made is decided by what is seen afterwards, by
Item Information (17) and Patron Information (63), wherever its answer did not come or is not to
be believed.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import date, timedelta

import structlog
from msgspec import Struct

from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId
from circulation.verdicts import Accepted, Reason, Refused, Verdict
from hub.catalogue.port import CatalogueEvent, Change, Loan
from hub.catalogue.region_days import LOAN_DAYS, local_day
from hub.catalogue.sip2 import answers, refusals
from hub.catalogue.sip2.answers import SeenCopy
from hub.catalogue.sip2.asking import Asking
from hub.catalogue.sip2.copies import NO_DAY, CopyDesk, Found
from hub.catalogue.sip2.inferring import Begun, Seen
from hub.errors import AnswerLostError, CatalogueUnavailableError
from hub.sip2.codec import Message

SAID_MAX = 500
WORDS_MAX = 300

log = structlog.get_logger()

Done = Callable[[str, Change], CatalogueEvent | None]


class Write(Struct, frozen=True, kw_only=True):
    """One change on its way: under which posting, when it happened, and whether it has."""

    posting: str
    at_ms: int
    due: date | None = None
    happened: bool = False


class Writing:
    """Writes to one library system; any thread may."""

    def __init__(self, asking: Asking, copies: CopyDesk, done: Done) -> None:
        """Write with *asking*; what the hub itself has done before, *done* knows."""
        self._asking = asking
        self._copies = copies
        self._done = done
        self._said: OrderedDict[str, str] = OrderedDict()

    def said(self, posting: str) -> str:
        """Return the library system's own words on *posting*."""
        return self._said.get(posting, "")

    def lend(self, item: ItemId, card: CardNumber, write: Write) -> Verdict:
        """Lend *item*; who has it already keeps it, and it is never a renewal."""
        with self._copies.one_at_a_time(item):
            found = self._copies.look(item, card)
            if (done := self._done(write.posting, Change.LENT)) is not None:
                return Accepted(_day(done.due, write))
            if found is None:
                return Refused(Reason.ITEM_UNKNOWN)
            patron = self._asking.remembered(card).patron
            if patron is None:
                return Refused(Reason.CARD_REFUSED)
            if found.loan is not None and found.loan.patron == patron:
                return Accepted(_day(found.loan.due, write))
            if found.loan is not None and not self._came_back(item, write):
                return Refused(refusals.ELSE_OF_LOAN)
            return self._lend(item, card, patron, write)

    def take_back(self, item: ItemId, branch: BranchCode, write: Write) -> bool:
        """Take *item* back; return whether it is known, and in."""
        with self._copies.one_at_a_time(item):
            if (found := self._copies.look(item)) is None:
                return False
            if found.loan is None or self._done(write.posting, Change.RETURNED) is not None:
                return True
            return self._take_back(item, branch, write)

    def renew(self, item: ItemId, card: CardNumber, write: Write) -> Verdict:
        """Extend the loan of *item*; a day that was told and already holds asks for nothing."""
        with self._copies.one_at_a_time(item):
            found = self._copies.look(item, card)
            if (done := self._done(write.posting, Change.RENEWED)) is not None:
                return Accepted(_day(done.due, write))
            if found is None:
                return Refused(Reason.ITEM_UNKNOWN)
            patron = self._asking.remembered(card).patron
            if patron is None:
                return Refused(Reason.CARD_REFUSED)
            if found.loan is None or found.loan.patron != patron:
                return Refused(Reason.NOT_ON_LOAN)
            if write.due is not None and found.loan.due >= write.due:
                return Accepted(found.loan.due)
            return self._renew(item, card, found.loan, write)

    # --- one call ------------------------------------------------------------------------

    def _lend(self, item: ItemId, card: CardNumber, patron: PatronId, write: Write) -> Verdict:
        request = self._asking.requests.lend(
            self._theirs(item), card, write.at_ms, due=write.due, happened=write.happened
        )
        call = Begun(write.posting, Change.LENT, patron, write.at_ms)
        answer = self._send(item, request, call)
        if answer is not None and not write.happened:
            if not answer.yes("ok"):
                return self._refused(answer, call, refusals.ELSE_OF_LOAN)
            # A yes without a day is no loan of theirs yet, whatever it says.
            if answer.get("AH"):
                due = _day(answers.due(answer), write)
                self._must_show(item, call, lambda seen: seen.on_loan)
                self._wrote(item, call, Loan(item=item, patron=patron, due=due))
                return Accepted(due)
        shown = self._shown(item, call)
        if shown.loan is not None and shown.loan.patron == patron:
            return Accepted(_day(shown.loan.due, write))
        return self._not_made(answer, call, refusals.ELSE_OF_LOAN)

    def _came_back(self, item: ItemId, write: Write) -> bool:
        """Close the loan of somebody else: a book in hand must have come back unseen."""
        return self._take_back(item, BranchCode(""), write)

    def _take_back(self, item: ItemId, branch: BranchCode, write: Write) -> bool:
        request = self._asking.requests.take_back(self._theirs(item), branch, write.at_ms)
        call = Begun(write.posting, Change.RETURNED, None, write.at_ms)
        answer = self._send(item, request, call)
        if self._shown(item, call).loan is None:
            return True
        self._not_made(answer, call, Reason.NOT_ON_LOAN)
        return False

    def _renew(self, item: ItemId, card: CardNumber, before: Loan, write: Write) -> Verdict:
        request = self._asking.requests.renew(self._theirs(item), card, write.at_ms, due=write.due)
        call = Begun(write.posting, Change.RENEWED, before.patron, write.at_ms)
        answer = self._send(item, request, call)
        if answer is not None and write.due is None:
            if not answer.yes("ok"):
                return self._refused(answer, call, refusals.ELSE_OF_RENEWAL)
            due = answers.due(answer) or before.due
            self._must_show(item, call, lambda seen: due == before.due or seen.due != before.due)
            self._wrote(item, call, Loan(item=item, patron=before.patron, due=due))
            return Accepted(due)
        shown = self._shown(item, call)
        mine = shown.loan is not None and shown.loan.patron == before.patron
        if mine and shown.loan is not None and shown.loan.due > before.due:
            return Accepted(shown.loan.due)
        return self._not_made(answer, call, refusals.ELSE_OF_RENEWAL)

    # --- what became of it ---------------------------------------------------------------

    def _send(self, item: ItemId, request: Message, call: Begun) -> Message | None:
        """Return the answer to *request*, None where it did not come; noted before it is sent."""
        self._copies.begin(item, call)
        try:
            answer = self._asking.ask(request)
        except AnswerLostError:
            log.warning("answer_lost", posting=call.posting, change=call.change.value)
            return None
        except BaseException:
            # It was not sent: nobody need wonder.
            self._copies.end(call.posting, call.change)
            raise
        told = answer.get("AB") or ""
        return answer if self._asking.numbering.may_be(told, item) else None

    def _theirs(self, item: ItemId) -> ItemId:
        return self._asking.numbering.theirs(item)

    def _must_show(self, item: ItemId, call: Begun, is_so: Callable[[SeenCopy], bool]) -> None:
        """Doubt a yes that the copy itself does not bear out; one that cannot be asked does."""
        try:
            seen = self._asking.copy(item)
        except CatalogueUnavailableError:
            return
        if seen is not None and not is_so(seen):
            # It is looked at again for a while: a yes may also be slow to show.
            raise AnswerLostError(f"a yes that does not show: {call.posting}")

    def _shown(self, item: ItemId, call: Begun) -> Found:
        """Return how *item* is after *call*; a call that shows is in the log by then."""
        found = self._copies.look(item)
        if found is None:
            raise AnswerLostError(f"nobody knows what became of {call.posting}")
        return found

    def _wrote(self, item: ItemId, call: Begun, loan: Loan) -> None:
        change = Seen(
            change=call.change,
            patron=loan.patron,
            due=loan.due,
            at_ms=call.at_ms,
            posting=call.posting,
        )
        self._copies.wrote(item, change, loan)

    def _not_made(self, answer: Message | None, call: Begun, otherwise: Reason) -> Refused:
        if answer is None:
            # It may be made yet: the copy is looked at again before anything is repeated.
            raise AnswerLostError(f"no answer, and not made so far: {call.posting}")
        return self._refused(answer, call, otherwise)

    def _refused(self, answer: Message, call: Begun, otherwise: Reason) -> Refused:
        self._copies.end(call.posting, call.change)
        said = answers.words(answer)[:WORDS_MAX]
        # It is shown to staff and listed: whose card it was stands elsewhere, and is forgotten.
        for number in {call.patron, answer.get("AA")} - {None, ""}:
            said = said.replace(str(number), "...")
        self._said[call.posting] = said
        while len(self._said) > SAID_MAX:
            self._said.popitem(last=False)
        return refusals.refused(said, otherwise)


def _day(due: date | None, write: Write) -> date:
    """Return *due*; where no system says one that can be read, what was told, or four weeks."""
    known = due if due != NO_DAY else None
    return known or write.due or local_day(write.at_ms) + timedelta(days=LOAN_DAYS)
