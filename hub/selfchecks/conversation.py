"""What is said on one connection, a line at a time; no socket is in sight."""

from collections.abc import Callable

from hub.selfchecks.doorkeeper import Account, Doorkeeper
from hub.sip2 import codec
from hub.sip2.codec import Message, Sip2Error

BAD_LINES_MAX = 3
NUMBER_MAX = 64
_SAY_AGAIN = Message("96")
_LOGIN, _STATUS, _RESEND = "93", "99", "97"
_NUMBERS = ("AA", "AB")


class Conversation:
    """What is said on one connection, a line at a time."""

    def __init__(self, host: str, doorkeeper: Doorkeeper, status: Callable[[], Message]) -> None:
        """Let *doorkeeper* decide who speaks from *host*; *status* answers before that."""
        self._host = host
        self._doorkeeper = doorkeeper
        self._status = status
        self._account: Account | None = None
        self._last = b""
        self._bad = 0
        self._sums = False

    @property
    def is_logged_in(self) -> bool:
        """Return whether somebody has told who they are."""
        return self._account is not None

    def heard(self, line: bytes) -> bytes | None:
        """Return what to say to *line*, None where it is best to hang up."""
        encoding = self._account.encoding if self._account else "utf-8"
        try:
            told = codec.decode(line, encoding=encoding)
        except Sip2Error:
            return self._again()
        self._sums = told.sum_held is not None
        if told.sum_held is False or not _is_readable(told.message):
            return self._again()
        self._bad = 0
        if told.message.code == _RESEND:
            return codec.resent(self._last) if self._last else self._say_again()
        answer = self._log_in(line) if told.message.code == _LOGIN else self._answer(told.message)
        if answer is None:
            return None
        self._last = codec.encode(answer, encoding=encoding, sequence=told.sequence)
        return self._last

    def _again(self) -> bytes | None:
        self._bad += 1
        return None if self._bad >= BAD_LINES_MAX else self._say_again()

    def _say_again(self) -> bytes:
        return codec.encode(_SAY_AGAIN, encoding="ascii", sequence=0 if self._sums else None)

    def _log_in(self, line: bytes) -> Message:
        asked = codec.decode(line, encoding="utf-8").message
        if account := self._doorkeeper.named(asked):
            # A password may have letters that only its own encoding can tell.
            asked = codec.decode(line, encoding=account.encoding).message
        self._account = self._doorkeeper.let_in(self._host, asked)
        return Message("94", {"ok": "1" if self._account else "0"})

    def _answer(self, asked: Message) -> Message | None:
        if self._account is not None:
            return self._account.service.answer(asked)
        return self._status() if asked.code == _STATUS else None


def _is_readable(asked: Message) -> bool:
    """Return whether the numbers in *asked* came as somebody wrote them: no fact has a guess."""
    told = [value.strip() for id_ in _NUMBERS for value in asked.all(id_)]
    return all(
        len(each) <= NUMBER_MAX and each.isprintable() and "\N{REPLACEMENT CHARACTER}" not in each
        for each in told
    )
