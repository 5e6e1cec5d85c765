"""A hub that is busy is not made busier by those who wait for it."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from circulation import envelopes, messages, signing, topics
from circulation.facts import Checkin
from circulation.identifiers import ItemId, StationId
from circulation.messages import Ack, OfflineRules, Settings, State
from station.shelf import ShelfStore
from station.uplink.conversation import Conversation
from station.uplink.patience import (
    AGAIN_MS,
    PROBE_MS_MAX,
    PROBE_MS_MIN,
    QUIET_MS_MAX,
    QUIET_MS_MIN,
    Patience,
)
from station.uplink.port import Identity
from tests.station.rig import AT, open_journal

HUB_KEY = ec.generate_private_key(ec.SECP256R1())
SETTINGS = Settings(
    shelf_version="",
    pin_to_borrow=False,
    offline=OfflineRules(until_ms=1, loans_per_card_day_max=5, pin="waive"),
)


class Silence:
    """A line on which nobody answers; it counts what is said."""

    def __init__(self):
        self.said = []

    def subscribe(self, topic, qos):
        """Hear nothing."""

    def nudge(self):
        """Wait for nothing."""

    def publish(self, topic, payload, *, qos, retain=False):
        self.said.append(topics.parse(topic).lane)


class Waiting:
    """A station that owes one fact, and its time, which only the test lets pass."""

    settings_version = -1

    def __init__(self, folder):
        self.now_ms = 0
        self.journal = open_journal(folder)
        self.journal.record(Checkin(at=AT, item=ItemId("30000001")))
        self.shelf = ShelfStore(folder / "shelf.sqlite")
        self.id = StationId("vindeln-1")
        signer = signing.KeySigner(self.id, ec.generate_private_key(ec.SECP256R1()))
        identity = Identity(self.id, "vindeln", signer, "hub", HUB_KEY.public_key())
        self.talk = Conversation(
            identity,
            self.journal,
            reporter=self,
            tell=lambda _news: None,
            mono_ms=lambda: self.now_ms,
        )

    def state(self, connection):
        return State(alive=True, connection=connection)

    def waits(self, line):
        """Live through a connection on *line*; return after how many seconds it is given up."""
        begun = self.now_ms
        self.talk.will()
        self.talk.begin(line)
        while not self.talk.fruitless():
            self.talk.send_due()
            self.now_ms += 500
        self.talk.end()
        return (self.now_ms - begun) / 1000

    def close(self):
        self.journal.close()
        self.shelf.close()


@pytest.fixture
def station(tmp_path):
    waiting = Waiting(tmp_path)
    yield waiting
    waiting.close()


def test_each_connection_in_vain_gives_the_next_one_longer_up_to_a_bound(station):
    borne = [station.waits(Silence()) for _ in range(8)]

    assert borne == sorted(borne)
    assert borne[0] < 10
    assert borne[1] > 1.8 * borne[0]
    assert 90 <= borne[-1] == borne[-2] <= 151


def test_ten_minutes_of_silence_are_borne_with_few_words(station):
    line = Silence()
    connections = 0
    while station.now_ms < 600_000:
        station.waits(line)
        connections += 1

    # A probe each two seconds, and a new connection each six, were four hundred words.
    assert connections <= 9
    assert line.said.count(topics.STATE) <= 50
    assert line.said.count(topics.FACTS) <= 50


def test_who_has_heard_the_hub_is_as_impatient_as_at_first(station):
    first, *_ = [station.waits(Silence()) for _ in range(4)]
    topic = topics.topic("vindeln", station.id, topics.SETTINGS)
    word = signing.wrap(topic, messages.encode(SETTINGS), signing.KeySigner("hub", HUB_KEY))
    station.talk.begin(Silence())
    station.talk.take(topic, word)
    assert station.talk.heard
    station.talk.end()

    assert station.waits(Silence()) == first


def acked(station, hub, up_to):
    raw = station.journal.envelope(1)
    head = envelopes.digest(raw) if up_to else envelopes.GENESIS
    ack = Ack(hub=hub, epoch=1, up_to_seq=up_to, head=head, safe_to_seq=0)
    topic = topics.topic("vindeln", station.id, topics.ACKS)
    return topic, signing.wrap(topic, messages.encode(ack), signing.KeySigner("hub", HUB_KEY))


def test_a_hub_in_anothers_place_hears_of_a_quiet_station_and_is_sent_what_it_lacks(station):
    line = Silence()
    station.talk.begin(line)
    station.talk.take(*acked(station, "hub-1", 1))
    station.talk.send_due()
    line.said.clear()
    while topics.STATE not in line.said:
        station.now_ms += 1_000
        station.talk.send_due()
        assert station.now_ms <= AGAIN_MS * 5 // 4 + 1_000

    assert station.now_ms >= AGAIN_MS * 3 // 4
    station.talk.take(*acked(station, "hub-2", 0))
    station.talk.send_due()
    assert line.said[-1] == topics.FACTS


def test_a_visitor_who_waits_has_the_hub_asked_often_again(station):
    station.waits(Silence())
    line = Silence()
    station.talk.begin(line)
    station.talk.suspect()
    line.said.clear()
    for _ in range(6):
        station.now_ms += 500
        station.talk.send_due()

    assert topics.STATE in line.said


def test_no_two_stations_try_anew_at_the_same_moment():
    paces = {Patience(f"vindeln-{number}").quiet_ms for number in range(1000)}

    assert len(paces) > 500
    assert min(paces) >= QUIET_MS_MIN * 3 // 4
    assert max(paces) <= QUIET_MS_MIN * 5 // 4


def test_patience_has_an_end():
    patience = Patience("vindeln-1")
    for _ in range(100_000):
        patience.asked_in_vain()
        patience.connected_in_vain()

    assert QUIET_MS_MAX * 3 // 4 <= patience.quiet_ms <= QUIET_MS_MAX * 5 // 4
    assert PROBE_MS_MAX * 3 // 4 <= patience.probe_ms <= PROBE_MS_MAX * 5 // 4
    patience.hub_was_heard()
    assert patience.probe_ms <= PROBE_MS_MIN * 5 // 4
