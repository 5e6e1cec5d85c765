"""What a technician brings from a station's card enters the ledger as if it had been sent."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, update

from circulation import exports, signing
from circulation.errors import MessageError
from circulation.facts import Checkin
from circulation.identifiers import ItemId
from hub import exceptions, tables
from hub.taking import Taken, take
from station import inspection
from tests.hub.rig import KEY, NOW_MS, RING, TalkingHub
from tests.station.damage import spoil
from tests.station.rig import AT, open_journal


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def export(station, folder, kept=None, signer=None):
    file = folder / "stick.export"
    file.write_bytes(
        b"".join(
            exports.lines(
                station.raws if kept is None else kept,
                name="e1",
                partition=station.partition,
                signer=signer or station.signer,
            )
        )
    )
    return file


def facts(hub):
    with hub.engine.connect() as db:
        return db.execute(select(tables.fact).order_by(tables.fact.c.seq)).all()


def loan(hub, item):
    found = hub.own.item(ItemId(item)).loan
    return found.patron if found else None


def test_new_facts_are_entered_once_however_often_they_are_brought(hub, station, tmp_path):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    station.lends("B-2", "K-BO")
    file = export(station, tmp_path)

    first = take(hub.engine, RING, file, NOW_MS)
    before = facts(hub)
    second = take(hub.engine, RING, file, NOW_MS + 1)

    assert first == Taken(station="vindeln-1", new=1, known=1, unreadable=0, gaps=[])
    assert first.sentence() == "vindeln-1: 1 new fact, 1 known, 0 unreadable; no gap is left."
    assert (second.new, second.known) == (0, 2)
    assert facts(hub) == before


def test_a_poster_that_runs_posts_what_was_taken(hub, station, tmp_path):
    hub.poster.look()
    station.lends("B-1", "K-ANNA")
    take(hub.engine, RING, export(station, tmp_path), NOW_MS)
    assert loan(hub, "B-1") is None

    hub.poster.look()

    assert loan(hub, "B-1") == "anna"


def test_a_gap_is_named(hub, station, tmp_path):
    for item in ("B-1", "B-2", "B-1", "B-2"):
        station.takes_back(item)

    taken = take(hub.engine, RING, export(station, tmp_path, station.raws[3:]), NOW_MS)

    assert taken.gaps == [(1, 1, 3)]
    assert "facts 1 to 3 of epoch 1 are missing" in taken.sentence()


def spoilt(lines: bytes) -> bytes:
    return lines[:-30]


def newer(lines: bytes) -> bytes:
    return lines.replace(b'"v":1', b'"v":2', 1)


def not_one(_: bytes) -> bytes:
    return b"a holiday picture"


@pytest.mark.parametrize(
    ("spoil_lines", "says"),
    [(spoilt, "not a message"), (newer, "version 2"), (not_one, "not a message")],
)
def test_what_is_not_whole_changes_nothing(hub, station, tmp_path, spoil_lines, says):
    station.lends("B-1", "K-ANNA")
    file = export(station, tmp_path)
    file.write_bytes(spoil_lines(file.read_bytes()))

    with pytest.raises(MessageError, match=f"stick.export was not taken: .*{says}"):
        take(hub.engine, RING, file, NOW_MS)
    assert facts(hub) == []


def test_a_file_torn_in_its_last_line_enters_nothing_of_the_first(hub, station, tmp_path):
    for _ in range(600):
        station.takes_back("B-1")
    file = export(station, tmp_path)
    assert file.read_bytes().count(b"\n") > 1
    file.write_bytes(file.read_bytes()[:-30])

    with pytest.raises(MessageError):
        take(hub.engine, RING, file, NOW_MS)
    assert facts(hub) == []


def test_a_forged_file_changes_nothing(hub, station, tmp_path):
    station.lends("B-1", "K-ANNA")
    thief = signing.KeySigner("vindeln-1", ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises(MessageError, match="not signed by 'vindeln-1'"):
        take(hub.engine, RING, export(station, tmp_path, signer=thief), NOW_MS)
    assert facts(hub) == []


def test_a_revoked_and_an_unknown_station_bring_nothing(hub, station, tmp_path):
    station.lends("B-1", "K-ANNA")
    file = export(station, tmp_path)
    with hub.engine.begin() as db:
        db.execute(update(tables.station).values(revoked_at_ms=NOW_MS))
    with pytest.raises(MessageError, match="revoked"):
        take(hub.engine, RING, file, NOW_MS)

    stranger = signing.KeySigner("nobody-1", station.key)
    with pytest.raises(MessageError, match="no station 'nobody-1'"):
        take(hub.engine, RING, export(station, tmp_path, signer=stranger), NOW_MS)
    assert facts(hub) == []


def exported(station, folder, file):
    """Export *folder*'s journal as the station's own command does."""
    return export(station, file, list(inspection.kept(folder, station.id, KEY)))


def test_a_damaged_card_is_rescued_end_to_end(hub, station, tmp_path):
    card = tmp_path / "card"
    card.mkdir()
    journal = open_journal(card, key=KEY)
    for item in ("B-1", "B-2", "B-1", "B-2"):
        journal.record(Checkin(at=AT, item=ItemId(item)))
    journal.close()
    spoil(card, 2)
    path = card / "journal.sqlite"
    path.with_name("journal.sqlite.damaged-1-5").write_bytes(
        b"\xff" * 4096 + path.read_bytes()[4096:]
    )
    path.unlink()

    taken = take(hub.engine, RING, exported(station, card, tmp_path), NOW_MS)

    assert (taken.new, taken.gaps) == (4, [])
    with hub.engine.connect() as db:
        (found,) = [each for each in exceptions.open_exceptions(db) if each.kind == "lost"]
    assert found.seq == 2
    assert [row.kind for row in facts(hub)] == ["checkin", "lost", "checkin", "checkin"]


def test_what_a_station_sends_after_its_disk_spoilt_a_fact_is_acknowledged_to_the_end(
    hub, station, tmp_path
):
    card = tmp_path / "card"
    card.mkdir()
    journal = open_journal(card, key=KEY)
    for item in ("B-1", "B-2", "B-1"):
        journal.record(Checkin(at=AT, item=ItemId(item)))
    spoil(card, 2)
    journal.record(Checkin(at=AT, item=ItemId("B-2")))

    station.raws = [raw for _, raw in journal.owed_after(0, 100)]
    (ack,) = hub.takes_facts(station)

    assert journal.acknowledged(
        hub=ack.hub, up_to_seq=ack.up_to_seq, head=ack.head, safe_to_seq=ack.safe_to_seq
    )
    assert journal.owed == 0
    journal.close()
