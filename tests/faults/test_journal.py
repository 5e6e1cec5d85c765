"""The journal under real faults: whatever number was told is there, in a whole chain."""

import contextlib
import sys

import pytest

from circulation import envelopes
from station.errors import JournalDamagedError, JournalError, JournalFullError
from tests.faults import recorder
from tests.faults.disks import after_power_cut, new_disk
from tests.faults.faulty import EATMYDATA, inject, needs_strace, program, run, running
from tests.faults.steps import until_it_lives
from tests.station.rig import open_journal

FACTS = 3
NAMES_CHANGED = "?link,?linkat,?rename,?renameat,?renameat2,?unlink,?unlinkat"
TOLD_BEFORE_THE_CUT = 100


def recording(folder, wanted=FACTS, how=""):
    return program("tests.faults.recorder", folder, wanted, how)


def numbers(said: list[str]) -> list[int]:
    return [int(line) for line in said if line != recorder.REFUSED]


@needs_strace
@pytest.mark.parametrize(
    "call",
    [
        "fdatasync",
        "fsync",
        pytest.param("pwrite64", marks=pytest.mark.faults),
        pytest.param("unlink", marks=pytest.mark.faults),
        pytest.param("ftruncate", marks=pytest.mark.faults),
    ],
)
def test_killed_at_any_step_it_keeps_every_number_it_told(tmp_path, call):
    for folder, ended in until_it_lives(tmp_path, call, recording):
        told = numbers(ended.stdout.split())
        held = recorder.kept(folder)

        assert held == list(range(1, len(held) + 1))
        assert set(told) <= set(held), f"{folder.name}: told {told}, kept {held}"
        # At most the one that was under way.
        assert len(held) <= len(told) + 1
    assert told == list(range(1, FACTS + 1)), "the run that was left alone told them all"


@needs_strace
@pytest.mark.parametrize("first", [1, 4, 9])
def test_a_disk_error_refuses_the_fact_and_the_next_is_taken(tmp_path, first):
    open_journal(tmp_path).close()
    wal = tmp_path / "journal.sqlite-wal"
    command = recording(tmp_path, 12)
    ended = run(inject("fdatasync", f"error=EIO:when={first}", *command, on=wal))

    said = ended.stdout.split()
    told = numbers(said)
    assert ended.returncode == 0, ended.stderr
    assert said.count(recorder.REFUSED) == 1
    assert len(told) == 11
    assert recorder.kept(tmp_path) == told == list(range(1, len(told) + 1))


@needs_strace
@pytest.mark.parametrize("error", ["EIO", pytest.param("ENOSPC", marks=pytest.mark.faults)])
def test_a_disk_that_takes_nothing_more_refuses_each_fact_and_keeps_the_others(tmp_path, error):
    open_journal(tmp_path).close()
    wal = tmp_path / "journal.sqlite-wal"
    command = recording(tmp_path, 12)
    ended = run(inject("pwrite64", f"error={error}:when=20+", *command, on=wal))

    said = ended.stdout.split()
    assert ended.returncode == 0, ended.stderr
    assert said[-1] == recorder.REFUSED
    assert numbers(said), "none was told before the error"
    assert recorder.kept(tmp_path) == numbers(said)


@needs_strace
@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("pwrite64", "EROFS"),
        ("fdatasync", "EIO"),
        pytest.param("pwrite64", "ENOSPC", marks=pytest.mark.faults),
        pytest.param("fdatasync", "ENOSPC", marks=pytest.mark.faults),
    ],
)
def test_a_disk_that_fails_while_it_opens_is_named_in_one_sentence(tmp_path, call, error):
    ended = run(inject(call, f"error={error}:when=1+", *recording(tmp_path)))

    assert ended.returncode != 0
    last = ended.stderr.strip().splitlines()[-1]
    assert last.startswith("station.errors.Journal"), ended.stderr
    assert "journal.sqlite" in last
    assert recorder.kept(tmp_path) == []


@needs_strace
def test_a_slow_card_is_slow_and_nothing_else(tmp_path):
    command = recording(tmp_path, 5)
    ended = run(inject("fdatasync", "delay_enter=50000", *command))

    assert numbers(ended.stdout.split()) == recorder.kept(tmp_path) == [1, 2, 3, 4, 5]


SET_ASIDE = """
import sys
from pathlib import Path
from tests.faults.steps import until_it_lives
from tests.station.rig import open_journal
from station.errors import JournalDamagedError
try:
    open_journal(Path(sys.argv[1]))
except JournalDamagedError:
    pass
"""


def damaged(folder):
    """Make a journal whose main file is spoilt, and whose other files stand beside it."""
    (folder / "journal.sqlite").write_bytes(b"somebody's facts, spoilt" * 1000)
    (folder / "journal.sqlite-wal").write_bytes(b"what was not yet moved" * 100)
    (folder / "journal.sqlite-shm").write_bytes(b"an index" * 100)


@needs_strace
def test_killed_while_a_damaged_journal_is_set_aside_it_loses_no_byte(tmp_path):
    def make(folder):
        damaged(folder)
        return [sys.executable, "-c", SET_ASIDE, str(folder)]

    for folder, _ in until_it_lives(tmp_path, NAMES_CHANGED, make):
        with contextlib.suppress(JournalDamagedError):
            open_journal(folder).close()
        left = b"".join(path.read_bytes() for path in folder.iterdir())

        assert b"somebody's facts" in left, folder.name
        assert b"not yet moved" in left, folder.name


def fill(journal):
    """Return the numbers of all facts that *journal* takes until it is full."""
    told = []

    def on_and_on():
        told.extend(journal.record(recorder.FACT) for _ in range(50_000))

    with pytest.raises(JournalFullError, match="full"):
        on_and_on()
    return told


@pytest.mark.faults
def test_a_full_card_takes_facts_again_once_there_is_room(tmp_path):
    with new_disk(tmp_path, "card", "24M") as card:
        journal = open_journal(card.folder)
        told = [journal.record(recorder.FACT) for _ in range(20)]
        ballast = card.fill()
        told += fill(journal)
        assert not journal.has_room()
        assert [seq for seq, _ in journal.owed_after(0, 5000)] == told

        ballast.unlink()

        assert journal.has_room()
        told.append(journal.record(recorder.FACT))
        journal.close()
        assert recorder.kept(card.folder) == told


@pytest.mark.faults
def test_a_full_card_makes_room_by_itself_once_the_hub_has_the_facts(tmp_path):
    with new_disk(tmp_path, "card", "20M") as card:
        journal = open_journal(card.folder)
        newest = len(fill(journal))
        assert newest > 100
        head = envelopes.digest(journal.envelope(newest))

        assert journal.acknowledged(hub="h", up_to_seq=newest, head=head, safe_to_seq=newest)

        assert journal.record(recorder.FACT) == newest + 1
        journal.close()


@pytest.mark.faults
def test_a_card_that_turns_read_only_refuses_facts_until_it_is_mounted_anew(tmp_path):
    with new_disk(tmp_path, "card") as card:
        journal = open_journal(card.folder)
        told = [journal.record(recorder.FACT) for _ in range(5)]
        journal.close()
        card.remount("ro")

        with pytest.raises(JournalError):
            open_journal(card.folder).record(recorder.FACT)

        card.remount("rw")
        journal = open_journal(card.folder)
        assert journal.record(recorder.FACT) == told[-1] + 1
        journal.close()


def lost_in_a_power_cut(tmp_path, how="", preload=""):
    """Return how many facts had been told, and how many of them the cut took away."""
    with (
        new_disk(tmp_path, "card") as card,
        running(recording(card.folder, 0, how), preload=preload) as writer,
    ):
        writer.until_told(TOLD_BEFORE_THE_CUT)
        told = numbers(writer.freeze())
        with after_power_cut(card) as left:
            held = recorder.kept(left.folder)
    assert held == list(range(1, len(held) + 1))
    return len(told), len(set(told) - set(held))


@pytest.mark.faults
@pytest.mark.parametrize("cut", range(5))
def test_a_power_cut_takes_nothing_that_was_told(tmp_path, cut):
    told, lost = lost_in_a_power_cut(tmp_path)

    assert told >= TOLD_BEFORE_THE_CUT
    assert lost == 0


@pytest.mark.faults
def test_without_syncing_the_same_power_cut_takes_facts(tmp_path):
    """The control: were this not so, the tests above would prove nothing."""
    _, lost = lost_in_a_power_cut(tmp_path, preload=EATMYDATA)

    assert lost > 0


@pytest.mark.faults
def test_with_synchronous_normal_the_same_power_cut_takes_facts(tmp_path):
    """The control for the setting that a journal reads back at start."""
    _, lost = lost_in_a_power_cut(tmp_path, how="normal")

    assert lost > 0


@pytest.mark.faults
def test_what_a_rollback_journal_loses_is_reported(tmp_path, record_property, capsys):
    told, lost = lost_in_a_power_cut(tmp_path, how="delete")

    record_property("lost_with_a_rollback_journal", lost)
    with capsys.disabled():
        print(f"\nrollback journal, FULL: {lost} of {told} told facts lost")
    assert lost <= told
