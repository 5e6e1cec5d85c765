"""One connection over TLS: not knowing the time shuts nobody out, an expired broker is refused."""

import ipaddress
import shutil
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from circulation.certificates import private_pem
from circulation.instants import Instant
from hub.enrolment import Authority
from station.uplink.connection import Address, Connection, Opened
from tests.brokers import RunningBroker

pytestmark = pytest.mark.skipif(
    shutil.which("mosquitto", path="/usr/sbin:/usr/bin") is None, reason="a broker with TLS"
)
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class TlsBroker(RunningBroker):
    """Mosquitto with a certificate that is good from *begin* to *end*."""

    def __init__(self, folder: Path, begin: datetime, end: datetime) -> None:
        super().__init__("mosquitto", folder)
        authority = Authority.create("Umeåregionen", NOW - 400 * DAY)
        (folder / "ca.pem").write_bytes(authority.certificate_pem())
        key = ec.generate_private_key(ec.SECP256R1())
        (folder / "broker.key").write_bytes(private_pem(key))
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")]))
            .issuer_name(authority.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                critical=False,
            )
            .sign(authority.key, hashes.SHA256())
        )
        (folder / "broker.pem").write_bytes(certificate.public_bytes(Encoding.PEM))

    def _command(self) -> list[str]:
        command = super()._command()
        config = self._folder / "mosquitto.conf"
        tls = f"certfile {self._folder}/broker.pem\nkeyfile {self._folder}/broker.key\n"
        config.write_text(config.read_text() + tls, encoding="utf-8")
        return command


def at(when: datetime, *, trusted: bool) -> Instant:
    wall_ms = int(when.timestamp() * 1000)
    return Instant(wall_ms=wall_ms, mono_ms=1, boot="b", trusted=trusted)


@pytest.fixture
def connect(tmp_path):
    """Return how to connect to a broker whose certificate is good from a day to another."""
    brokers: list[RunningBroker] = []

    def opened(begin: datetime, end: datetime, now: Instant) -> object:
        broker = TlsBroker(tmp_path, begin, end)
        broker.start()
        brokers.append(broker)
        address = Address("127.0.0.1", broker.port, "vindeln-1", tls=True, ca=tmp_path / "ca.pem")
        connection = Connection(address, "will", b"{}", now=now)
        try:
            connection.open()
            return connection.incoming.get(timeout=10)
        finally:
            connection.close()

    yield opened
    for broker in brokers:
        broker.kill()


def test_a_station_that_does_not_know_the_time_takes_a_certificate_of_tomorrow(connect):
    begin = NOW + DAY

    assert connect(begin, begin + DAY, at(NOW, trusted=False)) == Opened()


def test_a_station_that_knows_the_time_does_not(connect):
    begin = NOW + DAY

    with pytest.raises(ssl.SSLCertVerificationError, match="not yet valid"):
        connect(begin, begin + DAY, at(NOW, trusted=True))


def test_without_the_time_a_certificate_that_has_surely_expired_is_refused(connect):
    end = NOW - 2 * DAY

    with pytest.raises(ssl.SSLError, match="expired"):
        connect(end - DAY, end, at(NOW, trusted=False))


def test_without_the_time_one_that_may_have_expired_is_taken(connect):
    end = NOW - 2 * DAY

    assert connect(end - DAY, end, at(end - DAY, trusted=False)) == Opened()
