"""Where on the way to a host it fails, and what to do about it."""

import socket
import ssl
import threading
from contextlib import contextmanager

import pytest

from circulation.certificates import new_key, private_pem, request
from hub.enrolment import Authority
from station.reachability import obstacle
from tests.hub.joiners import AUTHORITY, NOW


@pytest.fixture
def ca(tmp_path):
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate_pem())
    return tmp_path / "ca.pem"


def identity(folder, authority, name):
    key, folder = new_key(), folder / name
    folder.mkdir()
    (folder / "key.pem").write_bytes(private_pem(key))
    certificate = authority.issue(request(key, name), name, NOW, hosts=("127.0.0.1",))
    (folder / "certificate.pem").write_bytes(certificate)
    return folder / "certificate.pem", folder / "key.pem"


@contextmanager
def listening(server, ca):
    """Speak TLS to whoever shows a certificate by *ca*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*server)
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_REQUIRED

    def serve(door):
        line, _ = door.accept()
        try:
            with context.wrap_socket(line, server_side=True) as tls:
                tls.settimeout(5)
                tls.recv(1)
        except OSError:
            line.close()

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=serve, args=(door,))
        thread.start()
        yield door.getsockname()[1]
        thread.join(10)


def test_nothing_is_in_the_way_of_who_is_let_in(tmp_path, ca):
    server = identity(tmp_path, AUTHORITY, "server")
    own = identity(tmp_path, AUTHORITY, "own")
    with listening(server, ca) as port:
        assert obstacle("127.0.0.1", port, ca=ca, identity=own) is None


def test_a_host_of_another_authority_is_not_believed(tmp_path, ca):
    other = Authority.create("Elsewhere", NOW)
    with listening(identity(tmp_path, other, "server"), ca) as port:
        found = obstacle("127.0.0.1", port, ca=ca)

    assert "shows a certificate that is not good" in found.wrong
    assert "something on the way opens TLS" in found.todo


def test_one_that_is_not_let_in_is_told_so(tmp_path, ca):
    server = identity(tmp_path, AUTHORITY, "server")
    own = identity(tmp_path, Authority.create("Elsewhere", NOW), "own")
    with listening(server, ca) as port:
        found = obstacle("127.0.0.1", port, ca=ca, identity=own)

    assert "does not let this station in" in found.wrong


@pytest.mark.parametrize(
    ("host", "port", "wrong"),
    [("nowhere.invalid", 443, "is not known here"), ("127.0.0.1", 9, "has refused port 9")],
)
def test_a_name_and_a_port_are_named(ca, host, port, wrong):
    found = obstacle(host, port, ca=ca)

    assert wrong in found.wrong
    assert found.todo
