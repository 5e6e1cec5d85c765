"""The journal: what was told to a visitor is on disk, in a chain, until the hub has it."""

import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress

import pytest

from circulation import envelopes, sealing
from circulation.facts import Asked, Checkin, Checkout, Lost, Outcome, Settled, Wish
from circulation.identifiers import CardNumber, ItemId, StationId
from circulation.instants import Instant
from station.errors import JournalDamagedError, JournalError, JournalFullError
from station.journal import Journal
from tests.station import damage
from tests.station.rig import AT, KEY, RING, open_journal

PYTHON = (sys.executable, "-c")
ITEM = ItemId("30000001")
CARD = CardNumber("20000001")


def checkin() -> Checkin:
    return Checkin(at=AT, item=ITEM)


def asked() -> Asked:
    return Asked(at=AT, wish=Wish.LOAN, item=ITEM, card=CARD)


@pytest.fixture
def journal(tmp_path):
    with_facts = open_journal(tmp_path)
    yield with_facts
    with_facts.close()


def acknowledge(journal: Journal, seq: int, *, hub: str = "h", safe: int | None = None) -> bool:
    head = envelopes.digest(journal.envelope(seq)) if seq else envelopes.GENESIS
    return journal.acknowledged(
        hub=hub, up_to_seq=seq, head=head, safe_to_seq=seq if safe is None else safe
    )


def test_facts_form_a_chain_without_gaps(journal):
    for _ in range(5):
        journal.record(checkin())

    prev = envelopes.GENESIS
    for seq, raw in journal.owed_after(0, 100):
        envelope = envelopes.address(raw)
        assert (envelope.seq, envelope.prev) == (seq, prev)
        assert envelopes.open_fact(envelope, RING) == checkin()
        prev = envelopes.digest(raw)
    assert journal.owed == 5


def test_the_card_holds_no_item_and_no_card_in_clear(tmp_path):
    journal = open_journal(tmp_path)
    journal.record(Checkout(at=AT, item=ITEM, card=CARD, due="2026-12-21"))
    journal.close()

    for path in tmp_path.iterdir():
        assert ITEM.encode() not in path.read_bytes()
        assert CARD.encode() not in path.read_bytes()


def test_facts_and_their_numbers_survive_a_restart(tmp_path):
    journal = open_journal(tmp_path)
    first = journal.record(checkin())
    journal.close()

    again = open_journal(tmp_path)
    assert again.record(checkin()) == first + 1
    assert [seq for seq, _ in again.owed_after(0, 10)] == [1, 2]
    again.close()


KILLED = """
import sys, os, signal
from pathlib import Path
from tests.station.rig import AT, open_journal
from circulation.facts import Checkin
journal = open_journal(Path(sys.argv[1]))
for _ in range(20):
    print(journal.record(Checkin(at=AT, item="30000001")), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_every_fact_that_was_promised_survives_kill_9(tmp_path):
    process = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, check=False
    )
    promised = [int(line) for line in process.stdout.split()]

    journal = open_journal(tmp_path)
    assert promised == list(range(1, 21))
    assert [seq for seq, _ in journal.owed_after(0, 100)] == promised
    journal.close()


def test_an_acknowledgement_lowers_what_is_owed_and_erases_only_what_is_safe(journal):
    for _ in range(4):
        journal.record(checkin())

    assert acknowledge(journal, 3, safe=2)

    assert journal.owed == 1
    assert [seq for seq, _ in journal.owed_after(0, 100)] == [2, 3, 4]


def test_an_acknowledgement_of_another_chain_is_not_believed(journal):
    journal.record(checkin())

    assert not journal.acknowledged(hub="h", up_to_seq=1, head="f" * 64, safe_to_seq=1)
    assert journal.owed == 1


def test_an_acknowledgement_of_what_was_never_written_is_not_believed(journal):
    assert not journal.acknowledged(hub="h", up_to_seq=9, head="f" * 64, safe_to_seq=9)


def test_a_late_acknowledgement_takes_nothing_back(journal):
    for _ in range(3):
        journal.record(checkin())
    acknowledge(journal, 3, safe=0)

    acknowledge(journal, 1, safe=0)

    assert journal.owed == 0


def test_a_hub_restored_from_yesterday_is_owed_the_rest_again(journal):
    for _ in range(3):
        journal.record(checkin())
    acknowledge(journal, 3, safe=1)

    assert acknowledge(journal, 1, hub="restored", safe=1)

    assert journal.owed == 2
    assert [seq for seq, _ in journal.owed_after(journal.acked_seq, 10)] == [2, 3]


def test_what_a_hub_had_said_before_it_was_restored_erases_nothing_when_a_broker_says_it_again(
    journal,
):
    for _ in range(4):
        journal.record(checkin())
    assert acknowledge(journal, 1, hub="before")
    head = envelopes.digest(journal.envelope(4))
    held_back = {"hub": "before", "up_to_seq": 4, "head": head, "safe_to_seq": 4}
    assert acknowledge(journal, 1, hub="restored")

    for _ in range(2):
        journal.acknowledged(**held_back)
        assert acknowledge(journal, 1, hub="restored")

        sent = [envelopes.address(raw) for _, raw in journal.owed_after(journal.acked_seq, 10)]
        assert [type(envelopes.open_fact(each, RING)) for each in sent] == [Checkin] * 3

    assert acknowledge(journal, 4, hub="restored")
    assert [seq for seq, _ in journal.owed_after(0, 10)] == [4]


def test_an_older_programs_file_on_a_card_that_takes_nothing_more_is_sent_from(tmp_path):
    journal = open_journal(tmp_path)
    for _ in range(3):
        journal.record(checkin())
    journal.close()
    path = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE hub")
        db.execute("VACUUM")

    full = open_journal(tmp_path, bytes_max=path.stat().st_size)

    assert [seq for seq, _ in full.owed_after(0, 10)] == [1, 2, 3]
    assert acknowledge(full, 3)
    assert full.owed == 0
    full.close()


def test_a_restored_hub_is_told_what_was_erased_in_one_chain_with_what_it_has(journal):
    for _ in range(5):
        journal.record(checkin())
    head = envelopes.digest(journal.owed_after(0, 1)[0][1])
    acknowledge(journal, 4, safe=4)

    assert journal.acknowledged(hub="restored", up_to_seq=1, head=head, safe_to_seq=1)

    sent = [envelopes.address(raw) for _, raw in journal.owed_after(journal.acked_seq, 10)]
    told = [envelopes.open_fact(each, RING) for each in sent]
    assert [each.seq for each in sent] == [2, 3, 4, 5]
    assert [type(each) for each in told] == [Lost, Lost, Checkin, Checkin]
    assert sent[0].prev == head
    assert told[1].hash == sent[2].prev


def test_what_was_asked_before_a_crash_is_known_until_it_has_an_end(tmp_path):
    journal = open_journal(tmp_path)
    seq = journal.record(asked())
    journal.close()

    again = open_journal(tmp_path)
    assert again.open_asks() == [seq]
    again.record(Settled(at=AT, asked=seq, outcome=Outcome.DROPPED))
    assert again.open_asks() == []
    again.close()


def test_an_open_question_keeps_its_envelope_after_the_acknowledgement(journal):
    seq = journal.record(asked())
    journal.record(checkin())
    acknowledge(journal, 2)

    assert journal.envelope(seq)


def test_settling_twice_is_a_programmers_mistake(journal):
    seq = journal.record(asked())
    journal.record(Settled(at=AT, asked=seq, outcome=Outcome.DROPPED))

    with pytest.raises(AssertionError):
        journal.record(Settled(at=AT, asked=seq, outcome=Outcome.DROPPED))
    assert journal.newest_seq == 2


def test_offline_loans_are_counted_by_card_and_day_with_the_fact(journal):
    loan = Checkout(at=AT, item=ITEM, card=CARD, due="2026-12-21")
    journal.record(loan, offline=("token", "2026-11-23"))
    journal.record(loan, offline=("token", "2026-11-23"))

    assert journal.offline_loans("token", "2026-11-23") == 2
    assert journal.offline_loans("token", "2026-11-24") == 0
    assert journal.offline_loans("other", "2026-11-23") == 0


def test_a_damaged_journal_is_set_aside_whole_and_named(tmp_path):
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"not a database, but somebody's facts" * 1000)
    before = path.read_bytes()

    with pytest.raises(JournalDamagedError, match="set aside whole"):
        open_journal(tmp_path)

    (aside,) = tmp_path.glob("journal.sqlite.damaged-*")
    assert aside.read_bytes() == before


def test_a_journal_torn_in_the_middle_is_set_aside_with_what_belongs_to_it(tmp_path):
    journal = open_journal(tmp_path)
    for _ in range(200):
        journal.record(checkin())
    journal.close()
    path = tmp_path / "journal.sqlite"
    path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 40_000)
    (tmp_path / "journal.sqlite-wal").write_bytes(b"what was not yet moved")

    with pytest.raises(JournalDamagedError):
        open_journal(tmp_path)

    assert not path.exists()
    assert not (tmp_path / "journal.sqlite-wal").exists()
    assert len(list(tmp_path.glob("journal.sqlite.damaged-*"))) >= 1


def test_a_journal_of_another_station_is_refused(tmp_path):
    open_journal(tmp_path).close()

    with pytest.raises(JournalError, match="vindeln-1"):
        Journal(tmp_path / "journal.sqlite", station=StationId("umea-1"), epoch=1, key=KEY)


def test_a_full_disk_refuses_the_fact_and_keeps_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr("station.journal.JOURNAL_BYTES_MAX", 20 * 4096)
    journal = open_journal(tmp_path)
    promised: list[int] = []

    def fill() -> None:
        promised.extend(journal.record(checkin()) for _ in range(1000))

    with pytest.raises(JournalFullError, match="full"):
        fill()

    assert promised
    assert [seq for seq, _ in journal.owed_after(0, 2000)] == promised
    assert journal.newest_seq == promised[-1]
    assert not journal.has_room()

    acknowledge(journal, promised[-1])
    assert journal.has_room()
    journal.close()


def test_the_files_own_words_are_full_and_wal(tmp_path):
    journal = open_journal(tmp_path)
    journal.close()

    with sqlite3.connect(tmp_path / "journal.sqlite") as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace sees the fsyncs")


def traced(folder, program):
    """Return what *program* wrote and synced, with the names of the files, as strace saw it."""
    trace = folder / "trace"
    watching = ["strace", "-f", "-y", "-o", str(trace), "-e", "trace=write,fsync,fdatasync"]
    command = [*watching, *PYTHON, program, str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return trace.read_text(errors="replace")


@needs_strace
def test_a_fact_is_synced_before_its_number_is_told(tmp_path):
    text = traced(
        tmp_path,
        "import sys; from pathlib import Path; from tests.station.rig import AT, open_journal\n"
        "from circulation.facts import Checkin\n"
        "j = open_journal(Path(sys.argv[1]))\n"
        "print('before', flush=True); j.record(Checkin(at=AT, item='3')); "
        "print('told', flush=True)",
    )
    between = text[text.index('"before') : text.index('"told')]

    assert "fdatasync" in between or "fsync" in between


@needs_strace
def test_a_new_journals_name_is_synced_with_its_folder(tmp_path):
    text = traced(
        tmp_path,
        "import sys; from pathlib import Path; from tests.station.rig import open_journal\n"
        "j = open_journal(Path(sys.argv[1])); print('open', flush=True); j.close()",
    )
    before = text[: text.index('"open')]

    # SQLite itself syncs the folder for its own files, with fdatasync; this is the name's own.
    assert re.search(rf"fsync\(\d+<{re.escape(str(tmp_path))}>\)", before)


def test_a_connection_has_a_higher_number_than_any_before(tmp_path):
    journal = open_journal(tmp_path)
    first = journal.next_connection()
    journal.close()

    again = open_journal(tmp_path)
    assert again.next_connection() == first + 1
    again.close()


def test_the_clocks_floor_is_the_latest_fact(journal):
    journal.record(checkin())
    earlier = Instant(wall_ms=5, mono_ms=1, boot="b", trusted=False)
    journal.record(Checkin(at=earlier, item=ITEM))

    assert journal.floor_ms == AT.wall_ms


def test_the_sealing_key_is_named_on_every_envelope(journal):
    journal.record(checkin())

    assert envelopes.address(journal.envelope(1)).key == KEY.id
    assert isinstance(KEY, sealing.SealingKey)


def test_with_little_room_left_no_fact_is_taken_and_what_the_hub_has_is_still_erased(
    journal, monkeypatch
):
    journal.record(checkin())
    monkeypatch.setattr("station.journal.ROOM_BYTES_MIN", 1 << 62)

    with pytest.raises(JournalFullError, match="kB free"):
        journal.record(checkin())
    assert not journal.has_room()

    assert acknowledge(journal, 1)
    assert journal.owed == 0


def test_a_card_that_takes_nothing_counts_connections_and_says_what_it_cannot_note(journal):
    journal.record(checkin())
    journal._db.execute("PRAGMA query_only = ON")

    first = journal.next_connection()
    assert journal.next_connection() > first
    with pytest.raises(JournalFullError, match="acknowledgement"):
        acknowledge(journal, 1)
    assert journal.owed == 1


def spoilt(tmp_path, spoil, seq, facts=5):
    """Return the journal reopened after *spoil* did its harm to fact *seq*."""
    journal = open_journal(tmp_path)
    for _ in range(facts):
        journal.record(checkin())
    journal.close()
    spoil(tmp_path, seq)
    return open_journal(tmp_path)


def opened(journal, seq):
    return envelopes.open_fact(envelopes.address(journal.envelope(seq)), RING)


@pytest.mark.parametrize("spoil", [damage.spoil, damage.remove])
@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_spoilt_fact_is_told_as_lost_and_the_others_are_sent(tmp_path, spoil, seq):
    journal = spoilt(tmp_path, spoil, seq)

    sent = journal.owed_after(0, 100)
    assert [number for number, _ in sent] == [1, 2, 3, 4, 5]
    kinds = [type(opened(journal, number)) for number, _ in sent]
    assert kinds == [Lost if number == seq else Checkin for number in range(1, 6)]
    assert journal.record(checkin()) == 6
    journal.close()


def test_the_same_bytes_are_sent_for_a_lost_fact_after_every_restart(tmp_path):
    journal = spoilt(tmp_path, damage.spoil, 3)
    sent = journal.owed_after(0, 100)
    journal.close()

    again = open_journal(tmp_path)
    assert again.owed_after(0, 100) == sent
    again.close()


def test_what_the_disk_spoils_while_the_station_runs_blocks_nothing_either(tmp_path):
    journal = open_journal(tmp_path)
    for _ in range(5):
        journal.record(checkin())
    damage.spoil(tmp_path, 2)

    assert [seq for seq, _ in journal.owed_after(0, 100)] == [1, 2, 3, 4, 5]
    assert opened(journal, 2).seq == 2
    journal.close()


def test_a_damaged_hash_costs_no_fact(tmp_path):
    journal = spoilt(tmp_path, damage.spoil_hash, 3)

    assert [type(opened(journal, seq)) for seq in range(1, 6)] == [Checkin] * 5
    assert acknowledge(journal, 3)
    journal.close()


@pytest.mark.parametrize("column", ["seq = 2", "seq = 1 << 40", "head = 'nonsense'"])
def test_the_newest_number_is_found_again_from_the_facts_themselves(tmp_path, column):
    def spoil(folder, _seq):
        damage.change(folder, f"UPDATE journal SET {column}")

    journal = spoilt(tmp_path, spoil, 0)

    assert (journal.newest_seq, journal.record(checkin())) == (5, 6)
    assert envelopes.address(journal.envelope(6)).prev == envelopes.digest(journal.envelope(5))
    journal.close()


def test_the_spoilt_bytes_are_kept_beside(tmp_path):
    journal = spoilt(tmp_path, damage.spoil, 3)
    journal.close()

    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as db:
        ((seq, found),) = db.execute("SELECT seq, found FROM lost").fetchall()
    assert seq == 3
    assert envelopes.address(found).seq == 3


def test_a_hub_that_has_the_fact_itself_is_believed_too(tmp_path):
    journal = open_journal(tmp_path)
    for _ in range(3):
        journal.record(checkin())
    own = envelopes.digest(journal.envelope(3))
    damage.spoil(tmp_path, 3)
    journal.owed_after(0, 100)

    assert journal.acknowledged(hub="h", up_to_seq=3, head=own, safe_to_seq=0)
    journal.close()


BOUND = 60 * 4096


def fill(journal: Journal) -> int | None:
    """Write returns until no more is taken; return the first number at which it warned."""
    warned = None
    with suppress(JournalFullError):
        while True:
            seq = journal.record(checkin())
            warned = warned or (seq if journal.nearly_full else None)
    return warned


def test_it_warns_before_it_is_full_and_takes_the_end_of_what_was_begun(tmp_path):
    journal = open_journal(tmp_path, bytes_max=BOUND)
    begun = journal.record(asked())

    assert fill(journal) < journal.newest_seq
    with pytest.raises(JournalFullError, match="mend the line"):
        journal.record(checkin())
    assert journal.record(Settled(at=AT, asked=begun, outcome=Outcome.DROPPED))
    assert journal.bytes_used <= BOUND
    journal.close()


def test_what_is_acknowledged_and_erased_gives_room_again(tmp_path):
    journal = open_journal(tmp_path, bytes_max=BOUND)
    fill(journal)
    newest = journal.newest_seq

    acknowledge(journal, newest)

    assert not journal.nearly_full
    assert journal.has_room()
    assert journal.record(checkin()) == newest + 1
    journal.close()
