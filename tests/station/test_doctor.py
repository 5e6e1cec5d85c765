"""What a technician is told of a station that is well, and of one thing at a time that is not."""

import json
import shutil
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hub.enrolment import Authority
from provisioning import identities
from station.doctor import examine
from tests.station.machine import write_station

NOW = datetime.now(UTC)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def broker():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def settings(tmp_path, broker):
    path = write_station(tmp_path, port=broker)
    (tmp_path / "data").mkdir(exist_ok=True)
    return path


def wrong(settings, now=NOW):
    return {each.what: each.wrong for each in examine(settings, now) if each.wrong}


def changed(settings, old, new):
    settings.write_text(settings.read_text().replace(old, new))


def test_a_station_that_is_well_has_nothing_wrong(settings):
    found = list(examine(settings, NOW))

    assert [each.wrong for each in found] == [""] * len(found)
    assert [each.what for each in found] == [
        "settings", "kit", "clock", "certificate", "hub's certificate", "disk", "journal",
        "sound", "readers", "proxy", "broker", "hub's site",
    ]  # fmt: skip


def test_settings_that_cannot_be_read_end_the_examination(settings):
    changed(settings, "number = 6", "nummer = 6")

    (only,) = examine(settings, NOW)

    assert "did you mean `number`" in only.wrong
    assert only.todo


def test_a_kit_that_nobody_knows(settings):
    changed(settings, 'kit = "simulated-loan"', 'kit = "loan-pi9"')

    assert "loan-pi9" in wrong(settings)["kit"]


def test_a_reader_whose_bus_is_not_there(settings):
    changed(settings, 'kit = "simulated-loan"', 'kit = "loan-pi4-mfrc522"')

    assert "/dev/spidev0.0" in wrong(settings)["kit"]


def test_a_clock_that_woke_up_in_1970(settings):
    found = wrong(settings, datetime(1970, 1, 1, tzinfo=UTC))

    assert list(found) == ["clock"]
    assert "1970-01-01" in found["clock"]


def test_a_certificate_that_ended_or_soon_does(settings):
    assert "certificate" not in wrong(settings, NOW + timedelta(days=50))
    assert "it ends on" in wrong(settings, NOW + timedelta(days=70))["certificate"]
    assert "it ended on" in wrong(settings, NOW + timedelta(days=91))["certificate"]


def test_a_certificate_of_another_station_key_or_region(settings, tmp_path):
    other, issuer = tmp_path / "other", Authority.create("Andra", NOW)
    identities.identity(other, "umea-1", issuer, NOW)
    own = (tmp_path / "certificate.pem").read_bytes()

    shutil.copy(other / "certificate.pem", tmp_path)
    assert "for umea-1, not for vindeln-1" in wrong(settings)["certificate"]

    (tmp_path / "certificate.pem").write_bytes(own)
    key = (tmp_path / "key.pem").read_bytes()
    shutil.copy(other / "key.pem", tmp_path)
    assert "another key" in wrong(settings)["certificate"]

    (tmp_path / "key.pem").write_bytes(key)
    (tmp_path / "ca.pem").write_bytes(issuer.certificate_pem())
    found = wrong(settings)
    assert "authority has not signed it" in found["certificate"]
    assert "hub's certificate" in found


def test_a_broker_that_does_not_listen(settings, broker):
    changed(settings, f"port = {broker}", "port = 9")

    assert "refused" in wrong(settings)["broker"]


def test_a_broker_whose_name_nobody_knows_and_a_proxy_that_is_not_there(settings, monkeypatch):
    changed(settings, 'host = "127.0.0.1"', 'host = "broker.invalid"')
    changed(settings, "tls = false", "tls = true")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")

    found = wrong(settings)

    assert found["broker"] == "the name broker.invalid is not known here"
    assert "the proxy 127.0.0.1 does not answer" in found["proxy"]


def test_what_a_running_station_says_of_its_readers(settings):
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"faults": ["R2"]}')

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as page:
        threading.Thread(target=page.serve_forever, args=(0.01,)).start()
        settings.write_text(settings.read_text() + f"[web]\nport = {page.server_port}\n")
        told = wrong(settings)["readers"]
        page.shutdown()

    assert told == "the book pad does not answer (R2)"


def test_a_journal_that_is_damaged(settings, tmp_path):
    (tmp_path / "data" / "journal.sqlite").write_bytes(b"SQLite format 3\0" + b"rot" * 3000)

    assert wrong(settings)["journal"]


def test_a_machine_without_a_sound_card(settings, monkeypatch):
    changed(settings, 'sink = "null"', 'sink = "auto"')
    monkeypatch.setenv("PATH", "/nowhere")

    assert wrong(settings)["sound"] == "there is no aplay"


def run(settings, *words):
    command = [sys.executable, "-m", "station", "--config", str(settings), "doctor", *words]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def test_it_is_read_out_in_plain_words_and_ends_with_1_where_something_is_wrong(settings):
    well = run(settings)
    changed(settings, 'kit = "simulated-loan"', 'kit = "loan-pi9"')
    ill = run(settings)

    assert (well.returncode, ill.returncode) == (0, 1)
    assert "broker: good" in well.stdout
    assert "kit: " in ill.stdout
    assert "Traceback" not in ill.stderr
    listed = json.loads(run(settings, "--json").stdout)
    assert [each["what"] for each in listed if each.get("wrong")] == ["kit"]
