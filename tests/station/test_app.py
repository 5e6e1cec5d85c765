"""A whole station: it lends without a line, and has a bench only where all is virtual."""

import sqlite3
import time
import urllib.error
import urllib.request
from contextlib import suppress

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from circulation import messages, signing
from circulation.errors import CirculationError, ConfigError
from circulation.facts import Checkin
from circulation.identifiers import ItemId
from circulation.messages import Settings
from circulation.tags import dump
from firmware_config.kit import KITS
from station import settings_file
from station.app import StationApp
from station.clock import BUILD_MS
from station.config import load
from station.errors import JournalFullError, StationError
from station.notebook import Notebook
from station.panel.factories import open_factory
from station.panel.jack import SETTLE_MS
from station.service import PLUGGED_BEFORE_MS
from station.settings_file import SettingsFile
from station.timekeeping import KnownTime, known_ms
from tests.station.machine import BOOKS, CARD, Desk, ask, running, stock, write_station
from tests.station.rig import AT, open_journal

CARD_TAG, FIRST, SECOND = f"card-{CARD}", *(f"book-{item}" for item in BOOKS)


@pytest.fixture
def path(tmp_path):
    written = write_station(tmp_path)
    stock(written)
    return written


def test_with_the_line_down_a_known_card_borrows_and_the_fact_is_owed(path):
    with running(path) as station:
        station.post("bench/place", reader="card", tag=CARD_TAG)
        station.until(lambda s: s["state"] == "offline", "the card is accepted", 10)
        station.post("bench/place", reader="pad", tag=FIRST)

        shown = station.until(lambda s: s["rows"], "the book is lent")

        assert [row["status"] for row in shown["rows"]] == ["ok"]
        assert station.get("bench/owed") == {"owed": 1}


def test_leave_that_expired_before_a_restart_stays_so_whatever_the_clock_says(path):
    data, until_ms = load(path).data, 4_000_000_000_000
    signed = signing.unwrap((data / settings_file.NAME).read_bytes())
    settings = messages.decode(bytes(signed.body), Settings)
    offline = structs.replace(settings.offline, until_ms=until_ms)
    ask(path, structs.replace(settings, offline=offline))
    notebook = Notebook(data / "notebook.json")
    notebook.put("time", KnownTime(until_ms))
    notebook.close()

    with running(path) as station:
        station.post("bench/place", reader="card", tag=CARD_TAG)
        station.until(lambda s: s["state"] == "carderror", "the card is turned away", 10)


def test_the_time_is_written_down_now_and_then(path, monkeypatch):
    monkeypatch.setattr("station.timekeeping.KEEP_MS", 10)
    with running(path) as station:
        station.post("bench/place", reader="card", tag=CARD_TAG)
        station.until(lambda s: s["state"] == "offline", "the card is accepted", 10)

    notebook = Notebook(load(path).data / "notebook.json")
    assert known_ms(notebook) > BUILD_MS
    notebook.close()


def test_a_return_needs_no_card_and_its_proof_is_on_the_receipt(path):
    with running(path) as station:
        station.post("bench/place", reader="pad", tag=FIRST)
        station.until(lambda s: s["state"] == "return" and s["rows"], "it is taken back")
        station.post("bench/press", button="done")

        shown = station.until(lambda s: s["state"] == "receipt", "the receipt")
        assert shown["proof"]


def test_the_facts_are_there_after_a_restart(path):
    with running(path) as station:
        station.post("bench/place", reader="pad", tag=FIRST)
        station.until(lambda s: s["rows"], "it is taken back")

    with running(path) as station:
        assert station.get("bench/owed") == {"owed": 1}


def fill_the_disk(path):
    """Write facts until the journal takes no more; return how many it holds."""
    config = load(path)
    journal = open_journal(config.data)
    with suppress(JournalFullError):
        while True:
            journal.record(Checkin(at=AT, item=ItemId("30000009")))
    owed = journal.owed
    journal.close()
    return owed


def test_a_full_disk_tells_the_visitor_that_nothing_was_done(path, monkeypatch):
    monkeypatch.setattr("station.journal.JOURNAL_BYTES_MAX", 20 * 4096)
    owed = fill_the_disk(path)

    with running(path) as station:
        station.post("bench/place", reader="pad", tag=FIRST)
        shown = station.until(lambda s: s["state"] == "fault", "the machine needs help")

        assert "ok" not in [row["status"] for row in shown["rows"]]
        assert station.get("bench/owed") == {"owed": owed}
        assert station.get("healthz")["faults"] == ["J2"]


def fill_to_the_warning(path):
    """Write facts until the journal warns; a few more are taken still."""
    journal = open_journal(load(path).data)
    while not journal.nearly_full:
        journal.record(Checkin(at=AT, item=ItemId("30000009")))
    assert not journal.full
    journal.close()


def test_a_journal_nearly_full_warns_and_still_lends(path, monkeypatch):
    monkeypatch.setattr("station.journal.JOURNAL_BYTES_MAX", 100 * 4096)
    fill_to_the_warning(path)

    with running(path) as station:
        assert station.get("healthz")["faults"] == ["J3"]
        station.post("bench/place", reader="pad", tag=FIRST)
        shown = station.until(lambda s: s["rows"], "it is taken back")
        assert [row["status"] for row in shown["rows"]] == ["ok"]


def test_a_full_journal_stops_before_a_visitor_finds_out(path, monkeypatch):
    monkeypatch.setattr("station.journal.JOURNAL_BYTES_MAX", 100 * 4096)
    fill_the_disk(path)

    with running(path) as station:
        assert station.get("healthz")["faults"] == ["J2"]
        assert station.screen()["state"] == "fault"


def test_a_damaged_journal_is_set_aside_and_the_station_still_talks(path):
    config = load(path)
    (config.data / "journal.sqlite").write_bytes(b"torn" * 4000)

    with running(path) as station:
        assert station.get("healthz")["faults"] == ["J1"]
        station.post("bench/place", reader="finger", tag=FIRST)
        station.until(lambda s: f"Bok {BOOKS[0]}" in str(s), "the title is named")

    assert list(config.data.glob("journal.sqlite.damaged-*"))


def set_speech(path, settings):
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('sink = "null"\n', f'sink = "null"\n{settings}'), encoding="utf-8")


def test_a_voice_that_is_missing_is_told_once_and_the_station_works(path, tmp_path):
    set_speech(path, '[[speech.voice]]\nlanguage = "sv"\nfile = "/nonexistent/sv.onnx"\n')

    with capture_logs() as logged, running(path) as station:
        assert station.get("healthz")["faults"] == ["S2"]
        station.post("bench/place", reader="pad", tag=FIRST)
        station.until(lambda s: s["rows"], "it is taken back")

    (line,) = [each for each in logged if each["event"] == "fault"]
    assert line["message"] == "voice sv: /nonexistent/sv.onnx is missing; eSpeak speaks instead"


def test_a_board_of_512_mb_speaks_by_espeak_whatever_voice_is_set(tmp_path):
    kit = tmp_path / "kit.toml"
    text = (KITS / "simulated-loan.toml").read_text(encoding="utf-8")
    kit.write_text(text.replace('kind = "loan"', 'kind = "loan"\nboard = "zero2"', 1), "utf-8")
    path = write_station(tmp_path, kit=str(kit))
    set_speech(path, '[[speech.voice]]\nlanguage = "sv"\nfile = "/nonexistent/sv.onnx"\n')

    with capture_logs() as logged, running(path) as station:
        assert station.get("healthz")["faults"] == ["S2"]

    (line,) = [each for each in logged if each["event"] == "fault"]
    assert "this board has too little memory for Piper" in line["message"]


def test_a_voice_that_is_not_the_right_file_is_told_at_its_first_word(path, tmp_path):
    (tmp_path / "sv.onnx").write_bytes(b"no voice")
    voice = f'language = "sv"\nfile = "{tmp_path}/sv.onnx"\nsha256 = "{"0" * 64}"\n'
    set_speech(path, f"[[speech.voice]]\n{voice}")

    with running(path) as station:
        station.post("bench/headphones", **{"in": True})
        station.until(lambda _: station.get("healthz")["faults"] == ["S2"], "the fault is told")


def test_a_machine_without_a_sound_card_says_so(path, tmp_path, monkeypatch):
    monkeypatch.setattr("station.mouth.sinks.has_card", lambda cards: False)
    path.write_text(path.read_text(encoding="utf-8").replace('"null"', '"auto"'), encoding="utf-8")

    with running(path) as station:
        assert station.get("healthz")["faults"] == ["S1"]


def test_no_card_and_no_item_stands_in_clear_in_the_journal(path):
    with running(path) as station:
        station.post("bench/place", reader="card", tag=CARD_TAG)
        station.until(lambda s: s["state"] == "offline", "the card is accepted", 10)
        station.post("bench/place", reader="pad", tag=SECOND)
        station.until(lambda s: s["rows"], "the book is lent")

    for file in load(path).data.glob("journal*"):
        assert CARD.encode() not in file.read_bytes()
        assert BOOKS[1].encode() not in file.read_bytes()
    with sqlite3.connect(load(path).data / "journal.sqlite") as db:
        assert db.execute("SELECT count(*) FROM owed").fetchone() == (1,)
    db.close()


PARTS = {
    "card reader": ("device = 0\nreset_pin = 25\nvirtual = true", "device = 0\nreset_pin = 25"),
    "pins": ("pins_virtual = true", "pins_virtual = false"),
    "screen": ("px_per_mm = 5.9\nvirtual = true", "px_per_mm = 5.9"),
    "all readers": ("virtual = true\n\n[", "\n["),
}


@pytest.mark.parametrize("part", PARTS)
def test_there_is_no_bench_where_any_part_is_real(tmp_path, part):
    virtual, real = PARTS[part]
    text = (KITS / "simulated-loan.toml").read_text(encoding="utf-8")
    assert virtual in text
    # A real board's serial line has GPIO 14.
    text = text.replace("reset_pin = 14", "reset_pin = 2").replace(virtual, real)
    (tmp_path / "kit.toml").write_text(text, encoding="utf-8")
    path = write_station(tmp_path, kit=str(tmp_path / "kit.toml"))

    try:
        app = StationApp(load(path))
    except (CirculationError, OSError):
        return  # such a station does not even start on a machine without the part
    app.start()
    try:
        for page in ("bench", "bench/tags", "bench/screen"):
            with pytest.raises(urllib.error.HTTPError, match="404") as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{app.server.port}/{page}", timeout=5)
            refused.value.close()
    finally:
        app.stop()


def test_the_simulated_kit_does_have_a_bench(path):
    with running(path) as station:
        assert station.get("bench/tags")


def test_a_wrong_line_among_the_tags_keys_stops_the_station_with_its_number(path):
    keys = path.parent / "tags.keys"
    keys.write_text("ntag 0a0b0c0d\nclassic one A ffffffffffff\n")
    keys.chmod(0o600)
    path.write_text(
        path.read_text().replace('data = "data"', 'data = "data"\ntag_keys = "tags.keys"')
    )

    with pytest.raises(ConfigError, match=r"tags\.keys, line 2: not a key"):
        StationApp(load(path))


def test_a_taken_port_is_named_with_what_to_do(path):
    with running(path) as station:
        port = station.app.server.port
        text = path.read_text(encoding="utf-8") + f"\n[web]\nport = {port}\n"
        path.write_text(text, encoding="utf-8")

        with pytest.raises(StationError, match=rf"port {port} .*in use"):
            StationApp(load(path))


def test_a_strangers_name_that_leads_here_presses_nothing(path):
    with running(path) as station:
        port = station.app.server.port
        host = f"evil.example:{port}"
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/press",
            b"button=help",
            {"Host": host, "Origin": f"http://{host}"},
        )
        with pytest.raises(urllib.error.HTTPError, match="403") as refused:
            urllib.request.urlopen(request, timeout=5)
        refused.value.close()
        assert station.screen()["state"] == "idle"


def test_a_bench_is_refused_to_other_sites(path):
    with running(path) as station:
        url = f"http://127.0.0.1:{station.app.server.port}/bench/line"
        request = urllib.request.Request(
            url, b'{"up": false}', {"Origin": "http://evil.example", "Content-Type": "text/plain"}
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=5)
        assert refused.value.code in (400, 403)
        refused.value.close()


def test_a_station_with_a_wider_pad_lends_books_of_both_worlds(tmp_path):
    path = write_station(tmp_path, kit="simulated-loan-pn5180")
    stock(path)
    file = tmp_path / "tags.json"
    card, first, second = dump.decode(file.read_bytes())
    vicinity = structs.replace(second, uid="e004010012345678", chip="slix", afi=7, eas=True)
    file.write_bytes(dump.encode([card, first, vicinity]))

    with running(path) as station:
        station.post("bench/place", reader="card", tag=CARD_TAG)
        station.until(lambda s: s["state"] == "offline", "the card is accepted", 10)
        station.post("bench/place", reader="pad", tag=FIRST)
        station.until(lambda s: s["rows"], "the first book is lent")
        station.post("bench/place", reader="pad", tag=SECOND)
        shown = station.until(lambda s: len(s["rows"]) == 2, "the second book is lent")

        def alarm() -> tuple[int | None, bool]:
            held = {tag.uid: tag for tag in station.app._field.dumps()}[vicinity.uid]
            return held.afi, held.eas

        station.until(lambda _: alarm() == (0xC2, False), "the gate lets the book pass")

    assert [row["status"] for row in shown["rows"]] == ["ok", "ok"]


def test_a_barcode_at_the_ring_is_a_touch_that_speaks(tmp_path):
    path = write_station(tmp_path, kit="simulated-listening")
    stock(path)
    with running(path) as station:
        station.post("bench/headphones", **{"in": True})
        station.post("bench/scan", text=BOOKS[0])

        station.until(
            lambda _: any(f"Bok {BOOKS[0]}" in each["text"] for each in station.get("bench/heard")),
            "its title was heard",
        )


class SlowSettings(SettingsFile):
    """Settings on a card that is read slowly."""

    def __init__(self, *where):
        time.sleep(3 * SETTLE_MS / 1000)
        super().__init__(*where)


def test_headphones_left_in_the_jack_leave_the_first_key_to_a_caretaker(tmp_path, monkeypatch):
    path = write_station(tmp_path, kit="simulated-listening")
    stock(path)
    factory = open_factory("mock")
    jack, centre = factory.pin(22), factory.pin(26)
    jack._set_pull = lambda _: jack.drive_low()
    monkeypatch.setattr("station.app.open_factory", lambda _: factory)
    monkeypatch.setattr("station.app.SettingsFile", SlowSettings)
    app = StationApp(load(path))
    time.sleep(1.2 * PLUGGED_BEFORE_MS / 1000)
    app.start()
    try:
        desk = Desk(app)
        desk.until(lambda _: desk.get("bench/heard"), "headphones are greeted")
        centre.drive_low()
        desk.until(
            lambda _: any("8 8 8 3" in each["text"] for each in desk.get("bench/heard")),
            str(desk.get("bench/heard")),
            20,
        )
    finally:
        app.stop()


def test_a_site_of_phrases_in_clear_is_a_wrong_setting(path):
    path.write_text(f'{path.read_text()}\n[phrases]\nsite = "http://hub.example.org"\n')
    app = StationApp(load(path))
    try:
        with pytest.raises(ConfigError, match="must begin with https"):
            app.start()
    finally:
        app.stop()


def test_a_station_whose_disk_takes_no_phrases_speaks_all_the_same(path):
    (load(path).data / "phrases.sqlite").mkdir()
    path.write_text(f'{path.read_text()}\n[phrases]\nsite = "https://hub.example.org"\n')
    with running(path) as station:
        station.until(lambda _: "S3" in station.get("healthz")["faults"], "the disk is told of")
        station.post("bench/place", reader="card", tag=CARD_TAG)
        station.until(lambda s: s["state"] == "offline", "the card is accepted", 10)
        station.until(lambda _: station.get("bench/heard"), "it speaks")
