import hashlib
import os
import sqlite3
import subprocess
import sys

import pytest

from hub.errors import HubError
from hub.phrases.store import KEPT_MS, Offers, PhraseFolder, Rendered, path_of

NOW_MS = 1_795_600_800_000
FILE, WORDS = b"a little sound", b"w" * 16
SHA256 = hashlib.sha256(FILE).digest()


@pytest.fixture
def folder(tmp_path):
    folder = PhraseFolder(tmp_path / "phrases")
    yield folder
    folder.close()


def test_a_file_is_found_by_its_hash_and_known_once_committed(folder):
    folder.put(WORDS, "joe", FILE, NOW_MS)
    folder.commit()

    assert path_of(folder.path, SHA256).read_bytes() == FILE
    other = PhraseFolder(folder.path)
    assert other.rendered() == {WORDS: Rendered("joe", SHA256, len(FILE))}
    other.close()


def test_what_was_not_committed_is_not_known_but_its_file_does_no_harm(folder):
    folder.put(WORDS, "joe", FILE, NOW_MS)

    other = PhraseFolder(folder.path)
    assert other.rendered() == {}
    other.close()


def test_what_a_voice_cannot_say_is_remembered_as_tried(folder):
    folder.put(WORDS, "joe", b"", NOW_MS)

    assert folder.rendered() == {WORDS: Rendered("joe", b"", 0)}


def test_a_phrase_whose_file_is_lost_is_not_there(folder):
    folder.put(WORDS, "joe", FILE, NOW_MS)
    path_of(folder.path, SHA256).unlink()

    assert folder.rendered() == {}


def test_a_file_cut_short_is_written_anew(folder):
    folder.put(WORDS, "joe", FILE, NOW_MS)
    path_of(folder.path, SHA256).write_bytes(FILE[:4])

    folder.put(WORDS, "joe", FILE, NOW_MS)

    assert path_of(folder.path, SHA256).read_bytes() == FILE


def test_lists_are_offered_by_branch_and_read_again_when_they_change(folder):
    offers = Offers(folder.path)
    assert offers.now() == {}

    folder.offer({"VIN": b"list one"})
    first = offers.now()["VIN"]
    folder.offer({"VIN": b"another list"})

    assert first.sha256 == hashlib.sha256(b"list one").hexdigest()
    assert first.size == 8
    assert offers.now()["VIN"].sha256 == hashlib.sha256(b"another list").hexdigest()


def test_offers_that_cannot_be_read_are_none(folder):
    folder.offer({"VIN": b"list"})
    (folder.path / "offers.json").write_text("{")

    assert Offers(folder.path).now() == {}


def test_what_nobody_has_wanted_for_thirty_days_is_deleted_and_nothing_else(folder):
    for words, file in ((WORDS, FILE), (b"v" * 16, b"still wanted")):
        folder.put(words, "joe", file, NOW_MS)
    folder.offer({"VIN": b"list"})
    for path in (folder.path / "files").glob("*/*"):
        os.utime(path, (NOW_MS / 1000, NOW_MS / 1000))
    later = NOW_MS + KEPT_MS + 1
    folder.want([b"v" * 16], later)

    assert folder.forget(later) == 1

    assert list(folder.rendered()) == [b"v" * 16]
    assert not path_of(folder.path, SHA256).exists()
    listed = bytes.fromhex(Offers(folder.path).now()["VIN"].sha256)
    assert path_of(folder.path, listed).exists()


def test_two_do_not_write_at_once(folder):
    with folder.for_one():
        program = (
            "import sys; from pathlib import Path; from hub.phrases.store import PhraseFolder\n"
            "with PhraseFolder(Path(sys.argv[1])).for_one(): pass"
        )
        ran = subprocess.run(
            [sys.executable, "-c", program, folder.path],
            capture_output=True,
            text=True,
            check=False,
        )

    assert "phrases are being rendered already" in ran.stderr


def test_no_folder_for_phrases_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HubError, match="no folder for phrases"):
        PhraseFolder(tmp_path / "file")


def test_a_damaged_index_is_told_with_what_to_do(tmp_path):
    (tmp_path / "index.sqlite").write_bytes(b"no database" * 1000)

    with pytest.raises(HubError, match="remove it and render anew"):
        PhraseFolder(tmp_path)


def test_a_full_disk_is_told_and_what_was_there_stays(folder):
    folder.put(WORDS, "joe", FILE, NOW_MS)
    folder.commit()
    limits = (
        "import resource, sys; from pathlib import Path; from hub.errors import HubError\n"
        "from hub.phrases.store import PhraseFolder\n"
        "folder = PhraseFolder(Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: folder.put(b'x' * 16, 'joe', bytes(10_000), 1)\n"
        "except HubError as error: print(error)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", limits, folder.path], capture_output=True, text=True, check=True
    )

    assert "could not be written: File too large" in ran.stdout
    assert list(folder.rendered()) == [WORDS]
    assert [file.name for file in (folder.path / "files").glob("*/*")] == [SHA256.hex()]
    with sqlite3.connect(folder.path / "index.sqlite") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
