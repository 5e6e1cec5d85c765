from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from circulation import sealing, signing
from hub.keys import load_ring
from provisioning.identities import authority, identity, sealing_key, secret
from station.identity import load_hub_key, load_secret, load_signer

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def names(certificate):
    subject = x509.load_pem_x509_certificate(certificate).subject
    return [attribute.value for attribute in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def test_an_identity_is_made_once_and_kept(tmp_path):
    issuer = authority(tmp_path / "ca", "Umeåregionen", NOW)

    first = identity(tmp_path / "umea-1", "umea-1", issuer, NOW)
    key = (tmp_path / "umea-1" / "key.pem").read_bytes()

    assert identity(tmp_path / "umea-1", "umea-1", issuer, NOW) == first
    assert (tmp_path / "umea-1" / "key.pem").read_bytes() == key
    assert names(first) == ["umea-1"]


def test_an_identity_that_was_half_made_is_completed(tmp_path):
    issuer = authority(tmp_path / "ca", "Umeåregionen", NOW)
    identity(tmp_path / "umea-1", "umea-1", issuer, NOW)
    key = (tmp_path / "umea-1" / "key.pem").read_bytes()
    (tmp_path / "umea-1" / "certificate.pem").unlink()

    certificate = x509.load_pem_x509_certificate(
        identity(tmp_path / "umea-1", "umea-1", issuer, NOW)
    )

    private = serialization.load_pem_private_key(key, password=None)
    assert certificate.public_key() == private.public_key()


def test_the_authority_is_the_same_at_the_next_start(tmp_path):
    first = authority(tmp_path, "Umeåregionen", NOW).certificate_pem()

    assert authority(tmp_path, "Umeåregionen", NOW).certificate_pem() == first


def test_a_station_believes_what_the_hub_signs(tmp_path):
    issuer = authority(tmp_path / "ca", "Umeåregionen", NOW)
    identity(tmp_path / "hub", "hub", issuer, NOW)
    signer = load_signer("hub", tmp_path / "hub" / "key.pem")

    frame = signing.unwrap(signing.wrap("a/topic", b"{}", signer))

    public = load_hub_key(tmp_path / "hub" / "certificate.pem", tmp_path / "ca" / "ca.pem", "hub")
    assert signing.verify("a/topic", frame, public) == b"{}"


def test_what_is_sealed_to_the_hub_can_be_opened_by_the_hub(tmp_path):
    key = sealing_key(tmp_path / "sealing.json", "2026-1")

    assert sealing_key(tmp_path / "sealing.json", "2027-1") == key
    assert load_ring(tmp_path / "sealing.json").open(key.id, sealing.seal(b"a loan", key)) == (
        b"a loan"
    )


def test_every_private_file_is_for_its_owner_only(tmp_path):
    issuer = authority(tmp_path, "Umeåregionen", NOW)
    identity(tmp_path, "umea-1", issuer, NOW)
    sealing_key(tmp_path / "sealing.json", "2026-1")
    made = secret(tmp_path / "card.key")

    assert load_secret(tmp_path / "card.key", 32) == made == secret(tmp_path / "card.key")
    for name in ("ca.key", "key.pem", "sealing.json", "card.key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600, name
