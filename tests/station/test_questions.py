"""A question can be read by the hub alone, its answer by the asker alone, and it ends."""

from datetime import date

import pytest

from circulation import messages, sealing
from circulation.errors import MessageError
from circulation.identifiers import CardNumber
from circulation.messages import AnswerBody, CardQuestion, Question, WriteAnswer
from circulation.verdicts import Accepted
from station.events import WriteAnswered
from station.questions import ANSWER_MS_MAX, Questions
from tests.station.rig import KEY, RING


def opened(ask):
    return messages.decode(RING.open(ask.key, ask.sealed), Question)


def answer(question, body: AnswerBody) -> bytes:
    return sealing.seal(
        messages.encode(body), sealing.SealingKey("reply", opened(question).reply_to)
    )


def test_the_card_and_the_pin_are_sealed_to_the_hub():
    question = Questions(KEY).card(1, CardNumber("20000001"), "1234", now_ms=0)

    assert b"20000001" not in messages.encode(question)
    body = opened(question)
    assert isinstance(body, CardQuestion)
    assert (body.card, body.pin) == ("20000001", "1234")


def test_an_answer_comes_back_to_its_ask_once():
    questions = Questions(KEY)
    question = questions.write(7, b"{}", now_ms=0)
    verdict = Accepted(date(2026, 12, 21))
    sealed = answer(question, WriteAnswer(verdict=verdict))

    assert questions.answered(question.id, sealed) == WriteAnswered(ask=7, verdict=verdict)
    assert questions.answered(question.id, sealed) is None


def test_an_answer_sealed_to_another_is_refused_and_the_question_still_waits():
    questions = Questions(KEY)
    question = questions.write(7, b"{}", now_ms=0)
    stranger = sealing.SealingKey("reply", sealing.public_half(sealing.new_private_key()))

    with pytest.raises(MessageError):
        questions.answered(question.id, sealing.seal(b"{}", stranger))
    assert questions.overdue(ANSWER_MS_MAX) == [7]


def test_after_three_seconds_a_question_is_over_and_a_late_answer_nobodys():
    questions = Questions(KEY)
    question = questions.write(7, b"{}", now_ms=1_000)
    assert questions.next_end_ms() == 4_000
    assert questions.overdue(3_999) == []

    assert questions.overdue(4_000) == [7]

    assert questions.answered(question.id, b"whatever") is None
    assert questions.next_end_ms() is None
