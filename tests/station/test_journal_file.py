"""The journal's file: a second chain in one epoch is never begun, and whole facts are found."""

import pytest

from circulation import envelopes
from circulation.facts import Checkin
from circulation.identifiers import ItemId
from station import journal_file
from station.errors import JournalDamagedError
from tests.station.damage import spoil
from tests.station.rig import AT, open_journal


def written(folder, facts=30):
    journal = open_journal(folder)
    for _ in range(facts):
        journal.record(Checkin(at=AT, item=ItemId("30000001")))
    raws = [raw for _, raw in journal.owed_after(0, facts)]
    journal.close()
    return raws


def test_an_epoch_that_was_set_aside_is_not_begun_again(tmp_path):
    (tmp_path / "journal.sqlite").write_bytes(b"torn" * 4000)
    with pytest.raises(JournalDamagedError, match="not a database"):
        open_journal(tmp_path)

    with pytest.raises(JournalDamagedError, match=r"epoch 1 was set aside.*damaged-1-"):
        open_journal(tmp_path)

    journal = open_journal(tmp_path, epoch=2)
    assert journal.record(Checkin(at=AT, item=ItemId("3"))) == 1
    journal.close()


def test_whole_facts_are_found_in_a_file_that_is_no_database_any_more(tmp_path):
    raws = written(tmp_path)
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"\xff" * 4096 + path.read_bytes()[4096:])

    assert set(journal_file.carve(path)) == set(raws)


def test_a_fact_that_lies_beside_another_hash_is_not_found(tmp_path):
    raws = written(tmp_path)
    spoil(tmp_path, 7)

    assert set(journal_file.carve(tmp_path / "journal.sqlite")) == set(raws) - {raws[6]}


def test_facts_not_yet_moved_into_the_file_are_found_too(tmp_path):
    journal = open_journal(tmp_path)
    journal.record(Checkin(at=AT, item=ItemId("30000001")))
    raw = journal.envelope(1)

    assert raw not in (tmp_path / "journal.sqlite").read_bytes()
    assert set(journal_file.carve(tmp_path / "journal.sqlite")) == {raw}
    journal.close()


def test_rows_come_in_order_however_many(tmp_path):
    raws = written(tmp_path, 1201)
    db = journal_file.connect_reading(tmp_path / "journal.sqlite")

    assert [envelopes.address(row.envelope).seq for row in journal_file.rows(db, 3)] == list(
        range(3, len(raws) + 1)
    )
    db.close()


def test_no_commit_has_to_lengthen_the_wal(tmp_path):
    wal = tmp_path / "journal.sqlite-wal"
    journal = open_journal(tmp_path)
    long = wal.stat().st_size
    for number in range(journal_file.WAL_PAGES):
        journal.record(Checkin(at=AT, item=ItemId("30000001")))
        assert wal.stat().st_size == long, f"after fact {number + 1}"

    journal.close()
