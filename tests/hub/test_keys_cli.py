"""`python -m hub keys`: said in sentences, no secret on a command line or on the screen."""

import base64
import json
import subprocess

import pytest
from click.testing import CliRunner
from nacl import pwhash
from sqlalchemy import select

from circulation.certificates import new_key, request
from circulation.messages import Ask
from hub import escrow as escrowing
from hub import replays
from hub.config import load
from hub.database import open_database
from hub.enrolment import Authority
from hub.keys import KeptKey, encode_kept, load_kept
from hub.keys_cli import keys as keys_command
from hub.keys_cli import passphrase
from hub.tables import fact, station
from tests.hub.rig import KEY, NOW, PRIVATE, TalkingHub
from tests.hub.test_cli import SETTINGS, said, told

WORDS = "fyra vita älgar i snö"


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a hub with one station that owes nothing, and of its authority."""
    hub = TalkingHub(tmp_path)
    station = hub.enrol("vindeln-1", "VIN", 1)
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    hub.born(station)
    hub.engine.dispose()
    kept = [KeptKey(id=KEY.id, private=PRIVATE)]
    (tmp_path / "sealing.json").write_bytes(encode_kept(kept))
    authority = Authority.create("Umeåregionen", NOW)
    (tmp_path / "ca.key").write_bytes(authority.key_pem())
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem())
    own = authority.issue(request(new_key(), "hub"), "hub", NOW)
    (tmp_path / "certificate.pem").write_bytes(own)
    (tmp_path / "words").write_text(f"{WORDS}\n", encoding="utf-8")
    return tmp_path


def keys(folder, *words: str) -> subprocess.CompletedProcess[str]:
    return said(folder, "keys", *words)


def escrow(folder, what: str, name: str = "copy") -> subprocess.CompletedProcess[str]:
    return keys(folder, what, str(folder / name), "--passphrase-file", str(folder / "words"))


def test_a_rotation_is_one_command_and_the_old_key_is_named_with_whom_it_is_kept_for(folder):
    ran = keys(folder, "rotate", "--authority", str(folder))

    old, new = load_kept(folder / "sealing.json")
    assert ran.stdout.startswith(f"Sealing key {new.id} is in use;")
    shown = keys(folder).stdout.splitlines()
    assert shown[0].startswith(f"{old.id}: replaced ")
    assert shown[0].endswith("; kept for vindeln-1.")
    assert shown[1].startswith(f"{new.id}: in use, made ")
    assert [each["id"] for each in told(folder, "keys")] == [old.id, new.id]


def test_a_key_that_something_may_be_owed_under_is_not_taken_out(folder):
    keys(folder, "rotate", "--authority", str(folder))

    ran = keys(folder, "retire", KEY.id)

    assert ran.returncode == 1
    assert ran.stderr == f"hub: sealing key {KEY.id} is kept: something may be owed under it\n"
    assert len(load_kept(folder / "sealing.json")) == 2


def test_with_a_key_goes_what_is_kept_of_questions_that_it_opens(folder):
    kept = [KeptKey(id=KEY.id, private=PRIVATE), KeptKey(id="new", private=PRIVATE, made_ms=1)]
    (folder / "sealing.json").write_bytes(encode_kept(kept))
    engine = open_database(f"sqlite:///{folder / 'hub.sqlite'}")
    with engine.begin() as db:
        db.execute(station.update().values(revoked_at_ms=1))
        for key in kept:
            replays.is_new(db, Ask(id="q1", key=key.id, sealed=key.id.encode()), 0)

    ran = keys(folder, "retire", KEY.id)

    assert ran.returncode == 0, ran.stderr
    with engine.connect() as db:
        assert db.scalars(select(replays.heard_question.c.key)).all() == ["new"]
    engine.dispose()


@pytest.mark.parametrize("missing", ["ca.key", "sealing.json"])
def test_a_rotation_without_what_it_needs_changes_nothing_and_says_what(folder, missing):
    before = (folder / "sealing.json").read_bytes()
    (folder / missing).rename(folder / "elsewhere")

    ran = keys(folder, "rotate", "--authority", str(folder))

    assert ran.returncode == 78
    assert missing in ran.stderr
    assert "Traceback" not in ran.stderr
    assert before in {path.read_bytes() for path in folder.glob("[se]*") if path.is_file()}


def test_a_copy_opens_until_a_key_is_made_that_it_lacks(folder):
    made = escrow(folder, "escrow")
    assert f"1 sealing key ({KEY.id}) written to" in made.stdout
    assert escrow(folder, "check").returncode == 0

    keys(folder, "rotate", "--authority", str(folder))
    checked = escrow(folder, "check")

    assert checked.returncode == 1
    assert "make a new copy" in checked.stdout
    secret = base64.b64encode(PRIVATE).decode()
    for ran in (made, checked):
        assert secret not in ran.stdout + ran.stderr
        assert WORDS not in ran.stdout + ran.stderr


def test_on_a_new_machine_every_fact_is_opened_again(folder):
    escrow(folder, "escrow")
    (folder / "sealing.json").unlink()
    _make_unreadable(folder)

    ran = escrow(folder, "restore")

    assert ran.stdout.splitlines() == [
        f"Put back: {KEY.id}.",
        "1 facts could be opened that could not be before.",
    ]
    assert [each["kind"] for each in told(folder, "facts")] == ["checkout"]


def _make_unreadable(folder) -> None:
    engine = open_database(f"sqlite:///{folder / 'hub.sqlite'}")
    with engine.begin() as db:
        db.execute(fact.update().values(kind="unreadable", item=None, card=None, body=None))
        assert db.execute(select(fact)).all()
    engine.dispose()


def test_the_passphrase_is_asked_for_unseen_where_no_file_is_named(folder):
    (folder / "hub.toml").write_text(SETTINGS, encoding="utf-8")
    config = load(folder / "hub.toml")

    ran = CliRunner().invoke(
        keys_command, ["escrow", str(folder / "copy")], f"{WORDS}\n{WORDS}\n", obj=config
    )

    assert ran.exit_code == 0, ran.output
    assert WORDS not in ran.output
    assert escrow(folder, "check").returncode == 0


@pytest.mark.parametrize("what", ["check", "restore"])
def test_a_file_that_is_no_copy_is_said_in_one_line(folder, what):
    (folder / "copy").write_text(json.dumps({"a": 1}), encoding="utf-8")

    ran = escrow(folder, what)

    assert ran.returncode == 78
    assert "is no escrow copy" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_copy_of_another_region_puts_nothing_back(folder):
    escrow(folder, "escrow")
    (folder / "sealing.json").unlink()
    settings = SETTINGS.replace("Umeåregionen", "Norra regionen")
    (folder / "hub.toml").write_text(settings, encoding="utf-8")

    ran = escrow(folder, "restore")

    assert ran.returncode == 78
    assert "is a copy of Umeåregionen, and this hub is of Norra regionen" in ran.stderr
    assert not (folder / "sealing.json").exists()
    words = ("--passphrase-file", str(folder / "words"), "--anyway")
    assert "Put back" in keys(folder, "restore", str(folder / "copy"), *words).stdout


def test_a_copy_of_another_key_of_the_same_name_is_not_taken_for_one(folder, monkeypatch):
    monkeypatch.setattr(escrowing, "OPS", pwhash.argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(escrowing, "MEMORY_BYTES", pwhash.argon2id.MEMLIMIT_MIN)
    (folder / "hub.toml").write_text(SETTINGS, encoding="utf-8")
    other = KeptKey(id=KEY.id, private=bytes(range(32)))
    escrowing.write(folder / "copy", [other], WORDS, region="Umeåregionen", made_ms=0)
    words = ["--passphrase-file", str(folder / "words")]

    ran = CliRunner().invoke(
        keys_command, ["check", str(folder / "copy"), *words], obj=load(folder / "hub.toml")
    )

    assert ran.exit_code == 1
    assert f"It lacks {KEY.id}" in ran.output
    engine = open_database(f"sqlite:///{folder / 'hub.sqlite'}")
    with engine.connect() as db:
        assert escrowing.last_opened(db).keys == []
    engine.dispose()


def test_a_mark_that_an_editor_wrote_is_no_part_of_the_passphrase(tmp_path):
    (tmp_path / "words").write_text(f"{WORDS}\r\nand more\r\n", encoding="utf-8-sig")

    assert passphrase(tmp_path / "words", twice=False) == WORDS


def test_an_authority_of_another_region_vouches_for_no_key(folder):
    other = folder / "other"
    other.mkdir()
    stranger = Authority.create("Elsewhere", NOW)
    (other / "ca.key").write_bytes(stranger.key_pem())
    (other / "ca.pem").write_bytes(stranger.certificate_pem())

    ran = keys(folder, "rotate", "--authority", str(other))

    assert ran.returncode == 78
    assert "has another region's authority" in ran.stderr
    assert [each.id for each in load_kept(folder / "sealing.json")] == [KEY.id]
