"""The hub's commit under real faults: whatever was acknowledged is in the ledger, once."""

import re
import shutil

import pytest

from tests.faults import accepter
from tests.faults.disks import after_power_cut, new_disk
from tests.faults.faulty import EATMYDATA, inject, needs_strace, program, run, running
from tests.faults.steps import until_it_lives

FACTS = 2
ACKNOWLEDGED = re.compile(r"\d+ [0-9a-f]{64}$")
"""Among what is logged."""
ACKNOWLEDGED_BEFORE_THE_CUT = 60


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Return a folder with the database of a hub that has heard nothing yet."""
    folder = tmp_path_factory.mktemp("hub")
    accepter.make_database(folder)
    return folder


def accepting(folder, frames, wanted=FACTS):
    return program("tests.faults.accepter", folder, frames, wanted)


def acknowledged(said: list[str]) -> dict[int, str]:
    """Return head by number of all that was acknowledged."""
    return {int(seq): head for seq, head in (line.split() for line in said)}


def missing(told: dict[int, str], held: list[str]) -> list[int]:
    return [seq for seq, head in told.items() if held[seq - 1 : seq] != [head]]


@needs_strace
@pytest.mark.parametrize("call", ["fdatasync", pytest.param("pwrite64", marks=pytest.mark.faults)])
def test_killed_at_any_step_the_ledger_has_all_it_acknowledged_and_each_once(
    database, tmp_path, call
):
    def make(folder):
        shutil.copy(database / accepter.DATABASE, folder)
        return accepting(folder, folder / "frames")

    for folder, ended in until_it_lives(tmp_path, call, make):
        told = acknowledged(ended.stdout.splitlines())
        hub = accepter.ReopenedHub(folder)
        held = accepter.ledger(hub)
        assert missing(told, held) == [], folder.name

        if held:
            sent = accepter.sent_again(hub, folder / "frames")
            again = accepter.ledger(hub)
            assert again[: len(held)] == held
            assert len(again) == sent
        hub.engine.dispose()
    assert list(told) == list(range(1, FACTS + 1)), "the run that was left alone told them all"


@needs_strace
@pytest.mark.parametrize("error", ["EIO", pytest.param("ENOSPC", marks=pytest.mark.faults)])
def test_what_a_sick_disk_did_not_take_is_not_acknowledged(database, tmp_path, error):
    shutil.copy(database / accepter.DATABASE, tmp_path)
    wal = tmp_path / f"{accepter.DATABASE}-wal"
    command = accepting(tmp_path, tmp_path / "frames", 6)
    ended = run(inject("pwrite64", f"error={error}:when=60+", *command, on=wal))

    told = acknowledged([line for line in ended.stdout.splitlines() if ACKNOWLEDGED.match(line)])
    hub = accepter.ReopenedHub(tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert 0 < len(told) < 6
    assert "message_not_taken" in ended.stdout
    assert missing(told, accepter.ledger(hub)) == []
    hub.engine.dispose()


def lost_in_a_power_cut(database, tmp_path, preload=""):
    """Return how many facts had been acknowledged, and which of them the cut took away."""
    with new_disk(tmp_path, "disk", "64M") as disk:
        shutil.copy(database / accepter.DATABASE, disk.folder)
        disk.settle()
        command = accepting(disk.folder, tmp_path / "frames", 0)
        with running(command, preload=preload) as writer:
            writer.until_told(ACKNOWLEDGED_BEFORE_THE_CUT)
            told = acknowledged(writer.freeze())
            with after_power_cut(disk) as left:
                hub = accepter.ReopenedHub(left.folder)
                lost = missing(told, accepter.ledger(hub))
                hub.engine.dispose()
    return told, lost


@pytest.mark.faults
@pytest.mark.parametrize("cut", range(3))
def test_a_power_cut_takes_nothing_that_was_acknowledged(database, tmp_path, cut):
    told, lost = lost_in_a_power_cut(database, tmp_path)

    assert len(told) >= ACKNOWLEDGED_BEFORE_THE_CUT
    assert lost == []


@pytest.mark.faults
def test_without_syncing_the_same_power_cut_takes_acknowledged_facts(database, tmp_path):
    """The control: were this not so, the test above would prove nothing."""
    _, lost = lost_in_a_power_cut(database, tmp_path, preload=EATMYDATA)

    assert lost
