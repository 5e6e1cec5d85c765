"""A broker is known by its name also where a relay stands between, as on a simulated kit."""

import gc
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from circulation.certificates import private_pem, request
from hub.enrolment import Authority
from station.simulated_line import SimulatedLine
from station.uplink.connection import Address, Connection

BROKER = "broker.example.org"


@pytest.fixture
def line(tmp_path):
    """Return a relay to a server that shows a certificate for the broker's name."""
    now = datetime.now(UTC)
    authority, key = Authority.create("Region", now), ec.generate_private_key(ec.SECP256R1())
    issued = authority.issue(request(key, BROKER), BROKER, now, hosts=(BROKER,), days=10)
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem())
    (tmp_path / "broker.pem").write_bytes(private_pem(key) + issued)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "broker.pem")
    server = socket.create_server(("127.0.0.1", 0))

    def greet():
        with suppress(OSError):
            plain, _ = server.accept()
            with context.wrap_socket(plain, server_side=True) as safe:
                safe.recv(1)

    greeter = threading.Thread(target=greet)
    greeter.start()
    line = SimulatedLine(*server.getsockname())
    line.start()
    yield line
    line.stop()
    server.close()
    greeter.join(5)


def connection(line, folder, name):
    address = Address(
        "127.0.0.1", line.port, "vindeln-1", tls=True, ca=folder / "ca.pem", name=name
    )
    return Connection(address, "will", b"")


def test_the_broker_is_known_by_its_name_behind_a_relay(line, tmp_path):
    opened = connection(line, tmp_path, BROKER)

    opened.open()

    opened.close()


@pytest.mark.parametrize("name", ["", "other.example.org"])
def test_another_name_is_refused_and_nothing_stays_open(line, tmp_path, name):
    """A socket that nobody closed is told of by its end, and pytest makes that an error."""
    refused = connection(line, tmp_path, name)

    with pytest.raises(ssl.SSLCertVerificationError):
        refused.open()

    refused.close()
    del refused
    gc.collect()
