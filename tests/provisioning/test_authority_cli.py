"""`python -m provisioning authority`, as a technician replaces the region's authority."""

import subprocess
from datetime import UTC, datetime

import pytest
from cryptography import x509

from circulation.authorities import signed_by
from circulation.certificates import request
from hub import tables
from hub.authorities import load_authorities
from hub.database import open_database
from hub.enrolment import Authority
from station.identity import load_key
from tests.provisioning.test_reissue_cli import NOW, region
from tests.provisioning.typed import typed, typed_at_hub

__all__ = ["region"]


def authority(region, *words, ok=True):
    where = ("--hub", region / "hub" / "hub.toml", "--authority", region / "ca")
    return typed("authority", *words, *where, ok=ok)


def renewed(region):
    """Have the one station renew by the authority that signs, as it does by itself."""
    there = load_authorities(region / "ca")
    asked = request(load_key(region / "first" / "key.pem"), "vindeln-1")
    pem = there.present.issue(asked, "vindeln-1", NOW).decode()
    engine = open_database(f"sqlite:///{region / 'hub' / 'hub.sqlite'}")
    with engine.begin() as db:
        db.execute(tables.station.update().values(certificate=pem))
    engine.dispose()


def test_an_authority_is_replaced_and_nothing_that_depends_on_the_old_one_is_forgotten(region):
    (first,) = x509.load_pem_x509_certificates((region / "ca" / "ca.pem").read_bytes())
    own = region / "hub" / "certificate.pem"

    said = authority(region, "new")
    assert "waits to sign" in said
    said += authority(region, "switch")
    said += authority(region, "drop", ok=False)
    assert "vindeln-1 has a certificate by the former authority" in said
    assert "certificate.pem is by the former authority" in said
    said += authority(region, "server", own)
    leaf, bridge = x509.load_pem_x509_certificates(own.read_bytes())
    assert signed_by(leaf, [load_authorities(region / "ca").present.certificate])
    assert signed_by(bridge, [first])
    rotate = typed_at_hub(
        region / "hub" / "hub.toml", "keys", "rotate", "--authority", region / "ca"
    )
    renewed(region)
    said += authority(region, "show") + rotate
    assert "still trusted" in said
    said += authority(region, "drop")

    assert not (region / "ca" / "former").exists()
    assert "trusted" not in authority(region, "show")
    assert "PRIVATE" not in said


def let_in(region, *authorities):
    """Return whether a broker that was given these, and ca.crl, lets the one station in."""
    engine = open_database(f"sqlite:///{region / 'hub' / 'hub.sqlite'}")
    with engine.begin() as db:
        pem = db.scalar(tables.station.select().with_only_columns(tables.station.c.certificate))
    engine.dispose()
    (region / "own.pem").write_text(pem)
    (region / "cas.pem").write_bytes(
        b"".join((region / "ca" / each).read_bytes() for each in authorities)
    )
    # As Mosquitto asks OpenSSL with `crlfile`; and its list may hold several.
    lists = (region / "ca" / "ca.crl").read_text().split("-----BEGIN X509 CRL-----")[1:]
    words = ["openssl", "verify", "-crl_check", "-CAfile", region / "cas.pem"]
    for number, each in enumerate(lists):
        (region / f"{number}.crl").write_text(f"-----BEGIN X509 CRL-----{each}")
        words += ["-CRLfile", region / f"{number}.crl"]
    asked = subprocess.run([*words, region / "own.pem"], capture_output=True, check=False)
    return asked.returncode == 0


def test_a_broker_that_is_told_by_hand_lets_stations_in_after_each_step(region):
    authority(region, "new")
    assert let_in(region, "ca.pem", "next/ca.pem")
    authority(region, "switch")
    assert let_in(region, "ca.pem", "former/ca.pem")
    renewed(region)
    assert let_in(region, "ca.pem", "former/ca.pem")
    words = ("--hub", region / "hub" / "hub.toml", "--authority", region / "ca")
    typed("revoke", "vindeln-1", *words)
    assert not let_in(region, "ca.pem", "former/ca.pem")
    authority(region, "drop", "--anyway")

    assert x509.load_pem_x509_crl((region / "ca" / "ca.crl").read_bytes()).is_signature_valid(
        load_authorities(region / "ca").present.key.public_key()
    )
    assert not let_in(region, "ca.pem")


def test_a_key_that_the_former_vouched_for_is_in_the_way(region):
    typed_at_hub(region / "hub" / "hub.toml", "keys", "rotate", "--authority", region / "ca")
    authority(region, "new")
    authority(region, "switch")

    assert "the sealing key is vouched for by the former" in authority(region, "drop", ok=False)
    authority(region, "drop", "--anyway")
    assert not (region / "ca" / "former").exists()


def test_a_certificate_of_another_region_is_not_issued_anew(region, tmp_path):
    stranger = tmp_path / "other.pem"
    stranger.write_bytes(Authority.create("Elsewhere", datetime.now(UTC)).certificate_pem())
    before = stranger.read_bytes()

    assert "none of this region's" in authority(region, "server", stranger, ok=False)

    assert stranger.read_bytes() == before


@pytest.mark.parametrize("step", ["switch", "drop"])
def test_without_an_authority_in_the_settings_its_folder_is_asked_for(region, step):
    said = typed("authority", step, "--hub", region / "hub" / "hub.toml", ok=False)

    assert said == "the hub's settings have no [enrolment]: give --authority FOLDER"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("ca/ca.pem", "an authority's own certificate"), ("both.pem", "has a key too")],
)
def test_what_would_be_lost_by_it_is_not_issued_anew(region, name, sentence):
    hub = region / "hub"
    both = (hub / "key.pem").read_bytes() + (hub / "certificate.pem").read_bytes()
    (region / "both.pem").write_bytes(both)
    before = (region / name).read_bytes()

    assert sentence in authority(region, "server", region / name, ok=False)

    assert (region / name).read_bytes() == before


def test_a_servers_certificate_stays_for_those_who_read_it(region):
    own = region / "hub" / "certificate.pem"
    own.chmod(0o640)

    authority(region, "server", own)

    assert own.stat().st_mode & 0o777 == 0o640


def test_a_region_of_a_long_name_gets_another_authority(region):
    settings = region / "hub" / "hub.toml"
    settings.write_text(settings.read_text().replace("Umeåregionen", "Å" * 32))

    assert "waits to sign" in authority(region, "new")
