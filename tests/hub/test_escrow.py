"""The copy under a passphrase opens with it and with no other, and takes nothing away."""

import stat

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
