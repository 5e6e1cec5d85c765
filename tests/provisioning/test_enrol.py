"""A machine without a line becomes a station, and stays one, by a stick carried to the hub."""

import base64
import json
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509

from circulation.errors import CirculationError, ConfigError
from hub.config import load as load_hub
from hub.enrolment import load_authority
from hub.joining import remember_sealing
from hub.keys import load_ring
from station.cli import station as station_program
from station.config import load
from station.errors import JoinError
from tests.provisioning.test_stations import engine, hub, region
from tests.provisioning.typed import typed

__all__ = ["engine", "hub", "region"]


class Machine:
    """A machine with a claim, a stick, and the commands of a technician."""

    def __init__(self, folder, name, hub):
        self.name, self.hub, self.folder = name, hub, folder
        self.stick, self.etc = folder / "stick", folder / "etc"
        self.stick.mkdir()
        self.ca = load_hub(hub).enrolment.authority / "ca.pem"
        typed(
            "station", "add", name, "--branch", "VIN", "--kit", "simulated-loan", "--hub", hub,
            "--to", folder / "claims",
        )  # fmt: skip
        self.token_file = folder / "claims" / f"{name}.token"
        self.token = self.token_file.read_text().strip()

    def station(self, *words, error=None):
        done = CliRunner().invoke(station_program, [*map(str, words)], standalone_mode=False)
        if error is None:
            assert done.exception is None, done.exception
            return done.output
        assert isinstance(done.exception, error), done.exception
        return str(done.exception)

    def asks(self):
        return self.station(
            "join", self.name, "--ca", self.ca, "--to", self.etc,
            "--token-file", self.token_file, "--request-to", self.stick,
        )  # fmt: skip

    def enrols(self):
        return typed("enrol", self.stick, "--hub", self.hub)

    def takes(self, *more, ca=None, error=None):
        return self.station(
            "join", self.name, "--ca", ca or self.ca, "--to", self.etc,
            "--answer-from", self.stick, *more, error=error,
        )  # fmt: skip

    def config(self):
        return load(self.etc / "station.toml")

    def on_stick(self):
        return b"".join(each.read_bytes() for each in self.stick.iterdir())


@pytest.fixture
def machine(tmp_path, hub, engine, request):
    remember_sealing(engine, load_ring(load_hub(hub).sealing).public())
    return Machine(tmp_path, f"vindeln-{abs(hash(request.node.name)) % 10**6}", hub)


def test_a_machine_without_a_line_becomes_a_station_and_no_secret_is_on_the_stick(machine):
    machine.asks()
    assert machine.enrols() == f"{machine.name}: is in.\n"
    said = machine.takes("--token-file", machine.token_file, "--url", "https://hub.example.org")

    config = machine.config()
    assert (config.station, config.hub.site) == (machine.name, "https://hub.example.org")
    assert not machine.token_file.exists()
    assert not (machine.etc / "reply.key").exists()
    assert {stat.S_IMODE(each.stat().st_mode) for each in machine.etc.iterdir()} == {0o600}
    carried, card_key = machine.on_stick(), config.identity.card_key.read_text().strip()
    for secret in (machine.token, machine.token.replace("-", ""), card_key):
        assert secret.encode() not in carried + said.encode()
    assert base64.b64decode(card_key) not in carried
    assert b"PRIVATE" not in carried


def test_the_same_stick_may_be_answered_and_taken_again(machine):
    machine.asks()
    machine.enrols()
    first = (machine.stick / f"{machine.name}.answer").read_bytes()
    machine.asks()
    machine.enrols()
    assert (machine.stick / f"{machine.name}.answer").read_bytes() != first

    machine.takes()

    assert machine.config().station == machine.name


def test_a_request_that_was_changed_on_the_way_is_refused(machine):
    machine.asks()
    path = machine.stick / f"{machine.name}.request"
    asked = json.loads(path.read_bytes())
    asked["reply_to"] = base64.b64encode(b"x" * 32).decode()
    path.write_text(json.dumps(asked))

    assert "no such station is expected with this token" in machine.enrols()
    machine.takes(error=CirculationError)
    assert not (machine.etc / "station.toml").exists()


def test_an_answer_of_a_stranger_is_not_believed(machine, tmp_path):
    machine.asks()
    machine.enrols()
    other = tmp_path / "other"
    typed("region", "new", other, "--name", "R", "--hub", "h", "--broker", "b")

    said = machine.takes(ca=other / "hub" / "ca.pem", error=JoinError)

    assert "authority does not know" in said
    assert not (machine.etc / "station.toml").exists()


@pytest.mark.parametrize("torn", [b"", b"{", b"\xff" * 100])
def test_what_is_torn_is_said_and_changes_nothing(machine, torn):
    machine.asks()
    (machine.stick / f"{machine.name}.request").write_bytes(torn)
    assert "is no request of a station" in machine.enrols()
    (machine.stick / f"{machine.name}.answer").write_bytes(torn)

    assert "ask again" in machine.takes(error=ConfigError)
    assert not (machine.etc / "station.toml").exists()


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (os.mkfifo, "this is no request of a station"),
        (Path.mkdir, "cannot be read: Is a directory"),
        (lambda path: path.symlink_to("/nowhere"), "cannot be read: No such file"),
    ],
)
def test_what_is_no_file_keeps_no_other_waiting(machine, put, said):
    machine.asks()
    put(machine.stick / "a.request")

    told = machine.enrols()

    assert f"a.request: {said}" in told
    assert f"{machine.name}: is in." in told


def test_an_answer_that_is_a_pipe_is_not_waited_for(machine):
    machine.asks()
    os.mkfifo(machine.stick / f"{machine.name}.answer")

    assert "ask again" in machine.takes(error=ConfigError)


def test_a_station_without_a_line_renews_by_the_stick(machine, hub):
    machine.asks()
    machine.enrols()
    machine.takes()
    config = machine.config()
    before = config.identity.certificate.read_bytes()
    for each in machine.stick.iterdir():
        each.unlink()
    settings = machine.etc / "station.toml"

    machine.station("--config", settings, "renew", "--request-to", machine.stick)
    assert machine.enrols() == f"{machine.name}: has a new certificate.\n"
    said = machine.station("--config", settings, "renew", "--answer-from", machine.stick)

    assert "A new certificate is in place." in said
    new = x509.load_pem_x509_certificate(config.identity.certificate.read_bytes())
    assert config.identity.certificate.read_bytes() != before
    authority = load_authority(load_hub(hub).enrolment.authority)
    new.verify_directly_issued_by(authority.certificate)


def test_an_empty_stick_is_said_to_be_one(machine):
    said = typed("enrol", machine.stick, "--hub", machine.hub, ok=False)

    assert "there is no request on" in said
