"""What the decider says where, and what it never writes down."""

import time
from datetime import date

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import structs
from structlog.testing import LogCapture

from circulation import envelopes, messages, sealing, signing
from circulation.identifiers import ItemId
from circulation.messages import (
    AccountAnswer,
    AccountLoan,
    AccountQuestion,
    Ask,
    CardAnswer,
    CardQuestion,
    OfflineRules,
    Order,
    OrderDone,
    Question,
    Settings,
    ShelfSaying,
    WriteAnswer,
)
from circulation.shelf_rows import Kind
from circulation.signing import KeySigner
from circulation.tags.content import TagContent, Usage
from circulation.utterances import text_of
from circulation.verdicts import Accepted, Reason
from station import settings_file
from station.clock import Clock
from station.config import load
from station.decider import Decider
from station.effects import VisitEnded
from station.events import (
    ButtonPressed,
    GateOutcome,
    GateSwitched,
    HeadphonesChanged,
    KeyPressed,
    Place,
    TagTaken,
    Tick,
)
from station.identity import load_secret
from station.keeping import Keeper
from station.notebook import Notebook
from station.parts import OrderEnded, Parts, TagCame, TagTorn
from station.questions import Questions
from station.service import PLUGGED_BEFORE_MS
from station.settings_file import SettingsFile
from station.shelf import ShelfStore
from station.uplink.conversation import Conversation
from station.uplink.port import (
    Answered,
    Identity,
    LineIs,
    NothingOwed,
    OrderCame,
    SettingsCame,
)
from tests.station.machine import BOOKS, CARD, ask, stock, trusted, write_station
from tests.station.rig import KEY, RING, open_journal
from tests.station.shelves import put_on, row
from tests.station.test_clock import FAR_FUTURE_MS, TODAY_MS, Hands
from tests.station.test_keeping import BADGE

PIN, WRONG_PIN = "1234", "9876"
OWN_KEY = ec.generate_private_key(ec.SECP256R1())
HUB_PUBLIC = ec.generate_private_key(ec.SECP256R1()).public_key()
LOAN = AccountLoan(
    item=ItemId("36666666"),
    title="Emil i Lönneberga",
    language="swe",
    kind="book",
    due=date(2026, 12, 21),
    renewable=True,
)


class Ear:
    """Keeps what is said, what the lamp shows, what alarms are to be switched and what is to do."""

    def __init__(self):
        self.heard = []
        self.wpms = []
        self.switched = []
        self.chores = []
        self.patterns = []

    def switch(self, uid, *, armed, counter):
        self.switched.append((uid, armed))

    def say(self, utterance, *, wpm, tell=None, **_):
        self.heard.append(text_of(utterance))
        self.wpms.append(wpm)
        self.tell = tell
        return 0

    def hush(self):
        """Stop."""

    def earcon(self, name):
        """Play nothing."""

    def volume(self, steps):
        """Change nothing."""

    def faults(self):
        return {}

    def show(self, pattern):
        self.patterns.append(pattern)


class FarEnd:
    """A line to a hub that knows one card and its PIN, and lends whatever is asked for."""

    def __init__(self):
        self.answers = []

    def subscribe(self, topic, qos):
        """Hear whatever is said."""

    def nudge(self):
        """Wait for nothing."""

    def publish(self, topic, payload, *, qos, retain=False):
        if topic.endswith("/ask"):
            ask = messages.decode(bytes(signing.unwrap(payload).body), Ask)
            question = messages.decode(RING.open(ask.key, ask.sealed), Question)
            reply = sealing.SealingKey("reply", question.reply_to)
            told = messages.encode(self.answer(question))
            self.answers.append(Answered(ask.id, sealing.seal(told, reply)))

    def answer(self, question):
        match question:
            case CardQuestion():
                return CardAnswer(refused=None, holds_ready=1)
            case AccountQuestion():
                if question.pin != PIN:
                    return AccountAnswer(refused=Reason.PIN_WRONG)
                return AccountAnswer(loans=[LOAN], holds_ready=1, fees_ore=1250)
            case _:
                return WriteAnswer(verdict=Accepted(LOAN.due))


@pytest.fixture
def logged():
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.configure(**before)


@pytest.fixture
def station(tmp_path, logged):
    """A decider without its thread, whose shelf knows the card and the books; its line is down."""
    path = write_station(tmp_path)
    stock(path)
    config = load(path)
    journal = open_journal(tmp_path)
    shelf = ShelfStore(config.data / "shelf.sqlite")
    notebook = Notebook(config.data / "notebook.json")
    clock = Clock("Europe/Stockholm")
    badge = structs.replace(BADGE, card_key=_card_key(path))
    ear = Ear()
    parts = Parts(
        keeper=Keeper(badge, journal, shelf, clock),
        shelf=shelf,
        notebook=notebook,
        clock=clock,
        mouth=ear,
        lamp=ear,
        questions=Questions(KEY),
        gates=ear,
        settings=SettingsFile(config.data, trusted(path)),
        chore=ear.chores.append,
    )
    decider = Decider(badge, parts)
    decider.begin()
    decider.ear = ear
    yield decider
    journal.close()
    shelf.close()
    notebook.close()


@pytest.fixture
def online(station):
    """The same with its line up, and the hub at the other end."""
    hub = FarEnd()
    station.uplink = Conversation(
        Identity(BADGE.station, "vindeln", KeySigner(BADGE.station, OWN_KEY), "hub", HUB_PUBLIC),
        NothingOwed(1),
        reporter=station,
        tell=lambda news: None,
        mono_ms=lambda: 1,
    )
    station.uplink.begin(hub)
    station.decide(LineIs(up=True))
    return station, hub


def happen(decider, hub, *notes):
    """Decide on *notes*, and after each on what the hub answers."""
    for note in notes:
        decider.decide(note)
        while hub.answers:
            decider.decide(hub.answers.pop(0))


def keys(digits):
    return [KeyPressed(key=digit) for digit in digits]


def _card_key(path):
    return load_secret(path.parent / "card.key", 32)


def card(number=CARD):
    return TagCame(
        Place.CARD,
        TagContent(
            uid="c1", format="28560-3", number=number, usage=Usage.PATRON_CARD, crc_held=True
        ),
        0.0,
    )


def book(number=BOOKS[0], place=Place.PAD):
    return TagCame(
        place,
        TagContent(
            uid=f"b{number}",
            format="28560-3",
            number=number,
            usage=Usage.CIRCULATING,
            crc_held=True,
        ),
        0.0,
    )


def visit(decider):
    for note in (
        card(),
        book(),
        book(BOOKS[1]),
        TagTorn(Place.PAD, "torn-uid"),
        *(KeyPressed(key=digit) for digit in "1234"),
        KeyPressed(key="repeat"),
        TagTaken(place=Place.PAD, uid=f"b{BOOKS[0]}"),
        TagTaken(place=Place.CARD, uid="c1"),
        book("39999999"),
        Tick(),
        card("29999999"),
    ):
        decider.decide(note)


def test_titles_are_heard_in_headphones_only(station):
    station.decide(HeadphonesChanged(plugged=True))
    visit(station)
    private = " ".join(station.ear.heard)
    station.ear.heard.clear()

    station.decide(HeadphonesChanged(plugged=False))
    visit(station)
    loud = " ".join(station.ear.heard)

    assert f"Bok {BOOKS[0]}" in private
    assert loud
    assert "Bok 3" not in loud


PRIVATE = (
    *(CARD, "29999999", *BOOKS, "39999999", "Bok", PIN, WRONG_PIN, "1250", "c1", "torn-uid"),
    *(LOAN.item, "Emil", LOAN.due.isoformat()),
)


def test_nothing_of_a_visit_is_written_down(station, logged):
    visit(station)

    only_counts_are_told(logged)


def test_nothing_of_an_account_is_written_down(online, logged):
    decider, hub = online
    happen(decider, hub, card(), book(), book(BOOKS[1]), ButtonPressed(button="done"))
    assert "receipt" in decider.screen().state
    happen(decider, hub, TagTaken(place=Place.CARD, uid="c1"), ButtonPressed(button="done"))
    happen(decider, hub, card(), ButtonPressed(button="account"), *keys(WRONG_PIN), *keys(PIN))
    assert decider.screen().state == "account"
    happen(decider, hub, ButtonPressed(button="show_loans"))
    assert "Emil" in str(decider.screen())
    happen(decider, hub, ButtonPressed(button="finish"))

    only_counts_are_told(logged)


def only_counts_are_told(logged):
    """Assert that a visit leaves its numbers in the log, and nothing that is anybody's."""
    ended = [each for each in logged if each["event"] == "visit_ended"]
    assert ended
    for each in ended:
        assert set(each) == {"event", "log_level", *VisitEnded.__struct_fields__}
    told = repr(logged)
    for private in PRIVATE:
        assert private not in told, private


def gated(number=BOOKS[0]):
    """Return a book with an alarm coming to the pad."""
    content = TagContent(
        uid="e004010012345678", format="28560-3", number=number, crc_held=True, afi=0x07
    )
    return TagCame(Place.PAD, content, 0.0)


def test_the_alarm_of_a_returned_book_is_armed_once_the_fact_is_on_disk(station):
    station.decide(gated())

    assert station.owed() == 1
    assert station.ear.switched == [("e004010012345678", True)]
    assert [each.armed for each in journal_of(station).gates_owed()] == [True]


def test_what_has_been_switched_is_owed_no_more(station):
    station.decide(gated())
    station.decide(GateSwitched(uid="e004010012345678", armed=True, outcome=GateOutcome.DONE))

    assert journal_of(station).gates_owed() == []


def test_a_book_whose_switching_a_power_cut_stopped_is_not_taken_back_a_second_time(station):
    station.decide(gated())
    again = Decider(station.badge, station._parts)
    again.begin()

    again.decide(gated())
    assert again.owed() == 1
    assert station.ear.switched[-1] == ("e004010012345678", True)

    again.decide(GateSwitched(uid="e004010012345678", armed=True, outcome=GateOutcome.DONE))
    again.decide(gated())
    assert again.owed() == 2


def test_a_loan_whose_alarm_refuses_is_followed_by_its_return_and_the_alarm_armed(online):
    decider, hub = online
    refused = GateSwitched(uid="e004010012345678", armed=False, outcome=GateOutcome.REFUSED)
    happen(decider, hub, card(), gated(), refused, refused)

    kept = [envelopes.address(raw) for _, raw in journal_of(decider).owed_after(0, 100)]
    facts = [type(envelopes.open_fact(each, RING)).__name__ for each in kept]
    assert facts == ["Asked", "Settled", "Unswitched", "Checkin"]
    assert [each.armed for each in journal_of(decider).gates_owed()] == [True]
    assert decider.ear.switched == [("e004010012345678", False), ("e004010012345678", True)]
    assert "larmet i den går inte att stänga av" in decider.ear.heard[-1]


def journal_of(station):
    return station._parts.keeper.journal


def test_settings_that_the_disk_has_spoilt_are_a_fault_until_the_hub_is_heard(station, tmp_path):
    data = load(tmp_path / "station.toml").data
    good = (data / settings_file.NAME).read_bytes()
    (data / settings_file.NAME).write_bytes(good[:100])
    parts = structs.replace(
        station._parts, settings=SettingsFile(data, trusted(tmp_path / "station.toml"))
    )
    again = Decider(station.badge, parts)
    again.begin()
    assert again.state(1).faults == ["C1"]

    settings = messages.decode(bytes(signing.unwrap(good).body), Settings)
    again.decide(SettingsCame(settings, good))

    assert again.state(1).faults == []
    assert SettingsFile(data, trusted(tmp_path / "station.toml")).in_force == settings


def test_leave_that_the_hub_gives_now_puts_a_wrong_floor_right_and_no_leave_given_before(
    station, tmp_path
):
    path = tmp_path / "station.toml"
    data = load(path).data
    (data / settings_file.NAME).unlink()
    hands = Hands()
    clock = Clock("Europe/Stockholm", hands=hands)
    hands.wall = FAR_FUTURE_MS
    assert clock.now().trusted
    hands.wall = TODAY_MS
    settings = SettingsFile(data, trusted(path))
    again = Decider(station.badge, structs.replace(station._parts, clock=clock, settings=settings))
    leave = OfflineRules(until_ms=TODAY_MS + 86_400_000, loans_per_card_day_max=5, pin="waive")
    older, newer = (
        Settings(version=version, shelf_version="", pin_to_borrow=False, offline=rules)
        for version, rules in ((1, leave), (2, structs.replace(leave, until_ms=1)))
    )

    again.decide(SettingsCame(newer, ask(path, newer)))
    again.decide(SettingsCame(older, ask(path, older)))
    assert not clock.now().trusted

    newest = structs.replace(older, version=3)
    again.decide(SettingsCame(newest, ask(path, newest)))
    assert clock.now().trusted


def test_what_a_librarian_says_of_a_word_is_heard_and_what_is_seen_stands(station):
    before = station.shelf.version()
    name = station.shelf.branch().name
    saying = ShelfSaying(id="1", written=name, said="Bibblan", language="")
    pack = [row(Kind.BRANCH, "VIN", station.shelf.branch()), row(Kind.SAYING, "1", saying)]

    put_on(station.shelf, pack)
    station.decide(HeadphonesChanged(plugged=True))

    assert station.shelf.version() != before
    assert "Bibblan" in station.ear.heard[-1]
    assert name not in station.ear.heard[-1]
    assert name in station.screen().heading


# --- what is asked from afar ---------------------------------------------------------------


def asked(station, kind, text=""):
    station.decide(OrderCame(Order(id=f"o-{kind}", kind=kind, until_ms=1 << 50, text=text)))


def test_a_station_that_is_looked_for_blinks_and_says_its_name(station):
    asked(station, "identify")

    assert station.ear.patterns[-1] == "identify"
    assert station.ear.heard[-1] == f"Det här är automaten {BADGE.station}."


def test_a_sentence_is_said_at_once_where_nobody_is_and_never_into_a_visit(station):
    asked(station, "say", "Vi stänger snart.")
    assert station.ear.heard[-1] == "Vi stänger snart."

    station.decide(card())
    assert station.screen().state == "offline"
    station.decide(
        OrderCame(Order(id="second", kind="say", until_ms=1 << 50, text="Nu stänger vi."))
    )
    station.decide(Tick())

    assert "Nu stänger vi." not in station.ear.heard


def test_whoever_waits_for_staff_hears_of_them_in_the_midst_of_a_visit(station):
    station.decide(HeadphonesChanged(plugged=True))
    asked(station, "coming")
    assert "kommer" not in station.ear.heard[-1]

    station._session = structs.replace(station._session, called_ms=0)
    station.decide(OrderCame(Order(id="second", kind="coming", until_ms=1 << 50)))

    assert station.ear.heard[-1] == "Någon i personalen kommer till dig nu."


def test_news_is_said_anew_until_the_mouth_tells_that_it_was_heard(station):
    news = "Någon i personalen kommer till dig nu."
    station.decide(HeadphonesChanged(plugged=True))
    station._session = structs.replace(station._session, called_ms=0)
    asked(station, "coming")

    station.decide(KeyPressed(key="right"))
    assert station.ear.heard[-1] == news
    station.ear.tell()
    station.decide(station.inbox.get(timeout=1))
    station.decide(KeyPressed(key="right"))

    assert station.ear.heard[-1] != news


def test_the_second_repetition_is_slower_by_one_step(station):
    station.decide(HeadphonesChanged(plugged=True))
    station.decide(KeyPressed(key="right"))
    for _ in range(2):
        station.decide(KeyPressed(key="repeat"))

    assert station.ear.wpms[-3:] == [160, 160, 135]
    assert len(set(station.ear.heard[-3:])) == 1


def test_a_new_start_is_asked_for_once_and_a_self_test_is_a_chore(station):
    asked(station, "self_test")
    asked(station, "restart")

    assert [each.kind for each in station.ear.chores] == ["self_test"]
    assert station.restarting()


def test_the_centre_key_soon_after_the_start_has_the_station_say_what_is_wrong(station):
    station.decide(KeyPressed(key="centre"))
    (chore,) = station.ear.chores
    station.decide(OrderEnded(OrderDone(id=chore.id, outcome="done", told="clock\nbroker")))

    assert station.ear.heard[-1].startswith("Klockan går fel.")
    assert "port 8 8 8 3" in station.ear.heard[-1]


def test_the_centre_key_is_the_visitors_once_headphones_were_put_in(station):
    time.sleep(PLUGGED_BEFORE_MS / 1000)
    station.decide(HeadphonesChanged(plugged=True))
    station.decide(KeyPressed(key="centre"))

    assert station.ear.chores == []


def test_the_centre_key_soon_after_the_start_tells_a_visitor_more_of_the_book_they_touched(station):
    station.decide(book(place=Place.FINGER))
    station.decide(KeyPressed(key="centre"))

    assert station.ear.chores == []


def test_the_centre_key_soon_after_the_start_opens_what_a_visitor_chose(station):
    for key in ("right", "centre"):
        station.decide(KeyPressed(key=key))

    assert station.ear.chores == []
