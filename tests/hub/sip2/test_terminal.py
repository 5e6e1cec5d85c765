"""A connection to a library system: what was asked is answered, or known to be unanswered."""

import socket
import time

import pytest

from hub.errors import AnswerLostError, NotAskedError
from hub.sip2 import codec
from hub.sip2.codec import Message, Sip2Error
from hub.sip2.terminal import Account, Terminal
from tests.hub.sip2.peers import BUSY, DUE, Library, scripted, serving

LEND = Message(
    "11",
    {"renewal_policy": "N", "no_block": "N", "date": BUSY, "nb_due_date": BUSY},
    (("AO", "SE-Um"), ("AA", "K-ÅSA"), ("AB", "B-1"), ("AC", "")),
)
STATUS = Message("99", {"status": "0", "print_width": "080", "version": "2.00"})
LENT = codec.encode(
    Message(
        "12",
        {"ok": "1", "renewal_ok": "N", "magnetic": "N", "desensitize": "Y", "date": BUSY},
        (("AO", "SE-Um"), ("AA", "K-ÅSA"), ("AB", "B-1"), ("AJ", "På ön"), ("AH", DUE)),
    ),
    encoding="utf-8",
).rstrip(b"\r")


def summed(line: bytes, sequence: bytes = b"0") -> bytes:
    body = line + b"AY" + sequence + b"AZ"
    return body + codec.checksum(body) + b"\r"


def account(port: int, **how: object) -> Account:
    return Account(host="127.0.0.1", port=port, **{"answer_seconds": 2.0, **how})


def ask(port: int, request: Message = LEND, **how: object) -> Message:
    terminal = Terminal(account(port, **how))
    try:
        return terminal.ask(request)
    finally:
        terminal.close()


@pytest.mark.parametrize("error_detection", [True, False])
def test_a_loan_in_a_real_library_system(error_detection):
    library = Library()
    with serving(library.server(login_required=True)) as port:
        answer = ask(
            port, user="fingertopp", password="hemligt", error_detection=error_detection
        )  # fmt: skip

    assert (answer.yes("ok"), answer.get("AJ"), answer.get("AH")) == (True, "På ön", DUE)
    assert library.loans == {"B-1": "K-ÅSA"}


def test_a_login_that_is_refused_has_asked_nothing():
    with serving(Library().server()) as port, pytest.raises(NotAskedError, match="password"):
        ask(port, user="fingertopp", password="fel")


def test_nobody_there_has_been_asked_nothing():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NotAskedError, match="is not reached"):
        ask(port)


def test_a_line_that_came_torn_is_said_again_and_once():
    with scripted(lambda line, n: b"96AZFEF6\r" if n == 0 else summed(LENT, line[-8:-7])) as port:
        assert ask(port).yes("ok")


def test_the_same_line_is_said_again_word_for_word():
    heard = []

    def answer(line, _n):
        heard.append(line)
        return b"96AZFEF6\r" if len(heard) < 3 else summed(LENT)

    with scripted(answer) as port:
        ask(port)

    assert len(heard) == 3
    assert len(set(heard)) == 1


def test_an_answer_that_came_torn_is_asked_for_again():
    def answer(line, _n):
        return summed(LENT) if line.startswith(b"97") else LENT + b"AY0AZ0000\r"

    with scripted(answer) as port:
        assert ask(port).get("AB") == "B-1"


def test_who_never_understands_is_not_asked_for_ever():
    with scripted(lambda _line, _n: b"96AZFEF6\r") as port, pytest.raises(AnswerLostError):
        ask(port)


@pytest.mark.parametrize(
    "late",
    [
        summed(LENT.replace(b"AB", b"AB-other-|XX"), b"7"),
        summed(b"941", b"0"),
        b"nonsense that nobody can read\r",
    ],
    ids=["another request's", "another message's", "no message"],
)
def test_what_answers_something_else_is_not_the_answer(late):
    with scripted(lambda _line, _n: late + summed(LENT)) as port:
        assert ask(port).get("AB") == "B-1"


def test_without_error_detection_the_numbers_tell_whose_answer_it_is():
    others = LENT.replace(b"|ABB-1|", b"|ABB-2|") + b"\r"
    with scripted(lambda _line, _n: others + LENT + b"\r") as port:
        assert ask(port, error_detection=False).get("AB") == "B-1"


def test_a_number_is_the_same_whatever_its_case_and_the_spaces_around_it():
    told = LENT.replace(b"|ABB-1|", b"|AB b-1 |") + b"\r"
    with scripted(lambda _line, _n: told) as port:
        assert ask(port, error_detection=False, answer_seconds=0.5).yes("ok")


def test_a_number_with_other_zeros_may_be_the_one_that_was_asked_for():
    told = LENT.replace(b"|ABB-1|", b"|AB00B-1|") + b"\r"
    with scripted(lambda _line, _n: told) as port:
        assert ask(port, error_detection=False, answer_seconds=0.5).get("AB") == "00B-1"


def test_a_thousand_empty_lines_are_no_words():
    with scripted(lambda _line, _n: b"\r\n" * 5000 + summed(LENT)) as port:
        assert ask(port).yes("ok")


@pytest.mark.parametrize("heard", [None, b"", b"120"], ids=["hangs up", "silent", "half a line"])
def test_an_answer_that_does_not_come_is_lost_in_bounded_time(heard):
    began = time.monotonic()
    with scripted(lambda _line, _n: heard) as port, pytest.raises(AnswerLostError):
        ask(port, answer_seconds=0.3)

    assert time.monotonic() - began < 2


def test_an_answer_byte_by_byte_gets_no_more_time():
    def drip(line, _n):
        time.sleep(0.2)
        return b"1"

    with scripted(drip) as port, pytest.raises(AnswerLostError):
        ask(port, answer_seconds=0.3)


def test_a_line_without_an_end_is_not_kept_for_ever():
    with scripted(lambda _line, _n: b"x" * (1 << 18)) as port, pytest.raises(AnswerLostError):
        ask(port)


def test_a_terminal_that_the_other_side_left_is_not_used_again():
    library = Library()
    with serving(library.server()) as port:
        terminal = Terminal(account(port))
        assert terminal.ask(STATUS).fixed["online"] in "YN"
        assert terminal.is_usable()
    for _ in range(100):
        if not terminal.is_usable():
            break
        time.sleep(0.02)
    assert not terminal.is_usable()
    terminal.close()


def test_a_terminal_that_heard_more_than_it_asked_for_is_not_used_again():
    with scripted(lambda _line, _n: summed(LENT) + b"\n" + summed(LENT)) as port:
        terminal = Terminal(account(port))
        terminal.ask(LEND)

        assert not terminal.is_usable()
        terminal.close()


def test_a_line_feed_after_the_end_is_no_word():
    with scripted(lambda line, _n: summed(LENT, line[-7:-6]) + b"\n") as port:
        terminal = Terminal(account(port))
        terminal.ask(LEND)
        time.sleep(0.05)
        assert terminal.is_usable()
        assert terminal.ask(LEND).yes("ok")
        terminal.close()


def test_what_no_line_can_say_is_not_sent():
    library = Library()
    with serving(library.server()) as port, pytest.raises(Sip2Error):
        ask(port, Message("11", LEND.fixed, (*LEND.fields, ("AB", "B|1"))))
    assert library.asked == []
