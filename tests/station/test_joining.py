"""A machine becomes a station over TLS, at the hub's own site."""

import stat
from datetime import timedelta

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from circulation.certificates import new_key, request
from circulation.errors import ConfigError
from circulation.identifiers import StationId
from hub import claims
from hub.authorities import Authorities
from hub.enrolment import Authority
from station import joining
from station.config import load
from station.errors import JoinError, WaitError
from station.identity import load_authorities, load_hub_key, load_signer
from station.joining import HubSite, join, renew
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.joiners import AUTHORITY, NOW, UMEA_9, JoiningHub, served


@pytest.fixture
def hub(tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    yield JoiningHub(engine)
    engine.dispose()


@pytest.fixture
def ca(tmp_path):
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate_pem())
    return tmp_path / "ca.pem"


@pytest.fixture
def site(hub, tmp_path, ca):
    with served(hub, tmp_path) as url:
        yield HubSite(url, ca)


def test_a_machine_becomes_a_station_that_can_be_started(hub, site, tmp_path):
    folder = tmp_path / "etc"

    join(site, UMEA_9, hub.expects(), folder)

    config = load(folder / "station.toml")
    assert (config.station, config.branch, config.kit) == (UMEA_9, "UME", "simulated-loan")
    assert config.hub.site == site.url
    assert (config.broker.host, config.broker.tls) == ("broker.example.org", True)
    load_hub_key(config.hub.certificate, config.hub.ca, "hub")
    load_signer(config.station, config.identity.key)
    modes = {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}
    assert modes == {0o600}


def test_one_that_is_cut_off_goes_on_with_its_key(hub, site, tmp_path, monkeypatch):
    folder, token, write = tmp_path / "etc", hub.expects(), joining.write_private

    def full(path, body):
        if path.name == "hub.pem":
            raise ConfigError("no space left")
        write(path, body)

    with monkeypatch.context() as patched:
        patched.setattr(joining, "write_private", full)
        with pytest.raises(ConfigError, match="no space"):
            join(site, UMEA_9, token, folder)
    assert not (folder / "station.toml").exists()
    key = (folder / "key.pem").read_bytes()

    join(site, UMEA_9, token, folder)

    assert (folder / "key.pem").read_bytes() == key
    assert load(folder / "station.toml").station == UMEA_9


def test_a_refusal_is_a_sentence_and_leaves_no_settings(hub, site, tmp_path):
    hub.expects()

    with pytest.raises(JoinError, match="no such station is expected"):
        join(site, UMEA_9, claims.new_token(), tmp_path / "etc")

    assert [each.name for each in (tmp_path / "etc").iterdir()] == ["key.pem"]


def test_who_must_be_accepted_is_told_to_wait(tmp_path, ca):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    hub = JoiningHub(engine, must_be_accepted=True)
    with served(hub, tmp_path) as url, pytest.raises(WaitError, match="accept"):
        join(HubSite(url, ca), UMEA_9, hub.expects(), tmp_path / "etc")
    engine.dispose()


def test_a_hub_of_another_authority_is_told_no_token(hub, tmp_path, ca):
    other = type(AUTHORITY).create("Umeåregionen", NOW)
    token = hub.expects()
    with served(hub, tmp_path, other) as url, pytest.raises(WaitError, match="certificate"):
        join(HubSite(url, ca), UMEA_9, token, tmp_path / "etc")

    with hub.engine.connect() as db:
        assert claims.of(db, UMEA_9).taken_ms is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://x", "file:///etc/passwd", ""])
def test_only_https_is_asked(url, ca):
    with pytest.raises(ConfigError, match="https"):
        HubSite(url, ca)


@pytest.mark.parametrize("url", ["https://127.0.0.1:9", "https://no host.example.org"])
def test_where_nobody_answers_one_asks_again(ca, tmp_path, url):
    with pytest.raises(WaitError, match="no answer"):
        join(HubSite(url, ca), UMEA_9, "T", tmp_path / "etc")


def test_a_certificate_for_another_key_is_not_taken(hub, site, tmp_path):
    token = hub.expects()
    given = site.join(
        joining.Join(station=UMEA_9, token=token, request=request(new_key(), UMEA_9).decode())
    )

    with pytest.raises(JoinError, match="another key"):
        joining._check(given, new_key())


# --- renewal -------------------------------------------------------------------------------


@pytest.fixture
def config(hub, site, tmp_path):
    join(site, UMEA_9, hub.expects(), tmp_path / "etc")
    return load(tmp_path / "etc" / "station.toml")


def at(hub, days):
    hub.now_ms += days * 86_400_000
    return NOW + timedelta(days=days)


def own(config):
    return x509.load_pem_x509_certificate(config.identity.certificate.read_bytes())


def test_before_two_thirds_of_its_time_nothing_is_asked(hub, site, config):
    before = own(config)

    assert not renew(site, config, at(hub, 59)).certificate

    assert own(config) == before


@pytest.mark.parametrize("days", [60, 89, 200])
def test_from_then_on_and_after_it_expired_it_is_replaced_whole(hub, site, config, days):
    key = config.identity.key.read_bytes()

    assert renew(site, config, now := at(hub, days)).certificate

    new = own(config)
    assert new.not_valid_after_utc > now + timedelta(days=80)
    assert config.identity.key.read_bytes() == key
    assert isinstance(new.public_key(), ec.EllipticCurvePublicKey)
    assert not renew(site, config, now).certificate


def test_who_is_told_to_renews_at_once(hub, site, config):
    before = own(config)

    assert renew(site, config, at(hub, 1), at_once=True).certificate

    assert own(config).serial_number != before.serial_number


def test_where_the_hub_will_not_the_old_one_stays(hub, site, config):
    before = own(config)
    now = at(hub, 600)

    with pytest.raises(JoinError, match="too long ago"):
        renew(site, config, now)

    assert own(config) == before


def test_a_station_of_another_name_may_not_renew(hub, site, config):
    other = msgspec.structs.replace(config, station=StationId("umea-1"))

    with pytest.raises(JoinError, match="no station that may renew"):
        renew(site, other, at(hub, 70))


# --- another authority ---------------------------------------------------------------------


COMING = Authority.create("Umeåregionen, the second", NOW)
BRIDGE = AUTHORITY.vouch_for(COMING, NOW)


def believed(config):
    return {each.subject for each in load_authorities(config.hub.ca)}


def signs(hub, **authorities):
    """Have the hub know these, and its own certificate be by the one that signs."""
    hub.authorities = Authorities(**authorities, bridges=(BRIDGE,))
    hub.certify(hub.authorities.present)


def test_another_authority_is_trusted_beside_the_first_then_signs_then_is_alone(hub, site, config):
    first, second = AUTHORITY.certificate.subject, COMING.certificate.subject

    signs(hub, present=AUTHORITY, coming=COMING)
    renewal = renew(site, config, at(hub, 1))
    assert (renewal.certificate, renewal.authorities) == (False, True)
    assert believed(config) == {first, second}

    signs(hub, present=COMING, former=AUTHORITY)
    assert renew(site, config, at(hub, 1)).certificate
    own(config).verify_directly_issued_by(COMING.certificate)
    load_hub_key(config.hub.certificate, config.hub.ca, "hub")
    assert believed(config) == {first, second}

    signs(hub, present=COMING)
    renewal = renew(site, config, at(hub, 1))
    assert (renewal.certificate, renewal.authorities) == (False, True)
    assert believed(config) == {second}
    load_hub_key(config.hub.certificate, config.hub.ca, "hub")


def test_one_that_was_away_all_the_time_is_led_over_by_the_bridge(hub, config, tmp_path):
    signs(hub, present=COMING)
    bridge = BRIDGE.public_bytes(Encoding.PEM)

    with served(hub, tmp_path, COMING, bridge=bridge) as url:
        renewal = renew(HubSite(url, config.hub.ca), config, at(hub, 200))

    assert (renewal.certificate, renewal.authorities) == (True, True)
    own(config).verify_directly_issued_by(COMING.certificate)
    assert believed(config) == {COMING.certificate.subject}


def test_an_authority_that_nobody_vouches_for_is_not_believed(hub, site, config):
    hub.authorities = Authorities(present=COMING)
    before = own(config)

    with pytest.raises(JoinError, match="not believed"):
        renew(site, config, at(hub, 70))

    assert own(config) == before
    assert believed(config) == {AUTHORITY.certificate.subject}


def test_an_address_that_is_none_is_told_in_one_sentence(tmp_path):
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate_pem())

    with pytest.raises(WaitError, match="no answer from"):
        HubSite("https://[", tmp_path / "ca.pem").trust()


def test_a_certificate_by_a_hub_whose_clock_was_ahead_is_asked_for_anew(hub, site, config):
    """No broker takes it before its time, and nobody is there to see why."""
    right = hub.now_ms
    at(hub, 300)
    renew(site, config, NOW, at_once=True)
    assert own(config).not_valid_before_utc > NOW + timedelta(days=298)
    hub.now_ms = right

    assert renew(site, config, at(hub, 1)).certificate

    assert own(config).not_valid_before_utc < at(hub, 1) < own(config).not_valid_after_utc
