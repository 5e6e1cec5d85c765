"""Whoever sets a library system up wrongly hears which setting to look at."""

import socket
import ssl

import pytest

from hub.errors import NotAskedError
from hub.sip2.reaching import reach
from hub.sip2.terminal import Account, Terminal
from tests.hub.joiners import AUTHORITY
from tests.hub.sip2.peers import scripted


def believing(authority):
    return ssl.create_default_context(cadata=authority.certificate_pem().decode())


def said(port, host="127.0.0.1", tls=None, seconds=5.0):
    with pytest.raises(NotAskedError, match=r"the library system at .* is not reached: ") as told:
        reach(host, port, seconds=seconds, tls=tls)
    return str(told.value)


@pytest.mark.parametrize("host", ["fe80::1%no-such-line", "sip..bibliotek.example", "b" * 64])
def test_a_name_that_nobody_has_is_the_host(host):
    assert "no machine is known by that name; look at `[catalogue] host`" in said(6001, host=host)


def test_a_closed_port_is_the_port():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "nobody listens there; look at `[catalogue] port`" in said(port)


@pytest.mark.parametrize("answer", [None, b"96AZFEF6\r"], ids=["hangs up", "speaks in clear"])
def test_tls_to_whoever_speaks_in_clear_is_tls(answer):
    with scripted(lambda _line, _n: answer) as port:
        told = said(port, tls=believing(AUTHORITY), seconds=0.5)
    assert "no TLS is spoken there" in told
    assert "`[catalogue] tls`" in told


def test_a_wrong_password_names_user_and_password():
    with scripted(lambda _line, _n: b"940\r") as port:
        account = Account(
            host="127.0.0.1", port=port, user="x", password="y", error_detection=False
        )
        with pytest.raises(
            NotAskedError, match=r"refuses this login; look at `\[catalogue\] user`"
        ):
            Terminal(account)
