"""Questions under way: each has a key of its own for the answer, and an end."""

import secrets

from msgspec import Struct

from circulation import messages, sealing
from circulation.identifiers import CardNumber, TitleId
from circulation.messages import (
    AccountAnswer,
    AccountQuestion,
    AnswerBody,
    Ask,
    CallAnswer,
    CallQuestion,
    CardAnswer,
    CardQuestion,
    CopiesAnswer,
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
from station.effects import AskHold, AskList, AskManner
from station.events import (
    AccountAnswered,
    CallAnswered,
    CardAnswered,
    CopiesAnswered,
    Event,
    HoldAnswered,
    ListAnswered,
    MannerAnswered,
    WriteAnswered,
)

ANSWER_MS_MAX = 3_000
REPLY_KEY = "reply"


class _Waiting(Struct, frozen=True):
    ask: int
    private: bytes
    until_ms: int


class Questions:
    """What this station has asked and not yet heard; only the decider calls."""

    def __init__(self, key: sealing.SealingKey) -> None:
        """Seal questions to the hub's *key*."""
        self._first = self._key = key
        self._waiting: dict[str, _Waiting] = {}

    def seal_to(self, key: sealing.SealingKey) -> None:
        """Seal what is asked from now on to *key*."""
        self._key = key

    @property
    def sealing_keys(self) -> set[str]:
        """Ids of the key that is sealed to, and of the one that a station without settings has."""
        return {self._first.id, self._key.id}

    def card(self, ask: int, card: CardNumber, pin: str | None, now_ms: int) -> Ask:
        """Return the sealed question whether *card* is good, and *pin* right."""
        private, public = self._pair()
        return self._seal(ask, private, CardQuestion(reply_to=public, card=card, pin=pin), now_ms)

    def account(self, ask: int, card: CardNumber, pin: str, now_ms: int) -> Ask:
        """Return the sealed question what *card* has on loan."""
        private, public = self._pair()
        return self._seal(
            ask, private, AccountQuestion(reply_to=public, card=card, pin=pin), now_ms
        )

    def write(self, ask: int, envelope: bytes, now_ms: int) -> Ask:
        """Return the sealed question whether the `Asked` in *envelope* may be done."""
        private, public = self._pair()
        return self._seal(ask, private, WriteQuestion(reply_to=public, envelope=envelope), now_ms)

    def copies(self, ask: int, title: TitleId, now_ms: int) -> Ask:
        """Return the sealed question where *title*'s copies are."""
        private, public = self._pair()
        return self._seal(ask, private, CopiesQuestion(reply_to=public, title=title), now_ms)

    def wish(self, effect: AskHold | AskManner | AskList, now_ms: int) -> Ask:
        """Return the sealed wish of *effect*, which is granted for a right PIN only."""
        private, public = self._pair()
        card, pin = effect.card, effect.pin
        match effect:
            case AskHold():
                wished: Question = HoldQuestion(
                    reply_to=public, card=card, pin=pin, title=effect.title
                )
            case AskManner():
                wished = MannerQuestion(reply_to=public, card=card, pin=pin, manner=effect.manner)
            case AskList():
                wished = ListQuestion(
                    reply_to=public, card=card, pin=pin, keep=effect.keep, drop=effect.drop
                )
        return self._seal(effect.ask, private, wished, now_ms)

    def call(self, ask: int, now_ms: int) -> Ask:
        """Return the sealed wish that staff come."""
        private, public = self._pair()
        return self._seal(ask, private, CallQuestion(reply_to=public), now_ms)

    def answered(self, id_: str, sealed: bytes) -> Event | None:
        """Return the answer as an event, or None for one no longer waited for."""
        waiting = self._waiting.get(id_)
        if waiting is None:
            return None
        body = sealing.KeyRing({REPLY_KEY: waiting.private}).open(REPLY_KEY, sealed)
        answer: AnswerBody = messages.decode(body, AnswerBody)  # type: ignore[arg-type]
        del self._waiting[id_]
        return _event(waiting.ask, answer)

    def overdue(self, now_ms: int) -> list[int]:
        """Return the asks that have waited long enough, and wait for them no more."""
        late = [id_ for id_, waiting in self._waiting.items() if now_ms >= waiting.until_ms]
        return [self._waiting.pop(id_).ask for id_ in late]

    def next_end_ms(self) -> int | None:
        """Return when the next ask has waited long enough, None where none waits."""
        return min((waiting.until_ms for waiting in self._waiting.values()), default=None)

    @staticmethod
    def _pair() -> tuple[bytes, bytes]:
        private = sealing.new_private_key()
        return private, sealing.public_half(private)

    def _seal(self, ask: int, private: bytes, question: Question, now_ms: int) -> Ask:
        id_ = secrets.token_hex(16)
        self._waiting[id_] = _Waiting(ask, private, now_ms + ANSWER_MS_MAX)
        sealed = sealing.seal(messages.encode(question), self._key)
        return Ask(id=id_, key=self._key.id, sealed=sealed)


def _event(ask: int, body: AnswerBody) -> Event:
    match body:
        case WriteAnswer():
            return WriteAnswered(ask=ask, verdict=body.verdict)
        case CardAnswer():
            return CardAnswered(
                ask=ask,
                refused=body.refused,
                holds_ready=body.holds_ready,
                manner=body.manner,
            )
        case AccountAnswer():
            return AccountAnswered(
                ask=ask,
                refused=body.refused,
                loans=tuple(body.loans),
                holds_ready=body.holds_ready,
                holds_waiting=body.holds_waiting,
                fees_ore=body.fees_ore,
                holds=tuple(body.holds),
            )
        case CopiesAnswer():
            return CopiesAnswered(
                ask=ask, known=body.known, places=tuple(body.places), waiting=body.waiting
            )
        case _:
            return _granted(ask, body)


def _granted(ask: int, body: HoldAnswer | MannerAnswer | ListAnswer | CallAnswer) -> Event:
    match body:
        case HoldAnswer():
            return HoldAnswered(ask=ask, refused=body.refused, place=body.place)
        case MannerAnswer():
            return MannerAnswered(ask=ask, refused=body.refused)
        case ListAnswer():
            return ListAnswered(
                ask=ask, refused=body.refused, titles=tuple(body.titles), full=body.full
            )
        case CallAnswer():
            return CallAnswered(ask=ask, called=body.called)
