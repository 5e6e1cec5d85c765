"""The station's command line: it says when it is of use, ends when told to, and names mistakes."""

import json
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.station.machine import stock, write_station

COMMAND = [sys.executable, "-m", "station", "--config"]
IMPATIENT = "from station import cli; cli.SUPPLY_SECONDS_MAX = 0.2; cli.main()"


@pytest.fixture
def path(tmp_path):
    written = write_station(tmp_path)
    stock(written)
    return written


def run(path, *words):
    return subprocess.run(
        [*COMMAND, str(path), *words], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_started_station_names_its_pages_and_ends_when_told_to(path, tmp_path):
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-c", IMPATIENT, "--config", str(path), "run", "--ready", str(ready)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            until = time.monotonic() + 30
            while not ready.exists():
                assert process.poll() is None, process.stderr.read()
                assert time.monotonic() < until, "it never said that it is up"
                time.sleep(0.05)
            told = json.loads(ready.read_bytes())
            assert told["bench"] == f"{told['url']}/bench"
            with urllib.request.urlopen(f"{told['url']}/healthz", timeout=5) as answer:
                assert json.load(answer)["alive"] is True
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
        finally:
            process.kill()


def test_a_misspelt_setting_ends_with_78_and_says_what_was_meant(path):
    path.write_text(path.read_text(encoding="utf-8").replace("partition =", "partitoin ="))

    ended = run(path, "run")

    assert ended.returncode == 78, "systemd is told not to try again"
    assert "did you mean `partition`?" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_that_is_not_there_is_named(tmp_path):
    ended = run(tmp_path / "none.toml", "run")

    assert ended.returncode == 78
    assert "none.toml" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_misspelt_command_is_answered_with_what_was_meant(path):
    ended = run(path, "jurnal")

    assert ended.returncode == 2
    assert "journal" in ended.stderr
