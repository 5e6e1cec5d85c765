"""What is stored may be lost, is never played where it is damaged, and keeps nobody waiting."""

import hashlib
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from structlog.testing import capture_logs

from circulation.phrase_list import Entry
from station.phrases.store import PhraseStore, open_store

FILE = b"a little sound"
ONE = Entry(b"1" * 16, hashlib.sha256(FILE).digest(), len(FILE))
TWO = Entry(b"2" * 16, hashlib.sha256(b"another").digest(), 7)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "phrases.sqlite"


@pytest.fixture
def store(path):
    store = PhraseStore(path)
    store.want([ONE.words, TWO.words])
    store.put([(ONE, FILE)])
    yield store
    store.close()


def test_what_was_put_is_found_after_a_restart_and_nothing_else_is(store, path):
    store.close()
    again = PhraseStore(path)

    assert again.sound(ONE.words) == FILE
    assert again.sound(TWO.words) is None
    assert again.sound(b"x" * 16) is None
    again.close()


def test_what_is_not_wanted_takes_no_room(store):
    other = Entry(b"3" * 16, ONE.sha256, ONE.size)
    store.put([(other, FILE)])

    assert store.here() == {ONE.words: ONE.sha256}


def test_what_the_list_no_longer_names_is_forgotten(store):
    store.want([TWO.words])

    assert store.here() == {}
    assert store.sound(ONE.words) is None


def test_how_often_a_phrase_was_said_is_counted_also_where_its_sound_is_missing(store):
    for words in (TWO.words, TWO.words, ONE.words, b"what a person said"):
        store.sound(words)

    assert store.want([ONE.words, TWO.words]) == {TWO.words: 2, ONE.words: 1}
    assert store.want([ONE.words, TWO.words]) == {TWO.words: 2, ONE.words: 1}


def test_of_what_no_list_names_nothing_is_written_down(store, path):
    store.sound(b"what a person said")
    store.want([ONE.words])
    store.close()

    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT words FROM phrase").fetchall() == [(ONE.words,)]
        columns = [row[1] for row in db.execute("PRAGMA table_info(phrase)")]
    # No time and no person: only how often.
    assert columns == ["words", "touched", "sha256", "file"]


def test_a_phrase_that_a_worn_card_has_changed_is_not_played_and_is_fetched_again(store, path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE phrase SET file = ? WHERE words = ?", (FILE[::-1], ONE.words))

    assert store.sound(ONE.words) is None
    assert store.is_damaged
    store.forget_damaged()
    assert store.here() == {}
    assert not store.is_damaged


def test_a_damaged_file_is_thrown_away(path):
    path.write_bytes(b"SQLite format 3\0" + b"and then nonsense" * 500)

    with capture_logs() as logs:
        store = PhraseStore(path)

    assert [log["event"] for log in logs] == ["phrases_damaged"]
    assert store.here() == {}
    store.close()


def test_where_the_disk_takes_nothing_there_are_no_phrases_and_the_station_goes_on(tmp_path):
    (tmp_path / "phrases.sqlite").mkdir()

    assert open_store(tmp_path / "phrases.sqlite") is None
    assert open_store(tmp_path / "nowhere" / "phrases.sqlite") is None


def test_a_full_disk_is_an_error_and_what_was_there_is_still_said(path):
    program = (
        "import resource, sqlite3, sys; from pathlib import Path\n"
        "from tests.station.phrases.test_store import *\n"
        "store = PhraseStore(Path(sys.argv[1]))\n"
        "store.want([ONE.words, TWO.words]); store.put([(ONE, FILE)])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "try: store.put([(TWO, bytes(1 << 20))])\n"
        "except sqlite3.Error as error: print('full')\n"
        "print(store.sound(ONE.words))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    )

    assert ran.stdout.splitlines() == ["full", repr(FILE)]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_disk_that_is_full_at_start_loses_no_phrase(store, path):
    store.close()
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from station.phrases.store import open_store\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "print(open_store(Path(sys.argv[1])))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    )

    assert ran.stdout.splitlines()[-1] == "None"
    with closing(PhraseStore(path)) as later:
        assert later.sound(ONE.words) == FILE


def test_the_mouth_never_waits_for_what_is_being_written(store):
    writing = threading.Thread(
        target=lambda: [store.put([(TWO, bytes(4 << 20))]) for _ in range(20)]
    )
    writing.start()
    worst = 0.0
    while writing.is_alive():
        began = time.perf_counter()
        assert store.sound(ONE.words) == FILE
        worst = max(worst, time.perf_counter() - began)
    writing.join()

    assert worst < 0.25


def test_a_list_is_kept_until_another_takes_its_place(store):
    one, two = hashlib.sha256(b"1").hexdigest(), hashlib.sha256(b"2").hexdigest()
    store.put_list(one, b"1")
    assert store.list(one) == b"1"

    store.put_list(two, b"2")
    assert (store.list(one), store.list(two)) == (None, b"2")


def test_a_list_that_a_worn_card_has_changed_is_not_here(store):
    name = hashlib.sha256(b"1").hexdigest()
    store.put_list(name, b"2")

    assert store.list(name) is None


def test_what_is_dropped_makes_room_on_the_disk(path):
    store = PhraseStore(path)
    store.want([ONE.words])
    store.put([(ONE, bytes(8 << 20))])
    store.drop([ONE.words])
    store.close()

    assert path.stat().st_size < 1 << 20
