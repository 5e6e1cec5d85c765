"""What stations say: acknowledged after the commit, once; what cannot be read is quarantined."""

import json
import zlib
from contextlib import contextmanager

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, update

from circulation import envelopes, messages, sealing, signing, topics
from circulation.envelopes import Envelope
from circulation.facts import Checkin, Outcome
from circulation.identifiers import ItemId
from circulation.messages import (
    Ack,
    FactBatch,
    Resend,
    Settings,
    ShelfPart,
    ShelfWant,
    State,
    WriteAnswer,
)
from circulation.verdicts import Accepted, Reason, Refused
from hub import exceptions, fleet, tables
from hub.keeping import Message, Outgoing
from tests import databases
from tests.hub.rig import DUE, HUB_KEY, KEY, NOW_MS, TalkingHub


@pytest.fixture
def hub(tmp_path):
    talking = TalkingHub(tmp_path)
    yield talking
    talking.engine.dispose()


@pytest.fixture
def station(hub):
    return hub.enrol("vindeln-1", "VIN", 1)


def facts(hub):
    with hub.engine.connect() as db:
        return db.execute(select(tables.fact).order_by(tables.fact.c.seq)).all()


def quarantined(hub):
    with hub.engine.connect() as db:
        return db.execute(select(tables.quarantine)).all()


def ack(station, up_to: int) -> Ack:
    head = envelopes.digest(station.raws[up_to - 1]) if up_to else envelopes.GENESIS
    return Ack(hub="hub-1", epoch=1, up_to_seq=up_to, head=head, safe_to_seq=up_to)


def holder(hub, item):
    loan = hub.own.item(ItemId(item)).loan
    return loan.patron if loan else None


def test_a_loan_made_offline_becomes_a_row(hub, station):
    station.lends("B-1", "K-ANNA")

    assert hub.takes_facts(station) == [ack(station, 1)]
    assert hub.own.item(ItemId("B-1")).loan.due == DUE
    assert holder(hub, "B-1") == "anna"


def test_the_same_batch_twice_changes_nothing(hub, station):
    station.lends("B-1", "K-ANNA")
    station.takes_back("B-1")
    first = hub.takes_facts(station)
    log = hub.own.log(ItemId("B-1"))

    assert hub.takes_facts(station) == first
    assert hub.own.log(ItemId("B-1")) == log
    assert len(facts(hub)) == 2


def test_a_gap_is_asked_for_and_folded_only_when_it_is_filled(hub, station):
    station.lends("B-1", "K-ANNA")
    station.lends("B-2", "K-BO")
    said = hub.takes_facts(station, first=2)

    assert said == [ack(station, 0), Resend(hub="hub-1", epoch=1, resend_from=1)]
    assert holder(hub, "B-2") is None

    assert hub.takes_facts(station, first=1, last=1) == [ack(station, 2)]
    assert (holder(hub, "B-1"), holder(hub, "B-2")) == ("anna", "bo")


def test_a_fact_that_cannot_be_opened_is_acknowledged_named_and_blocks_nothing(hub, station):
    station.lends("B-1", "K-ANNA")
    station.record_strange = None
    envelope = envelopes.address(station.raws[0])
    stranger = sealing.SealingKey("lost-key", sealing.public_half(sealing.new_private_key()))
    station.raws[0] = envelopes.enclose(
        envelopes.open_fact(envelope, hub.inbox._opener),
        station=station.id,
        epoch=1,
        seq=1,
        prev=envelopes.GENESIS,
        key=stranger,
    )
    station.head = envelopes.digest(station.raws[0])
    station.lends("B-2", "K-BO")

    assert hub.takes_facts(station) == [ack(station, 2)]
    assert holder(hub, "B-2") == "bo"
    with hub.engine.connect() as db:
        assert [each.kind for each in exceptions.open_exceptions(db)] == ["unreadable"]


def test_two_facts_with_one_number_are_both_kept_and_named(hub, station):
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    station.raws, station.head = [], envelopes.GENESIS
    station.lends("B-2", "K-BO")
    hub.takes_facts(station)

    assert len(facts(hub)) == 2
    with hub.engine.connect() as db:
        assert [each.kind for each in exceptions.open_exceptions(db)] == ["epoch_fork"]
    assert (holder(hub, "B-1"), holder(hub, "B-2")) == ("anna", "bo")


def test_online_the_answer_and_the_ledger_row_are_the_same_however_they_came(hub, station):
    asked = station.asks("B-1", "K-ANNA")
    answer = hub.asked(station, asked)

    assert isinstance(answer, WriteAnswer)
    assert isinstance(answer.verdict, Accepted)
    before = facts(hub)
    station.settles(asked, Outcome.ACCEPTED, answer.verdict.due)
    hub.takes_facts(station)

    assert [(f.seq, f.hash) for f in facts(hub)][:1] == [(f.seq, f.hash) for f in before]
    assert holder(hub, "B-1") == "anna"
    assert [e.change for e in hub.own.log(ItemId("B-1"))] == ["lent"]


def test_the_same_question_twice_has_one_answer_and_one_loan(hub, station):
    asked = station.asks("B-1", "K-ANNA")

    assert hub.asked(station, asked) == hub.asked(station, asked)
    assert len(hub.own.log(ItemId("B-1"))) == 1


def test_a_refused_loan_is_refused_with_its_reason(hub, station):
    asked = station.asks("B-REF", "K-ANNA")

    assert hub.asked(station, asked) == WriteAnswer(verdict=Refused(Reason.NOT_FOR_LOAN))


def test_a_question_dropped_after_it_was_posted_is_undone(hub, station):
    asked = station.asks("B-1", "K-ANNA")
    hub.asked(station, asked)
    hub.takes_facts(station)
    assert holder(hub, "B-1") == "anna"

    station.settles(asked, Outcome.DROPPED)
    hub.takes_facts(station)

    assert holder(hub, "B-1") is None


def test_an_answer_that_came_too_late_yields_to_what_the_visitor_was_told(hub, station):
    asked = station.asks("B-1", "K-ANNA")
    hub.asked(station, asked)
    station.settles(asked, Outcome.OFFLINE, DUE.replace(day=30))
    hub.takes_facts(station)

    assert hub.own.item(ItemId("B-1")).loan.due == DUE.replace(day=30)


def test_a_blocked_card_that_borrowed_offline_is_kept_and_named(hub, station):
    station.lends("B-1", "K-BLOCKED")
    hub.takes_facts(station)

    assert holder(hub, "B-1") == "blocked"
    with hub.engine.connect() as db:
        (found,) = exceptions.open_exceptions(db)
    assert (found.kind, found.suggestion) == ("patron_blocked", "talk_to_patron")


def test_an_unknown_item_and_an_unknown_card_are_kept_and_named(hub, station):
    station.lends("B-UNKNOWN", "K-ANNA")
    station.lends("B-1", "K-UNKNOWN")
    hub.takes_facts(station)

    with hub.engine.connect() as db:
        found = exceptions.open_exceptions(db)
    assert {each.kind for each in found} == {"unknown_item", "unknown_card"}


def test_a_loan_here_and_a_return_elsewhere_in_any_order_of_arrival(hub, station):
    other = hub.enrol("grano-1", "GRA", 2)
    station.lends("B-1", "K-ANNA")
    other.takes_back("B-1")

    hub.takes_facts(other)
    hub.takes_facts(station)

    assert holder(hub, "B-1") is None
    with hub.engine.connect() as db:
        assert exceptions.open_exceptions(db) == []


def torn(frame: bytes) -> bytes:
    return frame[:-9]


def newer(frame: bytes) -> bytes:
    return frame.replace(b'"v":1', b'"v":2', 1)


def in_anothers_name(frame: bytes) -> bytes:
    return frame.replace(b'"by":"vindeln-1"', b'"by":"vindeln-2"')


@pytest.mark.parametrize(
    ("spoil", "reason"), [(torn, "torn"), (newer, "newer"), (in_anothers_name, "torn")]
)
def test_a_spoilt_message_is_kept_whole_counted_and_the_fact_comes_again(
    hub, station, spoil, reason
):
    station.lends("B-1", "K-ANNA")
    frame = spoil(station.framed(topics.FACTS, station.batch()))
    for _ in range(2):
        assert hub.takes(station.topic(topics.FACTS), frame) == []

    (kept,) = quarantined(hub)
    assert (kept.reason, kept.payload, kept.count) == (reason, frame, 2)
    assert facts(hub) == []
    assert hub.takes_facts(station) == [ack(station, 1)]


def test_a_forged_message_changes_nothing(hub, station):
    station.lends("B-1", "K-ANNA")
    thief = signing.KeySigner(station.id, ec.generate_private_key(ec.SECP256R1()))
    topic = station.topic(topics.FACTS)
    frame = signing.wrap(topic, messages.encode(station.batch()), thief)

    assert hub.takes(topic, frame) == []
    assert quarantined(hub)[0].reason == "forged"
    assert facts(hub) == []


def test_a_revoked_station_is_not_heard(hub, station):
    with hub.engine.begin() as db:
        db.execute(update(tables.station).values(revoked_at_ms=NOW_MS))
    station.lends("B-1", "K-ANNA")
    frame = station.framed(topics.FACTS, station.batch())

    assert hub.takes(station.topic(topics.FACTS), frame) == []
    assert quarantined(hub)[0].reason == "revoked"


def test_a_station_cannot_bring_anothers_facts(hub, station):
    other = hub.enrol("grano-1", "GRA", 2)
    other.lends("B-1", "K-ANNA")
    frame = station.framed(topics.FACTS, other.batch())

    assert hub.takes(station.topic(topics.FACTS), frame) == []
    assert facts(hub) == []


def test_a_birth_is_answered_with_what_to_go_by(hub, station):
    *_, out = hub.born(station)

    frame = signing.unwrap(out.payload)
    body = signing.verify(out.topic, frame, HUB_KEY.public_key())
    settings = messages.decode(body, Settings)
    assert out.retain
    assert settings.pin_to_borrow
    assert settings.offline.until_ms > NOW_MS


def test_a_will_older_than_the_birth_is_ignored(hub, station):
    def alive() -> bool:
        with hub.engine.connect() as db:
            return fleet.stations(db)[0].state.alive

    hub.born(station, connection=5)
    will = station.framed(topics.STATE, State(alive=False, connection=4))
    hub.takes(station.topic(topics.STATE), will)
    assert alive()

    will = station.framed(topics.STATE, State(alive=False, connection=5))
    hub.takes(station.topic(topics.STATE), will)
    assert not alive()


def wanted(hub, station, **want) -> list[ShelfPart]:
    frame = station.framed(topics.SHELF_WANT, ShelfWant(**want))
    outs = hub.takes(station.topic(topics.SHELF_WANT), frame)
    return [messages.decode(bytes(signing.unwrap(o.payload).body), ShelfPart) for o in outs]


def test_a_shelf_is_sent_in_parts_and_not_twice(hub, station):
    parts = wanted(hub, station, have="")
    assert [part.part for part in parts] == list(range(parts[0].parts))
    assert wanted(hub, station, have=parts[0].version) == []


def test_no_card_of_the_catalogue_is_on_a_shelf_in_clear(hub, station):
    parts = wanted(hub, station, have="")
    shelf = zlib.decompress(b"".join(part.data for part in parts))

    assert b"Atlas" in shelf
    assert b"K-ANNA" not in shelf
    assert b"Exempel" not in shelf.replace(b"Ett Exempel", b"")


def test_a_station_that_learns_the_time_moves_what_it_did_before(hub, station):
    station.trusted = False
    station.clock_ms -= 10**10
    station.lends("B-1", "K-ANNA")
    hub.takes_facts(station)
    (before,) = facts(hub)
    station.trusted = True
    station.record_at(NOW_MS, mono_ms=station.clock_ms + 60_000).takes_back("B-2")

    hub.takes_facts(station)

    first, second = facts(hub)
    assert not before.trusted
    assert (first.rank, first.trusted) == (second.rank - 60_000, True)


def test_two_clones_of_one_station_both_tell_all_and_both_are_told_so(hub, station):
    station.lends("B-1", "K-ANNA")
    clone = station.clone()
    station.takes_back("B-1")
    station.lends("B-2", "K-ANNA")
    clone.lends("B-MAP", "K-BO")
    clone.takes_back("B-MAP")
    hub.takes_facts(station)

    told = hub.takes_facts(clone)

    assert [word.head for word in told] == [clone.head]
    assert len(facts(hub)) == 5
    assert all(row.rank for row in facts(hub))
    with hub.engine.connect() as db:
        assert {each.kind for each in exceptions.open_exceptions(db)} == {"epoch_fork"}


@pytest.mark.parametrize("lane", [topics.FACTS, topics.STATE, topics.ASK])
def test_a_message_nested_without_end_is_quarantined(hub, station, lane):
    deep = b'{"v":1,"by":"vindeln-1","sig":"AAAA","body":' + b"[" * 50_000 + b"]" * 50_000 + b"}"

    assert hub.takes(station.topic(lane), deep) == []
    assert len(quarantined(hub)) == 1


@pytest.mark.parametrize(
    ("lane", "holds"),
    [(topics.FACTS, {"epoch": 1 << 70, "first": 1, "envelopes": []}),
     (topics.FACTS, {"epoch": 1, "first": -1, "envelopes": []}),
     (topics.STATE, {"alive": True, "connection": 1, "epoch": 1 << 70}),
     (topics.STATE, {"alive": True, "connection": 1, "epoch": 1, "owed": 1 << 63}),
     (topics.STATE, {"alive": True, "connection": -(1 << 63)}),
     (topics.STATE, {"alive": True, "connection": 1, "epoch": 1, "version": "1\0"})],
)  # fmt: skip
def test_a_message_with_something_that_no_database_holds_is_quarantined(hub, station, lane, holds):
    assert hub.takes(station.topic(lane), station.framed(lane, holds)) == []
    assert len(quarantined(hub)) == 1


@pytest.mark.parametrize(
    "spoilt",
    [{"at": {"wall_ms": 1 << 63}}, {"at": {"wall_ms": 10**15}}, {"at": {"wall_ms": -1}},
     {"at": {"mono_ms": 1 << 70}}, {"seen": 1 << 63}, {"seq": 1 << 63, "type": "lost"},
     {"asked": 1 << 63, "type": "settled", "outcome": "accepted"}, {"item": "B-1\0"},
     {"card": "\0", "type": "checkout", "due": "2026-12-21"}, {"a_newer_programs": "member"}],
)  # fmt: skip
def test_a_fact_that_cannot_be_kept_as_rows_is_kept_whole_and_blocks_nothing(hub, station, spoilt):
    body = {"type": "checkin", "item": "B-1"} | spoilt
    body["at"] = msgspec.to_builtins(station.at()) | spoilt.get("at", {})
    if body["type"] in ("lost", "settled"):
        del body["item"]
    raw = msgspec.json.encode(
        Envelope(
            station=station.id, epoch=1, seq=1, prev=envelopes.GENESIS, key=KEY.id,
            sealed=sealing.seal(json.dumps(body).encode(), KEY),
        )
    )  # fmt: skip
    station.raws, station.head = [raw], envelopes.digest(raw)
    station.lends("B-2", "K-ANNA")

    (ack,) = hub.takes_facts(station)

    assert (ack.up_to_seq, ack.head) == (2, station.head)
    assert facts(hub)[0].envelope == raw
    with hub.engine.connect() as db:
        assert [(each.kind, each.seq) for each in exceptions.open_exceptions(db)] == [
            ("unreadable", 1)
        ]
    assert hub.own.item(ItemId("B-2")).loan.patron == "anna"


def test_a_number_that_no_database_holds_is_quarantined(hub, station):
    raw = envelopes.enclose(
        Checkin(at=station.at(), item=ItemId("B-1")),
        station=station.id, epoch=1, seq=1 << 70, prev=envelopes.GENESIS, key=KEY,
    )  # fmt: skip
    frame = station.framed(topics.FACTS, FactBatch(epoch=1, first=1 << 70, envelopes=[raw]))

    assert hub.takes(station.topic(topics.FACTS), frame) == []
    assert len(quarantined(hub)) == 1


def all_of(*stations) -> list[Message]:
    return [
        Message(each.topic(topics.FACTS), each.framed(topics.FACTS, each.batch()))
        for each in stations
    ]


def taken_together(hub, came) -> tuple[list[Outgoing], int]:
    """Return what the hub says to all that *came*, and in how many commits it has written."""
    begun, begin = [], hub.engine.begin
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub.engine, "begin", lambda: (begun.append(1), begin())[1])
        return list(hub.inbox.take_all(came, NOW_MS)), len(begun)


def test_what_comes_at_once_is_kept_in_one_commit_and_each_is_told_so(hub, station):
    other = hub.enrol("vindeln-2", "VIN", 2)
    hub.born(other)
    station.takes_back("B-1")
    other.takes_back("B-2")
    born = State(alive=True, connection=1, epoch=1, owed=1)
    birth = Message(station.topic(topics.STATE), station.framed(topics.STATE, born))

    said, commits = taken_together(hub, [birth, *all_of(station, other)])

    acks = [hub.word(out) for out in said if out.topic.endswith(topics.ACKS)]
    assert acks == [ack(station, 0), ack(station, 1), ack(other, 1)]
    assert commits == 1
    assert len(facts(hub)) == 2


def test_no_more_is_kept_in_one_commit_than_the_poster_can_wait_for(hub, station):
    others = [hub.enrol(f"vindeln-{number}", "VIN", number) for number in (2, 3)]
    for each in (station, *others):
        for _ in range(120):
            each.takes_back("B-1")

    said, commits = taken_together(hub, all_of(station, *others))

    assert [hub.word(out).up_to_seq for out in said] == [120, 120, 120]
    assert commits == 2


def test_one_message_that_cannot_be_kept_takes_no_other_with_it(hub, station, monkeypatch):
    stations = [hub.enrol(f"vindeln-{number}", "VIN", number) for number in (2, 3)]
    for each in (station, *stations):
        each.takes_back("B-1")
    advance = exceptions.advance

    def fails(db, of, *how):
        told = advance(db, of, *how)
        if of == "vindeln-2":
            raise RecursionError
        return told

    monkeypatch.setattr(exceptions, "advance", fails)
    said = list(hub.inbox.take_all(all_of(station, *stations), NOW_MS))

    assert [hub.word(out) for out in said] == [ack(station, 1), ack(stations[1], 1)]
    assert {row.station for row in facts(hub)} == {"vindeln-1", "vindeln-3"}


def test_a_spoilt_message_between_others_is_set_aside_and_they_are_kept(hub, station):
    station.takes_back("B-1")
    station.takes_back("B-2")
    (whole,) = all_of(station)
    spoilt = Message(whole.topic, torn(whole.payload))

    said = list(hub.inbox.take_all([spoilt, whole, spoilt], NOW_MS))

    assert [hub.word(out) for out in said] == [ack(station, 2)]
    assert [row.count for row in quarantined(hub)] == [2]


@contextmanager
def on_a_full_disk(hub):
    with hub.engine.connect() as db:
        pages = db.exec_driver_sql("PRAGMA page_count").scalar()
        db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    yield
    with hub.engine.connect() as db:
        db.exec_driver_sql("PRAGMA max_page_count = 1000000")


@pytest.mark.skipif(databases.on_server(), reason="a server's disk is its own")
def test_nothing_is_said_of_what_the_disk_did_not_take(hub, station):
    other = hub.enrol("vindeln-2", "VIN", 2)
    for each in (station, other):
        for _ in range(50):
            each.takes_back("B-1")
    came = all_of(station, other)
    with on_a_full_disk(hub):
        refused = list(hub.inbox.take_all(came, NOW_MS))

    assert refused == []
    assert facts(hub) == []
    assert len(list(hub.inbox.take_all(came, NOW_MS))) == 2


def test_a_station_whose_settings_are_not_there_keeps_no_other_waiting(hub, station):
    station.takes_back("B-1")
    lost = hub.enrol("vindeln-2", "VIN", 2)
    with hub.engine.begin() as db:
        itself = tables.station.c.id == "vindeln-2"
        db.execute(update(tables.station).where(itself).values(municipality="Nowhere"))
    state = State(alive=True, connection=1, epoch=1)
    birth = Message(lost.topic(topics.STATE), lost.framed(topics.STATE, state))

    said = list(hub.inbox.take_all([birth, *all_of(station), birth], NOW_MS))

    assert [hub.word(out) for out in said] == [ack(station, 1)]


def test_a_question_between_facts_is_answered_after_those_before_it(hub, station):
    seq = station.asks("B-1", "K-ANNA")
    before = station.framed(topics.FACTS, station.batch())
    station.settles(seq, Outcome.DROPPED)
    after = station.framed(topics.FACTS, station.batch(2))
    want = station.framed(topics.SHELF_WANT, ShelfWant(have=""))
    topic = station.topic(topics.FACTS)
    came = [
        Message(topic, before),
        Message(station.topic(topics.SHELF_WANT), want),
        Message(topic, after),
    ]

    said = list(hub.inbox.take_all(came, NOW_MS))

    lanes = [topics.parse(out.topic).lane for out in said]
    assert lanes[0] == lanes[-1] == topics.ACKS
    assert set(lanes[1:-1]) == {topics.SHELF_PART}
