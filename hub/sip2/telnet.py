"""A login at prompts, as a terminal of the seventies: before SIP2, and instead of its own (93).

SIPServer (openncip, Evergreen, Koha) has it as its transport `telnet`: it says "login: " and
"password: ", and then "Login OK.  Initiating SIP", or "Invalid login" and "login: " again.
"""

import re
import socket
import time

from hub.errors import NotAskedError
from hub.sip2.reaching import LOGIN_REFUSED, unanswered

HEARD_MAX = 4096
_NEGOTIATION = re.compile(rb"\xff[\xfb-\xfe].", re.DOTALL)
_PROMPT = re.compile(rb":\s*$")
_ANSWER = re.compile(rb"[^\s][^\r\n]*[\r\n]")
_NO = re.compile(rb"invalid|incorrect|fail|denied|login:", re.IGNORECASE)


def log_in(line: socket.socket, user: str, password: str, *, seconds: float) -> None:
    """Answer the prompts on *line* within *seconds*, or raise `NotAskedError` and say why not."""
    deadline = time.monotonic() + seconds
    try:
        for told in (user, password):
            _heard(line, _PROMPT, deadline)
            line.sendall(told.encode() + b"\r\n")
        answer = _heard(line, _ANSWER, deadline)
    except OSError as error:
        raise unanswered(error) from error
    if _NO.search(answer):
        raise NotAskedError(LOGIN_REFUSED)


def _heard(line: socket.socket, until: re.Pattern[bytes], deadline: float) -> bytes:
    """Return what was said, once *until* is in it; what telnet itself would settle is passed by."""
    heard = b""
    while not until.search(heard):
        left = deadline - time.monotonic()
        if left <= 0 or len(heard) > HEARD_MAX:
            raise TimeoutError("no prompt that can be answered")
        line.settimeout(left)
        more = line.recv(HEARD_MAX)
        if not more:
            raise ConnectionError("it hung up")
        heard = _NEGOTIATION.sub(b"", heard + more)
    return heard
