"""Answers to a station's questions; what writes is in the ledger before the catalogue is asked."""

from collections.abc import Callable
from datetime import date

import structlog
from sqlalchemy import Engine

from circulation import envelopes, messages, sealing
from circulation.envelopes import Envelope
from circulation.errors import MessageError
from circulation.facts import Asked, Wish
from circulation.identifiers import PatronId
from circulation.messages import (
    AccountAnswer,
    AccountHold,
    AccountQuestion,
    Answer,
    AnswerBody,
    Ask,
    CallAnswer,
    CallQuestion,
    CardAnswer,
    CardQuestion,
    CopiesAnswer,
    CopiesHere,
    CopiesQuestion,
    HoldAnswer,
    HoldQuestion,
    ListAnswer,
    ListQuestion,
    MannerAnswer,
    MannerQuestion,
    Question,
    WriteAnswer,
    WriteQuestion,
)
from circulation.verdicts import Accepted, Reason, Refused, Verdict
from hub import calls, ledger, manners, my_list, postings, replays
from hub.catalogue import accepted
from hub.catalogue.port import Catalogue, Loan, PatronHold
from hub.errors import CatalogueUnavailableError
from hub.fleet import Enrolled

log = structlog.get_logger()

_ByPin = HoldQuestion | MannerQuestion | ListQuestion
HOLDS_MAX = 50
"""As many as can be borne to hear of; more are counted."""
COPIES_PLACES_MAX = 10
"""As many libraries as can be borne to hear of."""


class Answers:
    """Asks the catalogue on behalf of stations."""

    def __init__(
        self,
        engine: Engine,
        catalogue: Catalogue,
        opener: sealing.Opener,
        *,
        today: Callable[[], date],
    ) -> None:
        """Answer from *catalogue*; questions are opened with *opener*."""
        self._engine = engine
        self._catalogue = catalogue
        self._opener = opener
        self._today = today

    def answer(self, station: Enrolled, ask: Ask, now_ms: int) -> Answer | None:
        """Return the sealed answer to *ask*, None where it was heard before.

        A `MessageError` for a stranger's bytes.
        """
        body = self._opener.open(ask.key, ask.sealed)
        question: Question = messages.decode_to_keep(body, Question)  # type: ignore[arg-type]
        if len(question.reply_to) != 32:
            raise MessageError("a question with no key to answer to")
        reply = sealing.SealingKey("reply", question.reply_to)
        sealing.seal(b"", reply)  # nothing is done for whom no answer can reach
        if self._is_replay(ask, question, now_ms):
            log.warning("question_said_again", station=station.id)
            return None
        told = messages.encode(self._told(station, question, now_ms))
        return Answer(id=ask.id, sealed=sealing.seal(told, reply))

    def _is_replay(self, ask: Ask, question: Question, now_ms: int) -> bool:
        """Return whether a question that does something, or tries a PIN, was heard before.

        Kept before it is done: after a crash in between the visitor asks anew, and is heard.
        """
        match question:
            case WriteQuestion() | CopiesQuestion() | CardQuestion(pin=None):
                return False  # once by its fact's own name, or it changes nothing
        with self._engine.begin() as db:
            return not replays.is_new(db, ask, now_ms)

    def _told(self, station: Enrolled, question: Question, now_ms: int) -> AnswerBody:
        try:
            match question:
                case WriteQuestion():
                    return WriteAnswer(verdict=self._write(station, question.envelope, now_ms))
                case CardQuestion():
                    return self._card(station, question, now_ms)
                case AccountQuestion():
                    return self._account(station, question, now_ms)
                case CopiesQuestion():
                    return self._copies(station, question)
                case CallQuestion():
                    return self._call_staff(station, now_ms)
                case _:
                    return self._wish(station, question, now_ms)
        except CatalogueUnavailableError:
            log.warning("catalogue_silent", station=station.id)
            return _SILENT[type(question)]

    def _wish(self, station: Enrolled, question: _ByPin, now_ms: int) -> AnswerBody:
        match question:
            case HoldQuestion():
                return self._hold(station, question, now_ms)
            case MannerQuestion():
                return self._manner(station, question, now_ms)
            case ListQuestion():
                return self._list(station, question, now_ms)

    def _card(self, station: Enrolled, question: CardQuestion, now_ms: int) -> CardAnswer:
        standing = self._catalogue.standing(question.card, station.branch, self._today())
        refused = standing.refused
        if refused is None and question.pin is not None:
            refused = self._catalogue.pin_refused(question.card, question.pin, now_ms)
        if not self._catalogue.capabilities.lists_cards:
            good = standing.refused is None and standing.patron is not None
            accepted.note(self._engine, question.card, now_ms, good=good)
        if refused is not None or standing.patron is None:
            return CardAnswer(refused=refused)
        with self._engine.execution_options(read_only=True).begin() as db:
            manner = manners.of(db, standing.patron)
        return CardAnswer(holds_ready=standing.holds_ready, manner=manner)

    def _account(self, station: Enrolled, question: AccountQuestion, now_ms: int) -> AccountAnswer:
        card, today = question.card, self._today()
        refused = self._catalogue.standing(card, station.branch, today).refused
        refused = refused or self._catalogue.pin_refused(card, question.pin, now_ms)
        if refused:
            return AccountAnswer(refused=refused)
        account = self._catalogue.account(card, station.branch, today)
        return AccountAnswer(
            loans=account.loans,
            holds_ready=account.holds_ready,
            holds_waiting=account.holds_waiting,
            holds=[_as_heard(hold) for hold in self._catalogue.holds(card)[:HOLDS_MAX]],
            fees_ore=account.fees_ore,
        )

    def _copies(self, station: Enrolled, question: CopiesQuestion) -> CopiesAnswer:
        found = self._catalogue.copies(question.title)
        if found is None:
            return CopiesAnswer()
        # Whoever asks stands here: what is here is heard first.
        at = sorted(found.at, key=lambda each: each.branch != station.branch)
        places = [
            CopiesHere(branch=each.name, copies=each.copies, copies_in=each.copies_in)
            for each in at[:COPIES_PLACES_MAX]
        ]
        return CopiesAnswer(known=True, places=places, waiting=found.waiting)

    def _hold(self, station: Enrolled, question: HoldQuestion, now_ms: int) -> HoldAnswer:
        card = question.card
        refused = self._catalogue.standing(card, station.branch, self._today()).refused
        refused = refused or self._catalogue.pin_refused(card, question.pin, now_ms)
        if refused:
            return HoldAnswer(refused=refused)
        made = self._catalogue.place_hold(question.title, card, pickup=station.branch, at_ms=now_ms)
        return HoldAnswer(refused=made.refused, place=made.place)

    def _manner(self, station: Enrolled, question: MannerQuestion, now_ms: int) -> MannerAnswer:
        card = question.card
        standing = self._catalogue.standing(card, station.branch, self._today())
        refused = standing.refused or self._catalogue.pin_refused(card, question.pin, now_ms)
        if refused or standing.patron is None:
            return MannerAnswer(refused=refused or Reason.CARD_REFUSED)
        with self._engine.begin() as db:
            manners.keep(db, standing.patron, question.manner)
        return MannerAnswer()

    def _list(self, station: Enrolled, question: ListQuestion, now_ms: int) -> ListAnswer:
        card, full = question.card, False
        standing = self._catalogue.standing(card, station.branch, self._today())
        refused = standing.refused or self._catalogue.pin_refused(card, question.pin, now_ms)
        if refused or standing.patron is None:
            return ListAnswer(refused=refused or Reason.CARD_REFUSED)
        with self._engine.begin() as db:
            if question.drop is not None:
                my_list.drop(db, standing.patron, question.drop)
            if question.keep is not None:
                full = not my_list.keep(db, standing.patron, question.keep, now_ms)
            return ListAnswer(titles=my_list.of(db, standing.patron), full=full)

    def _call_staff(self, station: Enrolled, now_ms: int) -> CallAnswer:
        with self._engine.begin() as db:
            calls.make(db, station.id, now_ms)
        log.info("staff_called", station=station.id)
        return CallAnswer(called=True)

    def verdict(self, station: Enrolled, raw: bytes, now_ms: int) -> Verdict:
        """Return the catalogue's word on the question in the envelope *raw*, once and for all."""
        try:
            return self._write(station, raw, now_ms)
        except CatalogueUnavailableError:
            log.warning("catalogue_silent", station=station.id)
            return Refused(Reason.CATALOGUE_SILENT)

    def _write(self, station: Enrolled, raw: bytes, now_ms: int) -> Verdict:
        envelope = envelopes.address(raw)
        if envelope.station != station.id:
            raise MessageError(f"{station.id} asks in the name of {envelope.station}")
        fact = envelopes.open_fact(envelope, self._opener)
        if not isinstance(fact, Asked):
            raise MessageError("a question about a fact that asks nothing")
        id_ = _posting(envelope, raw)
        with self._engine.begin() as db:
            ledger.enter(db, raw, self._opener, now_ms)
            if (verdict := postings.verdict_of(db, id_)) is not None:
                return verdict
            if ledger.is_settled(db, envelope):
                # The question was long under way: the station has decided, and nobody waits.
                return Refused(Reason.CATALOGUE_SILENT)
            new = postings.begin(
                db, id_, item=fact.item, change=fact.wish.value, due=None, now_ms=now_ms
            )
        verdict = None if new else self._already(station, fact)
        verdict = verdict or self.call(fact, id_, now_ms)
        with self._engine.begin() as db:
            postings.end(db, id_, verdict, now_ms)
        return verdict

    def _already(self, station: Enrolled, fact: Asked) -> Verdict | None:
        """Return the verdict of a call whose answer was lost, where the catalogue shows it."""
        if fact.wish is not Wish.LOAN:
            return None
        patron = self._catalogue.standing(fact.card, station.branch, self._today()).patron
        return _as_verdict(self._loan(fact), patron)

    def _loan(self, fact: Asked) -> Loan | None:
        standing = self._catalogue.item(fact.item)
        return standing.loan if standing else None

    def call(self, fact: Asked, posting: str, now_ms: int) -> Verdict:
        """Return the catalogue's word on *fact*, asked now; *posting* is in the ledger by then."""
        if fact.wish is Wish.RENEWAL:
            return self._catalogue.renew(
                fact.item, fact.card, posting=posting, at_ms=now_ms, due=None
            )
        return self._catalogue.checkout(
            fact.item, fact.card, posting=posting, at_ms=now_ms, due=None, no_block=False
        )


def _posting(envelope: Envelope, raw: bytes) -> str:
    digest = envelopes.digest(raw)
    return postings.name(envelope.station, envelope.epoch, envelope.seq, digest)


def _as_verdict(loan: Loan | None, patron: PatronId | None) -> Verdict | None:
    return Accepted(loan.due) if loan is not None and loan.patron == patron else None


def _as_heard(hold: PatronHold) -> AccountHold:
    return AccountHold(
        title=hold.title.title,
        language=hold.title.language,
        branch=hold.branch_name,
        ready=hold.ready,
        on_its_way=hold.on_its_way,
        ahead=hold.ahead,
        until=hold.until,
    )


_SILENT: dict[type[Question], AnswerBody] = {
    WriteQuestion: WriteAnswer(verdict=Refused(Reason.CATALOGUE_SILENT)),
    CardQuestion: CardAnswer(refused=Reason.CATALOGUE_SILENT),
    AccountQuestion: AccountAnswer(refused=Reason.CATALOGUE_SILENT),
    CopiesQuestion: CopiesAnswer(),
    HoldQuestion: HoldAnswer(refused=Reason.CATALOGUE_SILENT),
    MannerQuestion: MannerAnswer(refused=Reason.CATALOGUE_SILENT),
    ListQuestion: ListAnswer(refused=Reason.CATALOGUE_SILENT),
    CallQuestion: CallAnswer(),
}
