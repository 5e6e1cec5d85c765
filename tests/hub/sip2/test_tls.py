"""Our own terminal over TLS to our own server."""

import ssl

import pytest
from msgspec.structs import replace

from circulation.certificates import new_key, private_pem, request
from hub.enrolment import Authority
from hub.errors import NotAskedError
from hub.sip2.codec import Message
from hub.sip2.terminal import Account, Terminal
from tests.hub.joiners import AUTHORITY, NOW
from tests.hub.selfchecks.rig import PASSWORD, Counter, setting


@pytest.fixture
def port(tmp_path):
    key = new_key()
    (tmp_path / "s.key").write_bytes(private_pem(key))
    issued = AUTHORITY.issue(request(key, "s"), "s", NOW, hosts=("127.0.0.1",))
    (tmp_path / "s.pem").write_bytes(issued)
    counter = Counter(tmp_path)
    told = replace(setting(tmp_path), certificate=tmp_path / "s.pem", key=tmp_path / "s.key")
    with counter.serving(settings=told) as port:
        yield port
    counter.close()


def account(port, authority, **how):
    context = ssl.create_default_context(cadata=authority.certificate_pem().decode())
    how = {"user": "sorter", "password": PASSWORD, "answer_seconds": 5.0, "tls": context} | how
    return Account(host="127.0.0.1", port=port, **how)


def test_it_is_a_line_like_any(port):
    terminal = Terminal(account(port, AUTHORITY))
    told = terminal.ask(Message("17", {"date": " " * 18}, (("AO", ""), ("AB", "B-1"))))
    assert terminal.is_usable()
    terminal.close()

    assert told.get("AJ") == "Vägen genom myren"


def test_a_stranger_is_told_nothing(port):
    with pytest.raises(NotAskedError, match=r"not believed .*`\[catalogue\] ca`"):
        Terminal(account(port, Authority.create("somebody", NOW)))


def test_who_speaks_in_clear_is_not_answered(port):
    with pytest.raises(NotAskedError, match=r"does not answer a login: .*`\[catalogue\] tls`"):
        Terminal(account(port, AUTHORITY, tls=None))
