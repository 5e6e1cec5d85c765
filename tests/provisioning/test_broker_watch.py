"""A station that is revoked is out within seconds, its open session too; a real Mosquitto, TLS."""

import contextlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from circulation.authorities import Trust, bundle, load_lists
from circulation.certificates import private_pem
from circulation.errors import ConfigError, ForgedError
from circulation.joining import Renew
from hub import reissue
from hub.authorities import Authorities
from hub.enrolment import Authority
from hub.errors import HubError
from hub.reissue import Revoked
from provisioning.broker_watch import Kept, look, renewed, serials
from station.uplink.connection import Address, Closed, Connection, Opened
from tests.brokers import RunningBroker
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.joiners import AUTHORITY, NOW, JoiningHub, asking, new_key, request, served
from tests.hub.test_cli import ROOT

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin")
SECONDS_MAX = 20.0
ACL = """\
pattern write fingertopp/1/+/%u/facts
pattern read fingertopp/1/+/%u/acks
"""


class GuardedBroker(RunningBroker):
    """Mosquitto as the role sets it up: certificates, their list of the withdrawn, rights."""

    def __init__(self, folder):
        super().__init__("mosquitto", folder)
        key = new_key()
        (folder / "broker.key").write_bytes(private_pem(key))
        (folder / "broker.pem").write_bytes(
            AUTHORITY.issue(request(key, "broker"), "broker", NOW, hosts=("127.0.0.1",))
        )
        (folder / "acl").write_text(ACL)
        (folder / "ca.pem").write_bytes(AUTHORITY.certificate_pem())

    def _command(self):
        config = self._folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nuser root\npersistence false\nlog_type none\n"
            f"cafile {self._folder}/ca.pem\ncrlfile {self._folder}/ca.crl\n"
            f"certfile {self._folder}/broker.pem\nkeyfile {self._folder}/broker.key\n"
            "require_certificate true\nuse_identity_as_username true\nallow_anonymous false\n"
            f"acl_file {self._folder}/acl\n"
        )
        return [MOSQUITTO, "-c", str(config)]


@pytest.fixture
def hub(tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    yield JoiningHub(engine)
    engine.dispose()


def identity(folder, certificate, key):
    folder.mkdir(exist_ok=True)
    (folder / "key.pem").write_bytes(private_pem(key))
    (folder / "certificate.pem").write_text(certificate)
    return folder


def joined(hub, folder, id_):
    key = new_key()
    given = hub.joining.join(asking(hub.expects(id_), key, id_=id_))
    return identity(folder / id_, given.certificate, key), key


def address(broker, folder, ca):
    return Address(
        "127.0.0.1",
        broker.port,
        folder.name,
        tls=True,
        ca=ca,
        certificate=folder / "certificate.pem",
        key=folder / "key.pem",
    )


def opened(broker, folder, ca):
    """Return an open session of the station whose identity is in *folder*, None where refused."""
    connection = Connection(address(broker, folder, ca), "will", b"{}")
    with contextlib.suppress(OSError):
        connection.open()
        if connection.incoming.get(timeout=10) == Opened():
            return connection
    connection.close()
    return None


@contextlib.contextmanager
def watching(url, folder):
    watcher = subprocess.Popen(
        [sys.executable, "-m", "provisioning", "broker", "watch", "--url", url, "--to", folder],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        watcher.send_signal(signal.SIGTERM)
        assert watcher.wait(20) == 0


def changed(path, before):
    """Wait for *path* to be another file than *before*, as a systemd path unit does."""
    end = time.monotonic() + SECONDS_MAX
    while path.stat().st_mtime_ns == before:
        assert time.monotonic() < end, "nobody told the broker"
        time.sleep(0.05)


@pytest.mark.skipif(MOSQUITTO is None, reason="a broker with TLS")
def test_a_station_that_is_revoked_is_out_within_seconds_and_the_other_stays(hub, tmp_path):
    there = tmp_path / "broker"
    there.mkdir()
    lost, key = joined(hub, tmp_path, "umea-9")
    other, _ = joined(hub, tmp_path, "umea-8")
    # What was renewed meanwhile is as good as the first, until both are withdrawn.
    again = hub.joining.renew(Renew(station="umea-9", request=request(key, "umea-9").decode()))
    newer = identity(tmp_path / "newer", again.certificate, key)
    broker, ca = GuardedBroker(there), tmp_path / "site-ca.pem"
    ca.write_bytes(AUTHORITY.certificate_pem())
    with served(hub, tmp_path) as url:
        look(url, there)
        broker.start()
        try:
            sessions = [opened(broker, each, ca) for each in (lost, other, newer)]
            assert all(sessions)
            before = (there / "ca.crl").stat().st_mtime_ns
            with watching(url, there):
                time.sleep(0.1)
                with hub.engine.begin() as db:
                    reissue.revoke(db, "umea-9", hub.now_ms)
                begun = time.monotonic()
                changed(there / "ca.crl", before)
                broker.kill()
                broker.start()
            ends = [each.incoming.get(timeout=10) for each in sessions]
            assert ends == [Closed()] * 3
            assert opened(broker, lost, ca) is None
            assert opened(broker, newer, ca) is None
            stays = opened(broker, other, ca)
            assert stays is not None
            stays.close()
            assert time.monotonic() - begun < SECONDS_MAX
        finally:
            broker.kill()
            for each in sessions:
                each.close()


def trust(withdrawn=(), authorities=None):
    there = authorities or Authorities(present=AUTHORITY)
    return there.trust([Revoked(serial, 0) for serial in withdrawn], NOW)


def kept(told, known=AUTHORITY):
    return renewed(Kept(known.certificate_pem(), b""), told)


def test_the_list_of_a_stranger_changes_nothing():
    stranger = Authorities(present=Authority.create("Umeåregionen", NOW))

    with pytest.raises(ForgedError, match="none of the authorities"):
        kept(trust(authorities=stranger))
    mixed = Trust(authorities=trust().authorities, withdrawn=trust((), stranger).withdrawn)
    with pytest.raises(ForgedError, match="signed by its authority"):
        kept(mixed)


def test_a_list_that_has_forgotten_somebody_is_not_taken():
    known = kept(trust([7, 9]))

    assert serials(known.withdrawn) == {7, 9}
    with pytest.raises(ForgedError, match="forgotten 1"):
        renewed(known, trust([7]))
    assert serials(renewed(known, trust([7, 9, 11])).withdrawn) == {7, 9, 11}


def test_what_says_the_same_is_left_as_it_is():
    known = kept(trust([7]))

    assert renewed(known, trust([7])) == known


def spoilt(how):
    """Return what a broker has in the place of a good list that names 7."""
    good = kept(trust([7])).withdrawn
    other = Authority.create("Elsewhere", NOW)
    forged = Authority(other.key, AUTHORITY.certificate)
    return {
        "nothing": b"",
        "half": good[: len(good) // 2],
        "garbage": b"a holiday picture",
        "with more": good + b"x",
        "another authority's": other.revocation_list([(7, 0), (9, 0)], NOW),
        "by another's key": forged.revocation_list([(7, 0)], NOW),
        "for a day": for_a_day(),
    }[how]


def for_a_day():
    """Return a list of the authority's own that names 7 and is soon over."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(AUTHORITY.certificate.subject)
        .last_update(NOW)
        .next_update(NOW + timedelta(days=1))
    )
    listed = x509.RevokedCertificateBuilder().serial_number(7).revocation_date(NOW).build()
    signed = builder.add_revoked_certificate(listed).sign(AUTHORITY.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize(
    "how",
    [
        "nothing",
        "half",
        "garbage",
        "with more",
        "another authority's",
        "by another's key",
        "for a day",
    ],
)
def test_a_list_by_which_a_broker_lets_nobody_in_gives_way_to_the_hubs(how):
    here = Kept(AUTHORITY.certificate_pem(), spoilt(how))

    new = renewed(here, trust([7]))

    (found,) = load_lists(new.withdrawn)
    assert found.is_signature_valid(AUTHORITY.key.public_key())
    assert found.next_update_utc == AUTHORITY.certificate.not_valid_after_utc
    assert serials(new.withdrawn) == {7}


@pytest.mark.parametrize(
    ("ca", "crl", "sentence"),
    [
        (b"a holiday picture", b"", "no authority's certificate"),
        (b"", b"", "no authority's certificate"),
        (AUTHORITY.certificate_pem(), None, "cannot be read: Is a directory"),
    ],
)
def test_what_the_watch_cannot_begin_with_is_one_sentence(tmp_path, ca, crl, sentence):
    (tmp_path / "ca.pem").write_bytes(ca)
    if crl is None:
        (tmp_path / "ca.crl").mkdir()

    with pytest.raises(ConfigError, match=sentence):
        look("https://127.0.0.1:9", tmp_path)


def test_another_authority_is_believed_by_the_word_of_a_known_one_only():
    coming = Authority.create("Umeåregionen 2", NOW)
    vouched = Authorities(
        present=AUTHORITY, coming=coming, bridges=(AUTHORITY.vouch_for(coming, NOW),)
    )
    alone = Authorities(present=AUTHORITY, coming=coming)

    assert kept(trust(authorities=vouched)).authorities == vouched.certificates()
    assert kept(trust(authorities=alone)).authorities == AUTHORITY.certificate_pem()
    both = x509.load_pem_x509_certificates(kept(trust(authorities=vouched)).authorities)
    assert bundle(both) == vouched.certificates()


def test_where_nobody_answers_what_is_there_stays(tmp_path):
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate_pem())

    with pytest.raises(HubError, match="no answer"):
        look("https://127.0.0.1:9", tmp_path)

    assert [each.name for each in tmp_path.iterdir()] == ["ca.pem"]


@contextlib.contextmanager
def saying(said, folder):
    """Have a site on 127.0.0.1, certified by the authority, that says *said* whatever it hears."""
    key = new_key()
    (folder / "key.pem").write_bytes(private_pem(key))
    (folder / "site.pem").write_bytes(
        AUTHORITY.issue(request(key, "site"), "site", NOW, hosts=("127.0.0.1",))
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "site.pem", folder / "key.pem")

    def answer(listening):
        line, _ = listening.accept()
        with contextlib.suppress(OSError), context.wrap_socket(line, server_side=True) as secured:
            secured.settimeout(10)
            secured.recv(4096)
            secured.sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        site = threading.Thread(target=answer, args=(listening,), name="site")
        site.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        site.join(10)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99\r\ntorn",
        b'HTTP/1.1 200 OK\r\n\r\n{"authorities": ["\xff"]}',
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 100_000,
        b"HTTP/1.1 503 Busy\r\n\r\n",
    ],
    ids=["nothing", "no HTTP", "torn", "half a chunk", "no UTF-8", "deep", "busy"],
)
def test_an_answer_that_is_none_is_asked_for_again(said, tmp_path):
    there = tmp_path / "broker"
    there.mkdir()
    (there / "ca.pem").write_bytes(AUTHORITY.certificate_pem())

    with saying(said, tmp_path) as url, pytest.raises(HubError, match="no answer from"):
        look(url, there)

    assert [each.name for each in there.iterdir()] == ["ca.pem"]


def test_without_an_authority_there_is_nobody_to_believe(tmp_path):
    with pytest.raises(ConfigError, match=r"ca\.pem: cannot be read"):
        look("https://127.0.0.1:9", tmp_path)
