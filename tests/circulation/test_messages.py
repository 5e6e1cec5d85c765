"""What is said on the wire reads back, and nothing else does."""

from datetime import date

import pytest

from circulation import messages
from circulation.errors import MessageError
from circulation.messages import Ack, AnswerBody, OrderDone, Resend, Settings, WriteAnswer
from circulation.verdicts import Accepted, Reason, Refused


@pytest.mark.parametrize(
    "verdict",
    [Accepted(date(2026, 12, 21)), Refused(Reason.RESERVED), Refused(Reason.AGE_LIMIT, "Vänta.")],
)
def test_a_verdict_reads_back(verdict):
    body = messages.encode(WriteAnswer(verdict=verdict))

    assert messages.decode(body, AnswerBody) == WriteAnswer(verdict=verdict)


def test_an_acknowledgement_is_told_from_a_resend():
    word = Resend(hub="h", epoch=1, resend_from=7)

    assert messages.decode(messages.encode(word), Ack | Resend) == word


@pytest.mark.parametrize("body", [b"", b"[]", b'{"shelf_version":7}', b"\xff"])
def test_a_strangers_bytes_are_a_message_error(body):
    with pytest.raises(MessageError):
        messages.decode(body, Settings)


def test_within_a_version_nothing_is_added():
    body = messages.encode(Resend(hub="h", epoch=1, resend_from=7))[:-1] + b',"extra":1}'

    with pytest.raises(MessageError, match="extra"):
        messages.decode(body, Ack | Resend)


def test_a_message_with_a_sign_that_no_database_holds_is_none():
    body = messages.encode(OrderDone(id="o-1", outcome="done", told="Allt är väl."))
    escaped = OrderDone(id="o-1", outcome="done", told=r"A backslash and a number: \u0000 \\u0000")
    assert messages.decode_to_keep(messages.encode(escaped), OrderDone) == escaped

    for sign in (b"\\u0000", b"\\ud83d", b"\0", b"\xed\xa0\x80"):
        with pytest.raises(MessageError, match="not a OrderDone: "):
            messages.decode_to_keep(body.replace(b"Allt", sign), OrderDone)
