"""A station starts only with keys that work, and believes only the hub it was enrolled with."""

import base64
from datetime import UTC, datetime

import pytest

from circulation.errors import ConfigError
from hub.enrolment import Authority
from provisioning import identities
from station import identity

NOW = datetime.now(UTC)


@pytest.fixture
def hub(tmp_path):
    issuer = Authority.create("Umeåregionen", NOW)
    (tmp_path / "ca.pem").write_bytes(issuer.certificate_pem())
    (tmp_path / "hub.pem").write_bytes(identities.identity(tmp_path, "hub", issuer, NOW))
    return tmp_path


def test_the_hub_that_the_regions_authority_names_is_believed(hub):
    assert identity.load_hub_key(hub / "hub.pem", hub / "ca.pem", "hub")


def test_another_name_or_another_authority_is_not(hub):
    with pytest.raises(ConfigError, match="is not for 'other'"):
        identity.load_hub_key(hub / "hub.pem", hub / "ca.pem", "other")

    stranger = Authority.create("Umeåregionen", NOW)
    (hub / "ca.pem").write_bytes(stranger.certificate_pem())
    with pytest.raises(ConfigError, match="not a certificate by"):
        identity.load_hub_key(hub / "hub.pem", hub / "ca.pem", "hub")


@pytest.mark.parametrize("content", [b"", b"-----BEGIN NOTHING-----", b"\xff"])
def test_a_key_file_that_holds_no_key_is_named(tmp_path, content):
    (tmp_path / "key.pem").write_bytes(content)

    with pytest.raises(ConfigError, match=r"key\.pem: no private key"):
        identity.load_signer("vindeln-1", tmp_path / "key.pem")


@pytest.mark.parametrize("public", [b"", b"short", bytes(32), bytes(33)])
def test_a_sealing_key_that_cannot_seal_is_refused_before_the_first_visitor(public):
    with pytest.raises(ConfigError, match="public"):
        identity.load_sealing_key("2026-1", public)


def test_a_secret_is_exactly_as_long_as_it_must_be(tmp_path):
    path = tmp_path / "card.key"
    path.write_bytes(base64.b64encode(b"k" * 32))
    assert identity.load_secret(path, 32) == b"k" * 32

    path.write_bytes(base64.b64encode(b"k" * 31))
    with pytest.raises(ConfigError, match="31 bytes"):
        identity.load_secret(path, 32)
    path.write_text("no base64!", encoding="ascii")
    with pytest.raises(ConfigError, match="no base64"):
        identity.load_secret(path, 32)
