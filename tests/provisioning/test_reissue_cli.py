"""`python -m provisioning reissue` and `revoke`, as a technician runs them."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from circulation.certificates import request
from hub import fleet, tables
from hub.app import upgrade
from hub.database import open_database
from hub.enrolment import NewStation, enrol
from provisioning import identities
from station import identity as station_identity
from station.config import load
from tests.hub.test_cli import ROOT, SETTINGS
from tests.provisioning.typed import typed, typed_at_hub
from tests.station.machine import write_station

NOW = datetime.now(UTC)


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "provisioning", *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def region(tmp_path):
    """Return the folder of an authority, a hub, and one station enrolled there."""
    issuer = identities.authority(tmp_path / "ca", "Umeåregionen", NOW)
    hub = tmp_path / "hub"
    hub.mkdir()
    identities.identity(hub, "hub", issuer, NOW)
    identities.sealing_key(hub / "sealing.json", "2026-1")
    (hub / "hub.toml").write_text(SETTINGS, encoding="utf-8")
    url = f"sqlite:///{hub / 'hub.sqlite'}"
    upgrade(url)
    engine = open_database(url)
    first = identities.identity(tmp_path / "first", "vindeln-1", issuer, NOW)
    new = NewStation(
        id="vindeln-1",
        number=6,
        municipality="Vindeln",
        branch="VIN",
        kind="loan",
        partition="vindeln",
        card_key=b"k" * 32,
    )
    enrol(engine, new, first)
    engine.dispose()
    (tmp_path / "machine").mkdir()
    write_station(tmp_path / "machine")
    return tmp_path


def reissue(region, *more: object, to: str = "stick", station: str = "vindeln-1"):
    where = ("--hub", region / "hub" / "hub.toml", "--authority", region / "ca")
    return run("reissue", station, *where, "--to", region / to, *more)


def certificate_at_hub(region) -> x509.Certificate:
    engine = open_database(f"sqlite:///{region / 'hub' / 'hub.sqlite'}")
    with engine.connect() as db:
        pem = db.scalar(tables.station.select().with_only_columns(tables.station.c.certificate))
    engine.dispose()
    return x509.load_pem_x509_certificate(pem.encode())


def test_what_is_in_the_folder_starts_the_station_in_its_next_epoch(region):
    settings = region / "machine" / "station.toml"
    ran = reissue(region, "--settings", settings)

    assert ran.returncode == 0, ran.stderr
    assert "vindeln-1 has epoch 2 now" in ran.stdout
    machine = region / "machine"
    shutil.copytree(region / "stick", machine, dirs_exist_ok=True)
    config = load(settings)
    assert (config.identity.epoch, config.sealing.id) == (2, "2026-1")
    assert station_identity.load_secret(config.identity.card_key, 32) == b"k" * 32
    assert station_identity.load_hub_key(config.hub.certificate, config.hub.ca, "hub")
    signer = station_identity.load_signer("vindeln-1", config.identity.key)
    own = x509.load_pem_x509_certificate(config.identity.certificate.read_bytes())
    assert own == certificate_at_hub(region)
    own.public_key().verify(signer.sign(b"x"), b"x", ec.ECDSA(own.signature_hash_algorithm))
    for name in ("key.pem", "card.key"):
        assert (region / "stick" / name).stat().st_mode & 0o777 == 0o600


def test_without_the_settings_it_says_what_to_write_there(region):
    ran = reissue(region)

    assert "[identity]\nepoch = 2\n[sealing]\n" in ran.stdout
    assert 'id = "2026-1"' in ran.stdout
    assert "PRIVATE" not in ran.stdout


def test_a_request_made_on_the_station_leaves_its_key_there(region):
    key = ec.generate_private_key(ec.SECP256R1())
    (region / "asked.pem").write_bytes(request(key, "vindeln-1"))

    ran = reissue(region, "--request", region / "asked.pem")

    assert ran.returncode == 0, ran.stderr
    assert not (region / "stick" / "key.pem").exists()
    assert certificate_at_hub(region).public_key() == key.public_key()


def test_the_old_certificate_is_on_the_brokers_list(region):
    old = certificate_at_hub(region)
    reissue(region)

    crl = x509.load_pem_x509_crl((region / "ca" / "ca.crl").read_bytes())
    assert [each.serial_number for each in crl] == [old.serial_number]


@pytest.mark.parametrize(
    ("wrong", "answer"),
    [
        ({"station": "vindln-1"}, "no station 'vindln-1' is enrolled; there are: vindeln-1"),
        ({"to": "ca"}, "is not empty"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_the_old_identity_holds(region, wrong, answer):
    before = certificate_at_hub(region)

    ran = reissue(region, **wrong)

    assert ran.returncode == 78
    assert answer in ran.stderr
    assert "Traceback" not in ran.stderr
    assert certificate_at_hub(region) == before


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a holiday picture", "no station's settings"),
        ('station = "vindeln-1"\n', "have no [identity]"),
        ('station = "umea-1"\n[identity]\n[sealing]\n', "is of umea-1, not of vindeln-1"),
    ],
)
def test_settings_that_are_not_the_stations_are_told_before_anything_is_done(region, text, answer):
    before = certificate_at_hub(region)
    (region / "other.toml").write_text(text)

    ran = reissue(region, "--settings", region / "other.toml")

    assert ran.returncode == 78
    assert answer in ran.stderr
    assert "Traceback" not in ran.stderr
    assert certificate_at_hub(region) == before
    assert not (region / "stick").exists()


def test_a_request_that_is_none_changes_nothing(region):
    before = certificate_at_hub(region)
    (region / "asked.pem").write_bytes(b"a holiday picture")

    ran = reissue(region, "--request", region / "asked.pem")

    assert (ran.returncode, "Traceback" in ran.stderr) == (78, False)
    assert certificate_at_hub(region) == before


def test_a_revoked_station_is_one_at_the_hub(region):
    words = ("--hub", region / "hub" / "hub.toml", "--authority", region / "ca")
    first, second = (run("revoke", "vindeln-1", *words) for _ in range(2))

    assert first.stdout.startswith("vindeln-1 is revoked.\n")
    assert second.stdout.startswith("vindeln-1 is revoked, as it was before.\n")
    engine = open_database(f"sqlite:///{region / 'hub' / 'hub.sqlite'}")
    with engine.connect() as db:
        assert [each.revoked for each in fleet.stations(db)] == [True]
    engine.dispose()
    (told,) = json.loads(typed_at_hub(region / "hub" / "hub.toml", "stations", "--json"))
    assert told["revoked"]


@pytest.mark.parametrize("what", ["reissue", "revoke"])
def test_an_authority_of_another_region_is_refused_and_nothing_is_done(region, what):
    other = region / "other"
    identities.authority(other, "Elsewhere", NOW)
    before = certificate_at_hub(region)
    where = ["--hub", region / "hub" / "hub.toml", "--authority", other]
    to = ["--to", region / "stick"] if what == "reissue" else []

    said = typed(what, "vindeln-1", *where, *to, ok=False)

    assert "has another region's authority" in said
    assert sorted(each.name for each in other.iterdir()) == ["ca.key", "ca.pem"]
    assert certificate_at_hub(region) == before
    (told,) = json.loads(typed_at_hub(region / "hub" / "hub.toml", "stations", "--json"))
    assert not told["revoked"]
