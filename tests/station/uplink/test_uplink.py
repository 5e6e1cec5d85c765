"""The uplink over real brokers: facts go up until acknowledged, the hub's word comes down."""

import queue
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from circulation import envelopes, messages, signing, topics
from circulation.facts import Checkin
from circulation.identifiers import ItemId, StationId
from circulation.messages import Ack, FactBatch, OfflineRules, Resend, Settings, State
from station.shelf import ShelfStore
from station.simulated_line import SimulatedLine
from station.uplink.connection import Address, Connection, Incoming, Opened
from station.uplink.port import Identity, LineIs, SettingsCame
from station.uplink.uplink import Uplink
from tests.brokers import KINDS, running_broker
from tests.station.rig import AT, open_journal

STATION = StationId("vindeln-1")
STATION_KEY = ec.generate_private_key(ec.SECP256R1())
HUB_KEY = ec.generate_private_key(ec.SECP256R1())
SETTINGS = Settings(
    shelf_version="",
    pin_to_borrow=False,
    offline=OfflineRules(until_ms=1, loans_per_card_day_max=5, pin="waive"),
)


class Well:
    """A station with an empty shelf, and no faults."""

    settings_version = -1

    def __init__(self, folder) -> None:
        self.shelf = ShelfStore(folder / "shelf.sqlite")

    def state(self, connection: int) -> State:
        return State(alive=True, connection=connection)


class Hub:
    """The other end: reads what comes and says what the test has it say."""

    def __init__(self, port: int) -> None:
        address = Address("127.0.0.1", port, "hub")
        self.line = Connection(address, "fingertopp/hub/will", b"{}")
        self.line.open()
        assert self.line.incoming.get(timeout=10) == Opened()
        self.line.subscribe(f"{topics.ROOT}/+/+/#", 1)
        self.signer = signing.KeySigner("hub", HUB_KEY)

    def hears(self, lane: str) -> bytes:
        """Return the next verified body on *lane*."""
        while True:
            message = self.line.incoming.get(timeout=10)
            if not isinstance(message, Incoming) or not message.topic.endswith("/" + lane):
                continue
            frame = signing.unwrap(message.payload)
            return signing.verify(message.topic, frame, STATION_KEY.public_key())

    def says(self, lane: str, message: object, signer: signing.Signer | None = None) -> None:
        topic = topics.topic("vindeln", STATION, lane)
        frame = signing.wrap(topic, messages.encode(message), signer or self.signer)
        self.line.publish(topic, frame, qos=1)

    def close(self) -> None:
        self.line.close()


@pytest.fixture(params=KINDS)
def broker(request, tmp_path):
    with running_broker(request.param, tmp_path) as running:
        yield running


@pytest.fixture
def rig(broker, tmp_path):
    """A hub, a journal, and an uplink between them."""
    hub, journal = Hub(broker.port), open_journal(tmp_path)
    told: queue.Queue[object] = queue.Queue()
    line = SimulatedLine("127.0.0.1", broker.port)
    line.start()
    well = Well(tmp_path)
    uplink = Uplink(
        Identity(
            STATION,
            "vindeln",
            signing.KeySigner(STATION, STATION_KEY),
            "hub",
            HUB_KEY.public_key(),
        ),
        Address("127.0.0.1", line.port, STATION),
        journal,
        reporter=well,
        tell=told.put,
        mono_ms=lambda: time.monotonic_ns() // 1_000_000,
    )
    uplink.line = line
    uplink.start()
    yield hub, journal, uplink, told
    if uplink.is_alive():
        uplink.stop()
    line.stop()
    hub.close()
    journal.close()
    well.shelf.close()


def acknowledge(hub: Hub, journal, seq: int) -> None:
    head = envelopes.digest(journal.envelope(seq))
    hub.says(topics.ACKS, Ack(hub="h", epoch=1, up_to_seq=seq, head=head, safe_to_seq=seq))


def eventually(condition, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)


def batch(hub: Hub) -> FactBatch:
    return messages.decode(hub.hears(topics.FACTS), FactBatch)


def test_facts_go_up_until_the_hub_has_them(rig):
    hub, journal, uplink, _ = rig
    hub.hears(topics.STATE)
    for _ in range(3):
        journal.record(Checkin(at=AT, item=ItemId("30000001")))
        uplink.talk.nudge()
    seen: dict[int, bytes] = {}
    while len(seen) < 3:
        came = batch(hub)
        seen.update(enumerate(came.envelopes, start=came.first))

    assert seen == dict(journal.owed_after(0, 10))
    acknowledge(hub, journal, 3)
    eventually(lambda: journal.owed == 0)


def test_a_gap_is_sent_again_from_where_it_is(rig):
    hub, journal, uplink, _ = rig
    for _ in range(3):
        journal.record(Checkin(at=AT, item=ItemId("30000001")))
    uplink.talk.nudge()
    assert batch(hub).first == 1

    hub.says(topics.ACKS, Resend(hub="h", epoch=1, resend_from=2))

    eventually(lambda: batch(hub).first == 2)


def test_what_is_said_of_another_journal_acknowledges_nothing_of_this_one(rig):
    hub, journal, _, told = rig
    hub.hears(topics.STATE)
    seq = journal.record(Checkin(at=AT, item=ItemId("B-1")))
    head = envelopes.digest(journal.envelope(seq))
    hub.says(topics.ACKS, Ack(hub="h", epoch=2, up_to_seq=seq, head=head, safe_to_seq=seq))
    hub.says(topics.SETTINGS, SETTINGS)

    while not isinstance(told.get(timeout=10), SettingsCame):
        pass

    assert (journal.acked_seq, journal.owed) == (0, 1)


def test_the_line_is_up_when_the_hub_itself_was_heard_and_not_before(rig):
    hub, _, _, told = rig
    hub.hears(topics.STATE)
    assert told.empty()

    hub.says(topics.SETTINGS, SETTINGS)

    assert {type(told.get(timeout=10)), type(told.get(timeout=10))} == {LineIs, SettingsCame}


def test_what_the_hub_did_not_sign_is_not_heard(rig):
    hub, _, uplink, told = rig
    hub.hears(topics.STATE)
    forger = signing.KeySigner("hub", STATION_KEY)
    hub.says(topics.SETTINGS, SETTINGS, forger)
    hub.says(topics.ACKS, Ack(hub="h", epoch=1, up_to_seq=0, head="", safe_to_seq=0), forger)

    eventually(lambda: uplink.talk.quarantined == 2)
    assert told.empty()


def test_what_is_said_in_anothers_name_is_not_heard(rig):
    hub, _, uplink, told = rig
    hub.hears(topics.STATE)
    hub.says(topics.SETTINGS, SETTINGS, signing.KeySigner("vindeln-2", HUB_KEY))

    eventually(lambda: uplink.talk.quarantined == 1)
    assert told.empty()


def test_a_hub_that_does_not_answer_is_a_line_that_is_down_until_it_is_heard(rig):
    hub, _, uplink, told = rig
    hub.hears(topics.STATE)
    hub.says(topics.SETTINGS, SETTINGS)
    eventually(lambda: told.qsize() >= 2)
    while not told.empty():
        told.get()

    uplink.talk.suspect()
    assert told.get(timeout=5) == LineIs(up=False)
    hub.hears(topics.STATE)
    hub.says(topics.SETTINGS, SETTINGS)

    eventually(lambda: LineIs(up=True) in list(told.queue))


def test_a_broker_killed_and_wiped_loses_nothing(broker, rig):
    hub, journal, uplink, _ = rig
    hub.hears(topics.STATE)
    broker.kill()
    journal.record(Checkin(at=AT, item=ItemId("30000001")))
    uplink.talk.nudge()
    broker.start()
    hub.close()
    again = Hub(broker.port)

    assert batch(again).envelopes == [journal.envelope(1)]
    acknowledge(again, journal, 1)
    eventually(lambda: journal.owed == 0)
    again.close()


def test_a_vanished_station_leaves_its_last_will(rig):
    hub, _, uplink, _ = rig
    first = messages.decode(hub.hears(topics.STATE), State)
    uplink.line.plug(up=False)

    word = messages.decode(hub.hears(topics.STATE), State)
    while word.alive:
        word = messages.decode(hub.hears(topics.STATE), State)
    assert word.connection == first.connection


def test_a_station_that_stops_on_purpose_says_so(rig):
    hub, _, uplink, _ = rig
    hub.hears(topics.STATE)
    uplink.stop()

    word = messages.decode(hub.hears(topics.STATE), State)
    while word.alive:
        word = messages.decode(hub.hears(topics.STATE), State)


def test_how_much_is_owed_is_told_again_when_it_has_changed(rig):
    hub, journal, uplink, _ = rig
    hub.hears(topics.STATE)
    hub.says(topics.SETTINGS, SETTINGS)
    journal.record(Checkin(at=AT, item=ItemId("30000001")))
    uplink.talk.nudge()

    assert messages.decode(hub.hears(topics.STATE), State).alive


def test_a_broker_that_lets_us_in_and_serves_nobody_is_left_and_tried_anew(rig, monkeypatch):
    monkeypatch.setattr("station.uplink.patience.QUIET_MS_MIN", 300)
    hub, _, _, _ = rig
    first = messages.decode(hub.hears(topics.STATE), State).connection

    word = messages.decode(hub.hears(topics.STATE), State)
    while word.connection == first:
        word = messages.decode(hub.hears(topics.STATE), State)
    assert word.connection > first
