"""`python -m station join` and `renew`, as a technician and a timer run them."""

import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from hub import claims, reissue
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.joiners import AUTHORITY, DAY_MS, UMEA_9, JoiningHub, served

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


# --- in another year: the station's clock and the hub's are both moved ----------------------

FAKETIME = shutil.which("faketime")
in_another_year = pytest.mark.skipif(FAKETIME is None, reason="a clock that can be moved")


def years_later(days, settings, *words):
    """Run the command on a machine whose clock says that *days* have gone by."""
    command = [FAKETIME, "-f", f"+{days}d", sys.executable, "-m", "station", "--config", settings]
    return subprocess.run(
        [*map(str, command), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"FAKETIME_DONT_FAKE_MONOTONIC": "1"},
    )


def ends(settings):
    pem = (settings.parent / "certificate.pem").read_bytes()
    return x509.load_pem_x509_certificate(pem).not_valid_after_utc


@in_another_year
@pytest.mark.parametrize("days", [61, 300, 440])
def test_a_certificate_that_is_nearly_over_or_over_is_renewed_by_its_old_key(
    hub, asked, tmp_path, days
):
    station(*asked)
    settings, key = tmp_path / "etc" / "station.toml", tmp_path / "etc" / "key.pem"
    before, old_key = ends(settings), key.read_bytes()
    hub.now_ms += days * DAY_MS

    said = years_later(days, settings, "renew")

    assert (said.returncode, said.stdout) == (0, "A new certificate is in place.\n"), said.stderr
    assert ends(settings) >= before + timedelta(days=days - 1)
    assert key.read_bytes() == old_key


@in_another_year
def test_one_that_is_over_for_more_than_a_year_or_revoked_is_not_renewed(hub, asked, tmp_path):
    station(*asked)
    settings = tmp_path / "etc" / "station.toml"
    before = ends(settings)
    hub.now_ms += 460 * DAY_MS
    late = years_later(460, settings, "renew")
    hub.now_ms -= 360 * DAY_MS
    with hub.engine.begin() as db:
        reissue.revoke(db, UMEA_9, hub.now_ms)
    revoked = years_later(100, settings, "renew")

    assert late.stderr == "station: it expired too long ago: see `reissue`\n"
    assert "no station that may renew" in revoked.stderr
    assert ends(settings) == before


@in_another_year
def test_a_machine_that_woke_up_in_1970_says_so_and_keeps_its_token(asked, tmp_path):
    command = [FAKETIME, "-f", "@1970-01-02 00:00:00", sys.executable, "-m", "station", *asked]
    said = subprocess.run(
        [*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert said.returncode == 1
    assert "certificate is not yet valid" in said.stderr
    assert (tmp_path / "token").exists()
    assert station(*asked).returncode == 0
