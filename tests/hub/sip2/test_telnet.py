"""A login at prompts, as SIPServer's transport `telnet` has it."""

import socketserver
import threading
from contextlib import contextmanager

import pytest

from hub.errors import NotAskedError
from hub.sip2.codec import Message
from hub.sip2.terminal import Account, Terminal
from tests.hub.catalogue.sip2.rig import cast

PASSWORD = "hemligt"
ITEM = Message("17", {"date": " " * 18}, (("AO", ""), ("AB", "B-1")))


class _Server(socketserver.ThreadingTCPServer):
    """What SIPServer says, read in its SIPServer.pm: telnet_transport."""

    daemon_threads = False
    end = b"\r\n"
    greeting = b""
    wire = None


class _Talk(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            self.talk()
        except OSError:
            return

    def talk(self):
        self.wfile.write(self.server.greeting)
        for _ in range(3):
            self.wfile.write(b"login: ")
            user = self.line()
            self.wfile.write(b"password: ")
            if (user, self.line()) == (b"hub", PASSWORD.encode()):
                break
            self.wfile.write(b"Invalid login" + self.server.end)
        else:
            return
        self.wfile.write(b"Login OK.  Initiating SIP" + self.server.end)
        while line := self.line():
            self.wfile.write(self.server.wire(line, 0))

    def line(self):
        heard = b""
        while not heard.endswith(b"\r"):
            more = self.rfile.read(1)
            if not more:
                return b""
            heard += more
        return heard.strip()


@contextmanager
def serving(**how):
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.wire = cast().wire
        for name, value in how.items():
            setattr(server, name, value)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(10)


def account(port, password=PASSWORD, **how):
    return Account(
        host="127.0.0.1", port=port, user="hub", password=password, telnet=True,
        **{"answer_seconds": 5.0, **how},
    )  # fmt: skip


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"end": b"\n"},
        {"greeting": b"\xff\xfd\x18\xff\xfb\x01Welcome to the library!\r\n\r\n"},
    ],
)
def test_after_the_prompts_it_is_a_terminal_like_any(how):
    with serving(**how) as port:
        terminal = Terminal(account(port))
        titles = [terminal.ask(ITEM).get("AJ") for _ in range(3)]
        terminal.close()

    assert titles == ["Vägen genom myren"] * 3


def test_a_wrong_password_is_told_and_nothing_was_asked():
    with serving() as port, pytest.raises(NotAskedError, match="refuses this login"):
        Terminal(account(port, "fel"))


@pytest.mark.parametrize("greeting", [b"x" * 9000, b"\r\n" * 3])
def test_who_has_no_prompt_is_not_waited_for_for_ever(greeting):
    class Mute(_Talk):
        def talk(self):
            self.wfile.write(greeting)
            self.rfile.read(1)

    with serving(RequestHandlerClass=Mute) as port, pytest.raises(NotAskedError, match="answer"):
        Terminal(account(port, answer_seconds=0.3))
