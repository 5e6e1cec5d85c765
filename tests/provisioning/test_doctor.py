"""What is wrong with a region, one thing at a time."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from click.testing import CliRunner
from sqlalchemy import update

from circulation.certificates import new_key
from circulation.identifiers import StationId
from circulation.messages import State
from hub import escrow
from hub.app import upgrade
from hub.config import load
from hub.database import open_database
from hub.enrolment import Authority
from hub.keys import load_kept
from hub.tables import station
from provisioning.cli import commands
from provisioning.doctor import examine
from provisioning.region_new import make_region
from provisioning.region_told import Told
from tests.hub.joiners import JoiningHub, asking
from tests.hub.test_cli import ROOT
from tests.provisioning.typed import typed_at_hub

NOW = datetime.now(UTC)


@pytest.fixture
def path(tmp_path):
    database = f"sqlite:///{tmp_path}/hub.db"
    told = Told("Umeåregionen", "hub.example.org", "b.example.org", database)
    make_region(tmp_path / "r", told, NOW)
    upgrade(database)
    return tmp_path / "r" / "hub" / "hub.toml"


@pytest.fixture
def engine(path):
    engine = open_database(load(path).database)
    yield engine
    engine.dispose()


ESCROW = "escrow copy"


def noted(path, engine, at=NOW):
    with engine.begin() as db:
        escrow.note(db, load_kept(load(path).sealing), int(at.timestamp() * 1000))


def wrong(path, now=NOW):
    files = path.parent.parent / "files"
    return {
        each.what.rpartition("/")[2]: each.wrong
        for each in examine(load(path), (files / "broker.pem", files / "site.pem"), now)
    }


def joined(engine, id_="umea-1", **state):
    hub = JoiningHub(engine)
    hub.joining.join(asking(hub.expects(StationId(id_)), new_key(), id_=StationId(id_)))
    if state:
        told = msgspec.to_builtins(State(connection=1, **state))
        seen = int((NOW - timedelta(days=2)).timestamp() * 1000)
        values = {"state": told, "state_at_ms": seen}
        with engine.begin() as db:
            db.execute(update(station).where(station.c.id == id_).values(**values))


def test_a_new_region_is_well(path):
    assert wrong(path) == {}


def test_what_ends_is_told_two_months_before(path):
    assert wrong(path, NOW + timedelta(days=660)) == {}
    soon = wrong(path, NOW + timedelta(days=690))
    assert set(soon) == {"certificate.pem", "broker.pem", "site.pem"}
    assert all(each.startswith("it ends on") for each in soon.values())
    over = wrong(path, NOW + timedelta(days=3700))
    assert {"authority", "ca.crl"} < set(over)


def test_of_two_authorities_lists_the_one_that_ends_first_counts(path):
    listed = path.parent / "authority" / "ca.crl"
    other = Authority.create("Umeåregionen", NOW - timedelta(days=3640))
    listed.write_bytes(listed.read_bytes() + other.revocation_list([], NOW))

    assert wrong(path)["ca.crl"].startswith("it ends on")


def test_a_list_that_is_empty_lets_nobody_in(path):
    (path.parent / "authority" / "ca.crl").write_bytes(b"")

    assert wrong(path)["ca.crl"].endswith("it is empty")


@pytest.mark.parametrize("what", ["sealing.json", "certificate.pem", "authority/ca.key"])
def test_a_damaged_file_is_named(path, what):
    (path.parent / what).write_text("rot")

    (told,) = wrong(path).values()

    assert what.rpartition("/")[2].split(".")[0] in told or "certificate" in told


def test_a_database_that_is_not_there_yet_is_named(path, engine):
    with engine.begin() as db:
        db.exec_driver_sql("DROP TABLE claim")

    assert "no such table" in wrong(path)["database"]


def test_stations_that_are_silent_or_have_faults_are_named(path, engine):
    noted(path, engine)
    joined(engine, "umea-1")
    joined(engine, "umea-2", alive=False)
    joined(engine, "umea-3", alive=True, faults=["R1"])

    found = wrong(path)

    assert found["umea-1"] == "it was never heard of"
    assert found["umea-2"].startswith("it was last heard of on")
    assert found["umea-3"] == "it has the faults R1"


def test_claims_that_wait_or_are_over_are_named(path, engine):
    hub = JoiningHub(engine, must_be_accepted=True)
    hub.joining.join(asking(hub.expects(), new_key()))
    hub.expects(StationId("umea-7"))

    assert wrong(path) == {"umea-9": "it waits to be accepted"}
    later = wrong(path, NOW + timedelta(days=20))
    assert later["umea-7"] == "it has not come, and its token is over"


def test_a_station_whose_certificate_ended_is_named(path, engine):
    joined(engine, "umea-3", alive=True)

    assert "certificate ended" in wrong(path, NOW + timedelta(days=91))["umea-3"]


def test_a_region_with_stations_has_a_copy_of_its_keys_that_opens(path, engine):
    joined(engine, "umea-3", alive=True)
    assert "no copy is known that has the key" in wrong(path)[ESCROW]

    noted(path, engine)
    assert ESCROW not in wrong(path)

    noted(path, engine, NOW - timedelta(days=500))
    assert "none was opened since" in wrong(path)[ESCROW]


def test_a_copy_is_opened_by_the_doctor_itself(path, tmp_path):
    words, copy = tmp_path / "words", tmp_path / "copy"
    words.write_text("sju sjuka sjuksköterskor\n")
    typed_at_hub(path, "keys", "escrow", copy, "--passphrase-file", words)
    asked = ("--escrow", copy, "--passphrase-file", words)
    assert not doctors(path, *asked)

    typed_at_hub(path, "keys", "rotate", "--authority", path.parent / "authority")
    assert "copy lacks" in doctors(path, *asked)[0]["wrong"]
    words.write_text("ett annat ord helt och hållet\n")
    assert "does not open" in doctors(path, *asked)[0]["wrong"]


def doctors(path, *words):
    told = ["doctor", "--hub", path, "--json", *words]
    return json.loads(CliRunner().invoke(commands, [*map(str, told)]).output)


def ran(command):
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def test_it_is_said_in_plain_words(path):
    command = [sys.executable, "-m", "provisioning", "doctor", "--hub", str(path)]
    well = ran(command)
    (path.parent / "sealing.json").write_text("rot")
    ill = ran([*command, "--json"])

    assert (well.returncode, well.stdout) == (0, "Nothing is wrong with this region.\n")
    assert ill.returncode == 1
    assert [each["what"] for each in json.loads(ill.stdout)] == ["sealing keys"]
