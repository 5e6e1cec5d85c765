"""A station that is away while the hub's sealing key is replaced twice loses nothing."""

import pytest
from sqlalchemy import select

from circulation import envelopes, messages, signing, topics
from circulation.facts import Asked, Checkin, Wish
from circulation.identifiers import CardNumber, ItemId
from circulation.messages import SettingsInForce
from hub import fleet
from hub.keys import KeptKey, SealingRing, encode_kept, load_kept
from hub.rotation import rotate, standings
from hub.tables import fact, quarantine
from hub.tables import station as station_table
from station.clock import Clock
from station.config import GateSetting
from station.decider import Decider
from station.journal import Journal
from station.keeping import Badge, Keeper
from station.notebook import Notebook
from station.parts import Parts
from station.questions import Questions
from station.readers.gates import PadGates
from station.settings_file import SettingsFile, Trusted
from station.shelf import ShelfStore
from station.uplink.conversation import Conversation
from station.uplink.port import Identity
from tests.hub.rig import AUTHORITY, HUB_KEY, KEY, NOW_MS, PRIVATE, TalkingHub
from tests.station.rig import AT
from tests.station.test_decider import Ear

HOUR_MS = 3_600_000


class StationAway:
    """The decider, journal, settings and conversation of one station; no thread, no broker."""

    def __init__(self, folder, hub: TalkingHub, voice) -> None:
        self.hub, self._voice = hub, voice
        self._said: list[tuple[str, bytes]] = []
        self.heard: list[tuple[str, bytes]] = []
        self.mono_ms = 0
        self.up = False
        self._folder = folder
        self.boot()

    def boot(self, epoch: int = 1) -> None:
        """Start as the program does, on what is in the folder."""
        folder, voice = self._folder, self._voice
        self.journal = Journal(folder / "journal.sqlite", station=voice.id, epoch=epoch, key=KEY)
        badge = Badge(voice.id, 1, "VIN", "loan", "simulated-loan", "0", "", b"k" * 32)
        self._shelf = ShelfStore(folder / "shelf.sqlite")
        self._notebook = Notebook(folder / "notebook.json")
        clock, ear = Clock("Europe/Stockholm"), Ear()
        trusted = Trusted(
            voice.topic(topics.SETTINGS),
            "hub",
            HUB_KEY.public_key(),
            lambda: [AUTHORITY.certificate.public_key()],
        )
        self.settings = SettingsFile(folder, trusted)
        self.decider = Decider(
            badge,
            Parts(
                keeper=Keeper(badge, self.journal, self._shelf, clock),
                shelf=self._shelf,
                notebook=self._notebook,
                clock=clock,
                mouth=ear,
                lamp=ear,
                questions=Questions(KEY),
                gates=PadGates(GateSetting(), lambda _: None),
                settings=self.settings,
                chore=lambda _order: None,
            ),
        )
        self.decider.begin()
        self.talk = Conversation(
            Identity(voice.id, voice.partition, voice.signer, "hub", HUB_KEY.public_key()),
            self.journal,
            reporter=self.decider,
            tell=self.decider.decide,
            mono_ms=lambda: self.mono_ms,
        )
        self.decider.uplink = self.talk

    def subscribe(self, topic, qos):
        """Hear whatever the hub says."""

    def nudge(self):
        """Wait for nothing."""

    def publish(self, topic, payload, *, qos, retain=False):
        self._said.append((topic, payload))

    def returns(self, times: int = 1) -> None:
        for _ in range(times):
            self.journal.record(Checkin(at=AT, item=ItemId("B-1")))

    def asks_and_is_cut_off(self) -> None:
        """Journal a question whose end never comes."""
        asked = Asked(at=AT, wish=Wish.LOAN, item=ItemId("B-2"), card=CardNumber("K-ANNA"))
        self.journal.record(asked)

    def hears(self, topic: str, payload: bytes) -> None:
        self.heard.append((topic, payload))
        self.talk.take(topic, payload)

    def talks(self) -> None:
        """Have the line up until neither side has more to say."""
        self.talk.will()
        self.talk.begin(self)
        for _ in range(20):
            self.mono_ms += 10_000
            self.talk.send_due()
            said, self._said = self._said, []
            for topic, payload in said:
                for out in self.hub.takes(topic, payload):
                    self.hears(out.topic, out.payload)
        self.talk.end()

    def keys(self) -> list[str]:
        owed = self.journal.owed_after(0, 100)
        return [envelopes.address(raw).key for _, raw in owed]

    def close(self) -> None:
        self.journal.close()
        self._shelf.close()
        self._notebook.close()

    def restart(self, epoch: int = 1) -> None:
        self.close()
        self.boot(epoch)


@pytest.fixture
def hub(tmp_path):
    (tmp_path / "hub").mkdir()
    path = tmp_path / "hub" / "sealing.json"
    path.write_bytes(encode_kept([KeptKey(id=KEY.id, private=PRIVATE)]))
    hub = TalkingHub(tmp_path / "hub")
    hub.ring, hub.ring_path = SealingRing(path), path
    hub.put_together()
    yield hub
    hub.engine.dispose()


@pytest.fixture
def station(hub, tmp_path):
    (tmp_path / "station").mkdir()
    away = StationAway(tmp_path / "station", hub, hub.enrol("vindeln-1", "VIN", 1))
    yield away
    away.close()


def rotated(hub) -> str:
    hub.now_ms += HOUR_MS
    return rotate(hub.ring_path, AUTHORITY.key, hub.now_ms).id


def kinds(hub) -> list[str]:
    with hub.engine.connect() as db:
        return list(db.scalars(select(fact.c.kind).order_by(fact.c.epoch, fact.c.seq)))


def waited_for(hub) -> dict[str, list[str]]:
    with hub.engine.connect() as db:
        return {
            each.id: each.stations
            for each in standings(load_kept(hub.ring_path), fleet.stations(db))
        }


def test_a_station_away_during_two_rotations_has_every_fact_opened(hub, station):
    station.talks()
    station.returns(3)
    second = rotated(hub)
    station.talk.take(*_settings(hub, station))  # it heard of the second, and then was cut off
    station.returns(2)
    third = rotated(hub)
    station.restart()
    station.returns(2)
    assert station.keys() == [KEY.id] * 3 + [second] * 4
    station.talks()
    station.returns()

    assert station.keys()[-1] == third
    station.talks()
    assert (kinds(hub), station.journal.owed) == (["checkin"] * 8, 0)
    assert waited_for(hub) == {KEY.id: ["vindeln-1"], second: [], third: ["vindeln-1"]}


def _settings(hub, station) -> tuple[str, bytes]:
    with hub.engine.connect() as db:
        enrolled = fleet.enrolled(db, station._voice.id)
    out = hub.inbox.settings(enrolled, hub.now_ms)
    return out.topic, out.payload


def test_the_middle_key_is_kept_while_facts_under_it_are_owed(hub, station):
    second = rotated(hub)
    station.talks()
    station.returns()
    third = rotated(hub)
    station.talk.take(*_settings(hub, station))
    station.hub.takes(*_birth(station))

    assert waited_for(hub)[second] == ["vindeln-1"]
    station.talks()
    station.hub.takes(*_birth(station))
    assert (waited_for(hub)[second], waited_for(hub)[third]) == ([], ["vindeln-1"])


def _birth(station) -> tuple[str, bytes]:
    topic = station._voice.topic(topics.STATE)
    birth = messages.encode(station.decider.state(station.mono_ms + 10))
    return topic, signing.wrap(topic, birth, station._voice.signer)


def test_settings_that_a_broker_says_again_change_nothing(hub, station):
    station.talks()
    old, *_ = [each for each in station.heard if each[0].endswith("/settings")]
    rotated(hub)
    station.talks()
    now = station.settings.in_force

    station.hears(*old)

    assert station.settings.in_force == now
    assert station.keys() == []
    station.returns()
    assert station.keys() == [now.sealing.id]


def test_a_hub_restored_with_a_clock_behind_goes_on_above_what_the_station_has(hub, station):
    rotated(hub)
    station.talks()
    high = station.settings.version
    with hub.engine.begin() as db:
        db.execute(station_table.update().values(settings_version=0, settings_digest=""))
    hub.now_ms = NOW_MS - 24 * HOUR_MS

    station.talks()

    assert station.settings.version > high
    assert station.settings.in_force.offline.until_ms < high + 3 * 24 * HOUR_MS
    assert hub.engine.connect().execute(select(quarantine)).all() == []


def test_a_hub_restored_without_the_newest_key_has_facts_sealed_to_one_it_has(hub, station):
    rotated(hub)
    station.talks()
    hub.ring_path.write_bytes(encode_kept(load_kept(hub.ring_path)[:1]))
    station.returns()
    hub.now_ms += HOUR_MS
    third = rotated(hub)

    station.talks()
    station.returns()
    station.talks()

    assert station.keys()[-1] == third
    assert kinds(hub) == ["unreadable", "checkin"]


def test_settings_in_force_that_cannot_be_are_no_end_of_a_conversation(hub, station):
    told = SettingsInForce(settings=None, problem="none yet")
    topic = station._voice.topic(topics.SETTINGS_IN_FORCE)

    frame = signing.wrap(topic, messages.encode(told), station._voice.signer)

    assert hub.takes(topic, frame) == []
