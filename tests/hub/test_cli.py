"""What `python -m hub` says is so, in JSON and in sentences, and how it answers what is wrong."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from circulation import exports
from circulation.facts import Outcome
from hub.app import upgrade
from hub.catalogue import branches
from hub.database import open_database
from hub.enrolment import Authority
from provisioning import identities
from provisioning.demo.region import EXAMPLE
from tests.hub.catalogue.records import iso2709, record
from tests.hub.rig import DUE, KEY, PRIVATE, TalkingHub

ROOT = Path(__file__).parent.parent.parent
SETTINGS = """
name = "hub"
region = "Umeåregionen"
database = "sqlite:///hub.sqlite"
key = "key.pem"
certificate = "certificate.pem"
sealing = "sealing.json"
secret = "secret"

[broker]
host = "127.0.0.1"
port = 1
tls = false
"""


def said(folder: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    config = folder / "hub.toml"
    if not config.exists():
        config.write_text(SETTINGS, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "hub", "--config", str(config), *words],
        cwd=ROOT,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def told(folder: Path, *what: str):
    return json.loads(said(folder, *what, "--json").stdout)


@pytest.fixture
def day(tmp_path):
    """Return the folder of a hub after a day: lent online, returned elsewhere, one conflict."""
    hub = TalkingHub(tmp_path)
    station, other = hub.enrol("vindeln-1", "VIN", 1), hub.enrol("grano-1", "GRA", 2)
    asked = station.asks("B-1", "K-ANNA")
    due = hub.asked(station, asked).verdict.due
    station.settles(asked, Outcome.ACCEPTED, due)
    hub.takes_facts(station)
    hub.born(station)
    other.takes_back("B-1")
    other.lends("B-2", "K-BLOCKED")
    hub.takes_facts(other)
    hub.engine.dispose()
    return tmp_path


def test_loans_name_item_patron_and_day_and_no_title(day):
    assert told(day, "loans") == [{"item": "B-2", "patron": "blocked", "due": DUE.isoformat()}]


def test_facts_are_the_whole_ledger(day):
    facts = told(day, "facts")

    assert sorted((f["station"], f["seq"], f["kind"], f["outcome"]) for f in facts) == [
        ("grano-1", 1, "checkin", None),
        ("grano-1", 2, "checkout", "offline"),
        ("vindeln-1", 1, "asked", None),
        ("vindeln-1", 2, "settled", "accepted"),
    ]
    assert {f["fate"] for f in facts} == {"posted"}
    assert "K-" not in json.dumps(facts)


def test_exceptions_say_what_to_do(day):
    (found,) = told(day, "exceptions")

    assert (found["kind"], found["item"], found["told"]) == ("patron_blocked", "B-2", "checkout")
    assert found["suggestion"] == "talk_to_patron"


def test_stations_say_who_is_alive(day):
    alive = {each["id"]: each["alive"] for each in told(day, "stations")}

    assert alive == {"vindeln-1": True, "grano-1": False}


def test_the_story_tells_a_books_life_and_nobodys_name(day):
    story = said(day, "story", "--item", "B-1").stdout

    for phrase in ("wanted to borrow it", "yours until", "taken back", "The catalogue was told"):
        assert phrase in story
    assert "anna" not in story.lower()


def test_a_database_without_tables_says_how_they_are_made(tmp_path):
    (tmp_path / "hub.toml").write_text(SETTINGS, encoding="utf-8")

    answered = said(tmp_path, "exceptions")

    assert answered.returncode == 1
    assert answered.stderr.startswith("hub: the hub's database: no such table")
    assert "upgrade" in answered.stderr
    assert answered.stderr.count("\n") == 1


def test_a_book_without_a_life_is_said_so(day):
    assert (
        said(day, "story", "--item", "B-MAP").stdout
        == "Nothing has happened to B-MAP (Atlas över ån).\n"
    )


def test_without_json_a_person_can_read_it(day):
    assert said(day, "loans").stdout.startswith("item=B-2  patron=blocked  due=")


def test_a_broken_record_is_named_and_the_rest_goes_in(tmp_path):
    upgrade(f"sqlite:///{tmp_path / 'hub.sqlite'}")
    whole = iso2709(record("t-one", "Ett")), iso2709(record("t-two", "Två"))
    (tmp_path / "titles.mrc").write_bytes(whole[0] + b"00050nam torn" + b"\x1d" + whole[1])

    ran = said(tmp_path, "import", str(tmp_path / "titles.mrc"))

    assert ran.returncode == 0
    assert "3 records read, 2 titles." in ran.stdout
    assert "Record 2" in ran.stdout


def test_libraries_are_loaded_from_a_folder_after_a_dry_run(tmp_path):
    folder = tmp_path / "region"
    folder.mkdir()
    shutil.copy(EXAMPLE / "region.toml", folder)

    tried = said(tmp_path, "load", str(folder), "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert "in 6 municipalities" in tried.stdout
    assert branch_codes(tmp_path) == []

    for _ in range(2):
        assert said(tmp_path, "load", str(folder)).returncode == 0
        assert {"BJU", "UMS", "VIN"} < set(branch_codes(tmp_path))


def branch_codes(folder):
    engine = open_database(f"sqlite:///{folder / 'hub.sqlite'}")
    with engine.connect() as db:
        codes = [each.code for each in branches.branches(db)]
    engine.dispose()
    return codes


def test_a_copy_of_a_title_that_is_not_there_is_named_and_nothing_is_loaded(tmp_path):
    folder = tmp_path / "region"
    folder.mkdir()
    shutil.copy(EXAMPLE / "region.toml", folder)
    lines = "item,title,branch,usage,tag,shelf\nB-1,t-none,VIN,circulating,04,Barn\n"
    (folder / "items.csv").write_text(lines, encoding="utf-8")

    refused = said(tmp_path, "load", str(folder))

    assert refused.returncode == 78
    assert "import the region's titles first" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert branch_codes(tmp_path) == []


@pytest.fixture
def stick(tmp_path):
    """Return the export of a station that lent two books; the hub has heard of one."""
    hub = TalkingHub(tmp_path)
    station = hub.enrol("vindeln-1", "VIN", 1)
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    station.lends("B-2", "K-BO")
    hub.engine.dispose()
    (tmp_path / "sealing.json").write_bytes(msgspec.json.encode({KEY.id: PRIVATE}))
    file = tmp_path / "stick.export"
    lines = exports.lines(station.raws, name="e", partition="vindeln", signer=station.signer)
    file.write_bytes(b"".join(lines))
    return file


def test_an_export_is_taken_once_and_said_in_one_sentence(stick, tmp_path):
    first, second = (said(tmp_path, "take", str(stick)) for _ in range(2))

    assert first.stdout == "vindeln-1: 1 new fact, 1 known, 0 unreadable; no gap is left.\n"
    assert second.stdout == "vindeln-1: 0 new facts, 2 known, 0 unreadable; no gap is left.\n"
    assert sorted(fact["seq"] for fact in told(tmp_path, "facts")) == [1, 2]


def test_a_file_that_is_no_export_is_refused_in_one_sentence(stick, tmp_path):
    stick.write_bytes(b"a holiday picture")

    ran = said(tmp_path, "take", str(stick))

    assert ran.returncode == 1
    assert "stick.export was not taken: not a message" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(told(tmp_path, "facts")) == 1


def test_a_misspelt_setting_ends_with_78_and_says_what_was_meant(tmp_path):
    (tmp_path / "hub.toml").write_text(SETTINGS.replace("secret =", "secrets ="), encoding="utf-8")

    ran = said(tmp_path, "loans")

    assert ran.returncode == 78
    assert "hub.toml:8: unknown setting `secrets`; did you mean `secret`?" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("missing", ["key.pem", "sealing.json", "secret"])
def test_a_missing_key_is_named_before_anything_runs(tmp_path, missing):
    now = datetime.now(UTC)
    identities.identity(tmp_path, "hub", Authority.create("Umeåregionen", now), now)
    identities.sealing_key(tmp_path / "sealing.json", "2026-1")
    identities.secret(tmp_path / "secret")
    (tmp_path / missing).unlink()

    ran = said(tmp_path, "run")

    assert ran.returncode == 78
    assert missing in ran.stderr


@pytest.mark.parametrize(
    ("setting", "answer"),
    [
        ('zone = "Europe/Stokholm"', "did you mean 'Europe/Stockholm'?"),
        ('database = "sqlite:///nowhere/hub.sqlite"', "there is no folder"),
        ('database = "postgresql+pg8000://x/y"', "needs a driver"),
        ("port = 99999999", "port"),
    ],
)
def test_a_setting_that_cannot_be_is_answered_in_one_line(tmp_path, setting, answer):
    key = setting.partition(" ")[0]
    lines = [line for line in SETTINGS.splitlines() if not line.startswith(f"{key} ")]
    at = lines.index("[broker]") + (key == "port")
    lines.insert(at, setting)
    (tmp_path / "hub.toml").write_text("\n".join(lines), encoding="utf-8")

    answered = said(tmp_path, "facts")

    assert answered.returncode == 78
    assert answer in answered.stderr
    assert len(answered.stderr.splitlines()) == 1


def test_a_backup_is_made_and_a_restored_hub_has_a_new_name(day):
    assert "facts are safe" in said(day, "backup", str(day / "copy.sqlite")).stdout
    (day / "hub.sqlite").unlink()
    (day / "copy.sqlite").rename(day / "hub.sqlite")

    first, second = said(day, "restored").stdout, said(day, "restored").stdout

    assert first.startswith("This hub is now ")
    assert first != second
    assert told(day, "facts")


def test_an_exception_is_settled_on_the_command_line(day):
    (one,) = told(day, "exceptions")

    wrong = said(
        day, "exceptions", "settle", one["key"], "--as", "nothing", "--reason", "Såg efter."
    )
    settled = said(
        day, "exceptions", "settle", one["key"], "--as", one["actions"][0], "--reason", "Såg efter."
    )

    assert (wrong.returncode, "choose of" in wrong.stderr) == (78, True)
    assert f"settled as {one['actions'][0]}" in settled.stdout
    assert told(day, "exceptions") == []
    (ended,) = told(day, "exceptions", "--all")
    assert (ended["key"], ended["state"], ended["action"]) == (
        one["key"], "settled", one["actions"][0],
    )  # fmt: skip


def test_statistics_are_a_list(day):
    assert told(day, "statistics") == []


def test_the_story_of_what_nobody_knows_is_no_story(day):
    answered = said(day, "story", "--item", "book-B-1")

    assert answered.returncode == 1
    assert "neither the catalogue nor the ledger knows" in answered.stderr
