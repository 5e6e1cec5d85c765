"""`python -m station join` and `renew`, as a technician and a timer run them."""

import subprocess
import sys
from pathlib import Path

import pytest

from hub import claims
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.joiners import AUTHORITY, UMEA_9, JoiningHub, served

ROOT = Path(__file__).parents[2]


def station(*words):
    command = [sys.executable, "-m", "station", *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def hub(tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    yield JoiningHub(engine)
    engine.dispose()


@pytest.fixture
def asked(hub, tmp_path):
    """Return what a technician types, and the file of the token."""
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.certificate_pem())
    token = tmp_path / "token"
    token.write_text(hub.expects())
    with served(hub, tmp_path) as url:
        yield (
            "join", UMEA_9, "--no-wait", "--url", url, "--ca", tmp_path / "ca.pem",
            "--token-file", token, "--to", tmp_path / "etc",
        )  # fmt: skip


def test_a_machine_joins_and_its_token_is_gone(asked, tmp_path):
    token = (tmp_path / "token").read_text()

    said = station(*asked)

    assert (said.returncode, said.stderr) == (0, "")
    assert "This is umea-9 now." in said.stdout
    assert token not in said.stdout
    assert not (tmp_path / "token").exists()

    settings = tmp_path / "etc" / "station.toml"
    renewed = station("--config", settings, "renew")
    assert (renewed.returncode, renewed.stdout) == (0, "The certificate is good.\n")


def test_a_refusal_is_one_line_and_keeps_the_token(asked, tmp_path):
    (tmp_path / "token").write_text(claims.new_token())

    said = station(*asked)

    assert said.returncode == 1
    assert said.stderr.splitlines() == ["station: no such station is expected with this token"]
    assert (tmp_path / "token").exists()


@pytest.mark.parametrize("gone", ["token", "ca.pem"])
def test_a_file_that_is_not_there_is_named(asked, tmp_path, gone):
    (tmp_path / gone).unlink()

    said = station(*asked)

    assert said.returncode == 78
    assert len(said.stderr.splitlines()) == 1
    assert gone in said.stderr


def test_a_station_that_nobody_renews_says_what_is_missing(asked, tmp_path):
    station(*asked)
    settings = tmp_path / "etc" / "station.toml"
    settings.write_text("".join(
        line for line in settings.read_text().splitlines(keepends=True)
        if not line.startswith("site")
    ))  # fmt: skip

    said = station("--config", settings, "renew")

    assert said.returncode == 78
    assert "`[hub] site` is not set" in said.stderr
