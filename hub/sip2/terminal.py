"""One connection to a library system, as its self-check: log in, ask one thing at a time, log out.

Whoever asks for something that changes anything must know what may have become of it, so the two
ways of failing are apart: `NotAskedError` where it cannot have happened, `AnswerLostError` where
it may have.
"""

import ssl
import time

import structlog
from msgspec import Struct

from hub.errors import AnswerLostError, NotAskedError
from hub.sip2 import codec, telnet
from hub.sip2.codec import END, LINE_BYTES_MAX, Line, Message, Sip2Error
from hub.sip2.forms import ANSWERS
from hub.sip2.masking import masked
from hub.sip2.reaching import LOGIN_REFUSED, reach, unanswered

TRIES = 3
"""How often one line is sent where the other side could not read it, or we could not."""
_READ_BYTES = 4096
_BETWEEN = b"\r\n\0"
_NUMBERS = ("AA", "AB")

log = structlog.get_logger()


class Account(Struct, frozen=True, kw_only=True):
    """How one terminal is let in (SIP2 login, 93) and how it speaks."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    location: str = ""
    institution: str = ""
    terminal_password: str = ""
    encoding: str = "utf-8"
    error_detection: bool = True
    connect_seconds: float = 5.0
    answer_seconds: float = 8.0
    tls: ssl.SSLContext | None = None
    telnet: bool = False
    """The login is at prompts, and not the message for it (93)."""
    log_lines: bool = False
    """Each line goes to the log, without what is about somebody."""


class Terminal:
    """A connection that is logged in; used by one thread at a time."""

    def __init__(self, account: Account) -> None:
        """Connect and log in, or raise `NotAskedError`."""
        self._account = account
        self._sequence = -1
        self._heard = bytearray()
        self._line = reach(
            account.host, account.port, seconds=account.connect_seconds, tls=account.tls
        )
        try:
            self._log_in()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def is_usable(self) -> bool:
        """Return whether the other side has neither hung up nor said more than it was asked."""
        try:
            self._line.settimeout(0)
            while not self._heard.strip(_BETWEEN):
                more = self._line.recv(_READ_BYTES)
                if not more:
                    return False
                self._heard += more
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def ask(self, request: Message) -> Message:
        """Return the answer to *request*; one that no line can say is a `Sip2Error`, and not sent.

        After an `AnswerLostError` the connection is closed: a late answer must not be taken for
        that of the next request.
        """
        line = self._encoded(request)
        self._note("sip2_said", request)
        try:
            self._line.settimeout(self._account.answer_seconds)
            self._line.sendall(line)
        except OSError as error:
            self.close()
            # What lay in the other side's buffer may have been read and done.
            raise AnswerLostError(f"the library system hung up: {error.strerror}") from error
        try:
            return self._answer(request, line)
        except (OSError, Sip2Error) as error:
            self.close()
            name = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise AnswerLostError(f"no answer that can be read: {name}") from error

    # --- getting in ------------------------------------------------------------------------

    def _log_in(self) -> None:
        account = self._account
        if not account.user:
            return
        if account.telnet:
            seconds = account.answer_seconds
            telnet.log_in(self._line, account.user, account.password, seconds=seconds)
            return
        fields = (("CN", account.user), ("CO", account.password), ("CP", account.location))
        login = Message("93", {"uid_algorithm": "0", "pwd_algorithm": "0"}, fields)
        try:
            answer = self.ask(login)
        except AnswerLostError as error:
            raise unanswered(error) from error
        if not answer.yes("ok"):
            raise NotAskedError(LOGIN_REFUSED)

    # --- one exchange ------------------------------------------------------------------------

    def _encoded(self, request: Message) -> bytes:
        account = self._account
        self._sequence = (self._sequence + 1) % 10
        sequence = self._sequence if account.error_detection else None
        return codec.encode(request, encoding=account.encoding, sequence=sequence)

    def _answer(self, request: Message, line: bytes) -> Message:
        deadline = time.monotonic() + self._account.answer_seconds
        again = 0
        while True:
            heard = self._next(deadline)
            if heard is None or heard.sum_held is False:
                again += 1
                self._send_again(b"97AZFEF5" + END if heard else b"", again)
            elif heard.message.code == "96":
                # It could not read the line: the same line, so that it is known for the same.
                again += 1
                self._send_again(line, again)
            elif self._is_answer(request, heard):
                return heard.message

    def _send_again(self, line: bytes, times: int) -> None:
        if times >= TRIES:
            raise Sip2Error(f"{times} lines that could not be read")
        if line:
            self._line.sendall(line)

    def _is_answer(self, request: Message, heard: Line) -> bool:
        """Return whether *heard* answers *request*, and not one that was asked long ago."""
        if heard.message.code != ANSWERS[request.code]:
            return False
        if heard.sequence is not None and self._account.error_detection:
            return heard.sequence == self._sequence
        return all(
            codec.may_be_about(heard.message, id_, request.get(id_) or "") for id_ in _NUMBERS
        )

    def _next(self, deadline: float) -> Line | None:
        """Return the next line; None for one that is no message of SIP2."""
        line = b""
        while not line.strip(_BETWEEN):
            line = self._next_line(deadline)
        try:
            heard = codec.decode(line, encoding=self._account.encoding)
        except Sip2Error:
            return None
        self._note("sip2_heard", heard.message)
        return heard

    def _next_line(self, deadline: float) -> bytes:
        while END not in self._heard:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(None, "no answer in time")
            self._line.settimeout(left)
            more = self._line.recv(_READ_BYTES)
            if not more:
                raise ConnectionError(None, "the library system hung up")
            self._heard += more
            if len(self._heard) > LINE_BYTES_MAX:
                raise Sip2Error("a line without an end")
        line, _, rest = bytes(self._heard).partition(END)
        self._heard[:] = rest
        return line

    def _note(self, event: str, message: Message) -> None:
        if self._account.log_lines:
            log.info(event, line=masked(message))
