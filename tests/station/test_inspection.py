"""What a technician may ask of a journal: how much, whether it is whole, and all that is kept."""

import pytest

from circulation import envelopes
from circulation.facts import Asked, Checkin, Lost, Wish
from circulation.identifiers import CardNumber, ItemId, StationId
from station import inspection
from station.errors import JournalError
from tests.station import damage
from tests.station.rig import AT, KEY, RING, open_journal

STATION = StationId("vindeln-1")
CARD = CardNumber("20000001")


@pytest.fixture
def journal(tmp_path):
    """Return a journal with five facts, the last a question, that its station has open."""
    running = open_journal(tmp_path)
    for _ in range(4):
        running.record(Checkin(at=AT, item=ItemId("30000001")))
    running.record(Asked(at=AT, wish=Wish.LOAN, item=ItemId("30000001"), card=CARD))
    yield running
    running.close()


def acknowledge(journal, seq, safe):
    head = envelopes.digest(journal.envelope(seq))
    journal.acknowledged(hub="h", up_to_seq=seq, head=head, safe_to_seq=safe)


def kept(folder):
    found = [envelopes.address(raw) for raw in inspection.kept(folder, STATION, KEY)]
    return [(each.epoch, each.seq, envelopes.open_fact(each, RING)) for each in found]


def test_it_shows_how_much_and_nothing_of_what(journal, tmp_path):
    acknowledge(journal, 3, safe=2)

    found = inspection.summary(tmp_path)

    assert (found.epoch, found.newest, found.acknowledged, found.owed) == (1, 5, 3, 2)
    assert (found.safe, found.open_questions, found.lost) == (2, [5], [])
    assert found.bytes == journal.bytes_used


def test_without_a_journal_it_says_so(tmp_path):
    with pytest.raises(JournalError, match="no journal"):
        inspection.summary(tmp_path)
    assert "no journal" in inspection.damages(tmp_path)[0]


def test_a_whole_journal_has_no_damage_also_when_much_was_erased(journal, tmp_path):
    acknowledge(journal, 4, safe=4)

    assert inspection.damages(tmp_path) == []


def test_each_damage_is_one_sentence_and_looking_changes_nothing(journal, tmp_path):
    damage.spoil(tmp_path, 2)
    damage.spoil_hash(tmp_path, 4)
    sentences = ["Fact 2 cannot be read any more.", "Fact 4 is whole, but the hash beside it"]

    for _ in range(2):
        found = inspection.damages(tmp_path)
        assert [said.startswith(each) for said, each in zip(found, sentences, strict=True)]
    assert inspection.summary(tmp_path).lost == []


def test_a_file_that_is_no_database_is_one_sentence(tmp_path):
    (tmp_path / "journal.sqlite").write_bytes(b"torn" * 4000)

    (sentence,) = inspection.damages(tmp_path)
    assert "not a database" in sentence


def test_what_was_lost_and_set_aside_is_shown(journal, tmp_path):
    damage.spoil(tmp_path, 2)
    journal.owed_after(0, 10)
    (tmp_path / "journal.sqlite.damaged-0-7").write_bytes(b"x")
    (tmp_path / "journal.sqlite.damaged-0-7-wal").write_bytes(b"x")

    found = inspection.summary(tmp_path)
    assert (found.lost, found.set_aside) == ([2], ["journal.sqlite.damaged-0-7"])


def test_all_that_is_kept_is_exported_while_the_station_runs(journal, tmp_path):
    acknowledge(journal, 3, safe=2)

    assert [(epoch, seq) for epoch, seq, _ in kept(tmp_path)] == [(1, 2), (1, 3), (1, 4), (1, 5)]


def test_a_fact_with_a_damaged_hash_is_exported_and_a_spoilt_one_as_lost(journal, tmp_path):
    damage.spoil(tmp_path, 2)
    damage.spoil_hash(tmp_path, 3)
    damage.spoil(tmp_path, 5)

    kinds = [type(fact) for _, _, fact in kept(tmp_path)]
    assert kinds == [Checkin, Lost, Checkin, Checkin, Lost]


def test_files_set_aside_are_exported_with_what_is_there_now(tmp_path):
    old = open_journal(tmp_path)
    for _ in range(3):
        old.record(Checkin(at=AT, item=ItemId("30000001")))
    old.close()
    path = tmp_path / "journal.sqlite"
    path.rename(tmp_path / "journal.sqlite.damaged-1-7")
    new = open_journal(tmp_path, epoch=2)
    new.record(Checkin(at=AT, item=ItemId("30000002")))

    assert [(epoch, seq) for epoch, seq, _ in kept(tmp_path)] == [(2, 1), (1, 1), (1, 2), (1, 3)]
    new.close()


def test_a_journal_that_sqlite_cannot_read_is_exported_all_the_same(journal, tmp_path):
    journal.close()
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"\xff" * 4096 + path.read_bytes()[4096:])

    assert [seq for _, seq, _ in kept(tmp_path)] == [1, 2, 3, 4, 5]


def test_looking_leaves_no_file_behind(journal, tmp_path):
    journal.close()
    before = sorted(tmp_path.iterdir())

    inspection.summary(tmp_path)
    assert inspection.damages(tmp_path) == []
    assert len(kept(tmp_path)) == 5

    assert sorted(tmp_path.iterdir()) == before


def test_anothers_facts_are_left_where_they_are(journal, tmp_path):
    assert list(inspection.kept(tmp_path, StationId("umea-1"), KEY)) == []
