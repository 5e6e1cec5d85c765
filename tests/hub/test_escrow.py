"""The copy under a passphrase opens with it and with no other, and takes nothing away."""

import fcntl
import os
import stat
import threading
import unicodedata

import msgspec
import pytest
from nacl import pwhash

from circulation import sealing
from circulation.errors import ConfigError
from hub import escrow
from hub.errors import HubError
from hub.keys import KeptKey, encode_kept, load_kept
from tests.hub.rig import KEY, NOW_MS, PRIVATE

WORDS = "fyra vita älgar i snö"
OLD = KeptKey(id=KEY.id, private=PRIVATE)
NEW = KeptKey(id="2027-1", private=sealing.new_private_key(), made_ms=9, signature=b"s")


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """Let the passphrase cost little: many are tried here."""
    monkeypatch.setattr(escrow, "OPS", pwhash.argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(escrow, "MEMORY_BYTES", pwhash.argon2id.MEMLIMIT_MIN)


@pytest.fixture
def copy(tmp_path):
    file = tmp_path / "keys.escrow"
    escrow.write(file, [OLD, NEW], WORDS, region="Umeåregionen", made_ms=NOW_MS)
    return file


def test_a_copy_opens_with_its_passphrase_and_shows_no_key_without(copy):
    assert escrow.read(copy, WORDS) == [OLD, NEW]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    body = copy.read_bytes()
    assert b"2027-1" in body
    assert msgspec.json.encode(PRIVATE) not in body
    assert PRIVATE not in msgspec.json.decode(body, type=escrow.Escrow).box


@pytest.mark.parametrize("words", ["", "fyra vita älgar i sno", WORDS + " "])
def test_it_opens_with_no_other(copy, words):
    with pytest.raises(HubError, match="does not open"):
        escrow.read(copy, words)


def test_a_short_passphrase_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ConfigError, match="11 characters; at least 12"):
        escrow.write(tmp_path / "copy", [OLD], "elva tecken", region="", made_ms=0)
    assert list(tmp_path.iterdir()) == []


def test_a_copy_is_never_written_over(copy):
    with pytest.raises(ConfigError, match="exists already"):
        escrow.write(copy, [OLD], WORDS, region="", made_ms=0)
    assert escrow.read(copy, WORDS) == [OLD, NEW]


def changed(copy, **values) -> None:
    found = msgspec.json.decode(copy.read_bytes())
    copy.write_bytes(msgspec.json.encode({**found, **values}))


@pytest.mark.parametrize(
    "values", [{"what": "a holiday picture"}, {"memory_bytes": 1 << 40}, {"ops": 1 << 20}]
)
def test_a_strangers_file_makes_nobody_work(copy, values):
    changed(copy, **values)
    with pytest.raises(ConfigError, match="no escrow copy"):
        escrow.read(copy, WORDS)


@pytest.mark.parametrize("values", [{"salt": ""}, {"box": ""}, {"box": "AAAA"}, {"ops": -1}])
def test_a_copy_that_was_changed_does_not_open(copy, values):
    changed(copy, **values)
    with pytest.raises(HubError, match="does not open"):
        escrow.read(copy, WORDS)


def test_a_torn_copy_is_named(copy):
    copy.write_bytes(copy.read_bytes()[:100])
    with pytest.raises(ConfigError, match="torn"):
        escrow.read(copy, WORDS)


def test_on_a_new_machine_all_keys_are_put_back(tmp_path):
    path = tmp_path / "sealing.json"

    assert escrow.restore(path, [OLD, NEW]) == [OLD.id, NEW.id]

    assert load_kept(path) == [OLD, NEW]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert escrow.restore(path, [OLD, NEW]) == []


def test_an_old_copy_takes_the_place_of_no_newer_key(tmp_path):
    path = tmp_path / "sealing.json"
    path.write_bytes(encode_kept([NEW]))

    escrow.restore(path, [OLD])

    assert load_kept(path) == [OLD, NEW]


def test_two_keys_of_one_name_are_for_a_technician_to_look_at(tmp_path):
    path = tmp_path / "sealing.json"
    path.write_bytes(encode_kept([OLD]))
    other = KeptKey(id=OLD.id, private=sealing.new_private_key())

    with pytest.raises(HubError, match="another sealing key 2026-1"):
        escrow.restore(path, [other])
    assert load_kept(path) == [OLD]


def test_letters_in_parts_are_the_same_letters(copy, tmp_path):
    parts = unicodedata.normalize("NFD", WORDS)
    assert parts != WORDS

    assert escrow.read(copy, parts) == [OLD, NEW]
    escrow.write(tmp_path / "parts", [OLD], parts, region="", made_ms=0)
    assert escrow.read(tmp_path / "parts", WORDS) == [OLD]


def test_a_copy_that_was_made_with_letters_in_parts_before_still_opens(copy, monkeypatch):
    parts = unicodedata.normalize("NFD", WORDS)
    monkeypatch.setattr(escrow.unicodedata, "normalize", lambda _form, text: text)
    made = copy.with_name("made")
    escrow.write(made, [OLD], parts, region="", made_ms=0)
    monkeypatch.undo()

    assert escrow.read(made, parts) == [OLD]


def test_a_passphrase_that_is_no_text_is_refused_and_not_shown(copy, tmp_path):
    for told in (
        lambda: escrow.write(tmp_path / "new", [OLD], f"{WORDS}\udcff", region="", made_ms=0),
        lambda: escrow.read(copy, f"{WORDS}\udcff"),
    ):
        with pytest.raises(ConfigError, match="no text") as refused:
            told()
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__
    assert not (tmp_path / "new").exists()


def test_a_copy_scanned_line_by_line_or_saved_by_an_editor_opens(copy):
    whole = msgspec.json.encode(msgspec.json.decode(copy.read_bytes()))
    lines = [whole[at : at + 40] for at in range(0, len(whole), 40)]
    copy.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines) + b"\r\n")

    assert escrow.read(copy, WORDS) == [OLD, NEW]


@pytest.mark.parametrize("body", [b"[" * 200_000, b"{" + b" " * (2 << 20) + b"}", b"\xff", b""])
def test_what_is_deep_huge_or_no_text_is_no_copy(copy, body):
    copy.write_bytes(body)
    with pytest.raises(ConfigError, match="is no escrow copy"):
        escrow.read(copy, WORDS)


def test_a_copy_with_another_key_of_the_same_name_lacks_it():
    other = KeptKey(id=OLD.id, private=sealing.new_private_key())

    assert escrow.lacking([OLD, NEW], [other, NEW]) == [OLD.id]
    assert escrow.lacking([OLD], [OLD, NEW]) == []


def test_what_is_put_back_waits_for_a_rotation_that_is_under_way(tmp_path):
    path = tmp_path / "sealing.json"
    path.write_bytes(encode_kept([OLD]))
    third = KeptKey(id="2028-1", private=sealing.new_private_key(), made_ms=12)
    rotating = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(rotating, fcntl.LOCK_EX)
    restoring = threading.Thread(target=escrow.restore, args=(path, [OLD, NEW]))
    restoring.start()
    restoring.join(0.2)
    path.write_bytes(encode_kept([OLD, third]))
    os.close(rotating)
    restoring.join(10)

    assert [each.id for each in load_kept(path)] == [OLD.id, NEW.id, third.id]
