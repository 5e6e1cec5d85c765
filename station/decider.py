"""The decider: one inbox, one thread, the session's steps and their effects in order."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable

import structlog
from msgspec import structs

from circulation.errors import MessageError
from circulation.messages import PhraseList, SettingsInForce, State
from circulation.phrases.numbers import Ui
from circulation.phrases.texts import phrase
from circulation.utterances import Chunk, Utterance
from station import recognition, screens, session, surroundings
from station.beacon import Beacon
from station.effects import (
    Earcon,
    Effect,
    Hush,
    Lamp,
    LookUp,
    RecordCheckin,
    RecordCheckout,
    Say,
    Settle,
    VisitEnded,
    Volume,
)
from station.events import (
    Event,
    FaultChanged,
    GateSwitched,
    HeadphonesChanged,
    KeyPressed,
    LineChanged,
    NewsHeard,
    NoAnswer,
    NotRecorded,
    Place,
    Recorded,
    StaffComing,
    StrangeTag,
    Tick,
    TitleFound,
    World,
)
from station.gatekeeping import Gatekeeper
from station.health import Health
from station.keeping import Asking, Badge
from station.orders import Hands, Orders
from station.parts import Fault, Inbox, Note, OrderEnded, Parts, TagCame, TagTorn
from station.phrases.store import Kept
from station.service import Service
from station.shelf import ShelfStore
from station.timekeeping import Timekeeper
from station.uplink.conversation import Conversation
from station.uplink.port import Answered, LineIs, News, OrderCame, SettingsCame, ShelfCame
from station.visit import RATES_WPM

log = structlog.get_logger()

TICK_MS = 1_000
STOP_SECONDS_MAX = 5.0
STAFF_LANGUAGE: Ui = "sv"
"""In which a station speaks to those who see to it."""
HANGS_SECONDS = 20.0
"""Longer than the slowest disk takes for a fact, and shorter than systemd waits."""


class Decider(threading.Thread):
    """Takes what happens, decides, and does it; everything else only carries."""

    def __init__(self, badge: Badge, parts: Parts, inbox: Inbox | None = None) -> None:
        """Be the station *badge* made of *parts*; decide on what comes to *inbox*."""
        super().__init__(name="decider", daemon=True)
        self.badge = badge
        self.inbox = inbox or Inbox()
        self._turned = time.monotonic()
        self.uplink: Conversation | None = None
        self._parts = parts
        self._session = session.Session()
        self._screen: screens.Screen | None = None
        self._drawn: tuple[session.Session, World] | None = None
        self._watchers: list[Callable[[screens.Screen], None]] = []
        self._health = Health(badge, parts)
        self._headphones = False
        self._line_up = False
        self._touched: float | None = None
        self._seal()
        self._standing = surroundings.Standing(badge.kind, badge.branch, badge.portal_url)
        self._next_tick_ms = 0
        self._timekeeper = Timekeeper(parts.clock, parts.notebook, parts.keeper.journal)
        self._lamp = Beacon(parts.lamp)
        self._restarting = threading.Event()
        self._orders = Orders(parts.notebook, parts.clock, self._hands())
        self._service = Service(
            staff_cards=badge.staff_cards,
            chore=parts.chore,
            announce=self._announce,
        )
        self._gatekeeper = Gatekeeper(
            parts.keeper.journal, parts.gates, parts.clock, nudge=self._nudge
        )

    # --- any thread ----------------------------------------------------------------------

    def tell(self, note: Note) -> None:
        """Put *note* in the inbox; where it is full for a second, the caller's thread ends."""
        self.inbox.tell(note)

    def watch(self, watcher: Callable[[screens.Screen], None]) -> None:
        """Call *watcher* with each new screen, on the decider's thread; it must only carry."""
        self._watchers.append(watcher)

    def screen(self) -> screens.Screen:
        """Return what is shown now."""
        assert self._screen is not None, "the station has not begun"
        return self._screen

    def owed(self) -> int:
        """Return how many facts the hub has not acknowledged."""
        return self._health.owed()

    def state(self, connection: int) -> State:
        """Return the station's birth as it is now."""
        return self._health.state(connection)

    @property
    def settings_version(self) -> int:
        """The version of the settings in force, -1 where there are none."""
        return self._parts.settings.version

    def phrases_listed(self) -> PhraseList | None:
        """Return which sound the hub has for this branch, None where it has none."""
        settings = self._parts.settings.in_force
        return settings.phrases or None if settings else None

    @property
    def shelf(self) -> ShelfStore:
        """The shelf, which the uplink renews."""
        return self._parts.shelf

    def restarting(self) -> bool:
        """Return whether a technician has asked for a new start."""
        return self._restarting.is_set()

    def supplied(self) -> bool:
        """Return whether the hub has been heard and the shelf is there."""
        return self._line_up and bool(self.shelf.version())

    def stop(self) -> None:
        """Return when the decider has ended, or say that it would not."""
        self.inbox.put(None, timeout=STOP_SECONDS_MAX)
        self.join(STOP_SECONDS_MAX)
        if self.is_alive():
            raise RuntimeError(f"{self.name} did not stop in {STOP_SECONDS_MAX} s")

    # --- the decider's thread ------------------------------------------------------------

    def begin(self) -> None:
        """Settle what a crash left open and draw the first screen; before any visitor."""
        self._parts.keeper.end_open_asks()
        self._look_at_parts()
        self._draw()
        self._service.begin(self._parts.clock.mono_ms())

    def run(self) -> None:
        """Decide until told to stop; what this thread cannot do, a restart must."""
        while True:
            try:
                note = self.inbox.get(timeout=self._wait_seconds())
            except queue.Empty:
                self._parts.keeper.try_again()
                note = Tick()
            if note is None:
                return
            self.decide(note)
            self._turned = time.monotonic()

    def goes_round(self) -> bool:
        """Return whether the thread lives and has not been at one note for very long."""
        return self.is_alive() and time.monotonic() - self._turned < HANGS_SECONDS

    def decide(self, note: Note) -> None:
        """Take *note* in, do what follows, and draw; one caller, and no thread is needed."""
        self._take(note)
        self._end_overdue()
        self._look_at_parts()
        self._timekeeper.look()
        self._gatekeeper.look()
        self._lamp.look(self._parts.clock.mono_ms())
        self._orders.look(at_rest=self._at_rest())
        self._draw()

    def _wait_seconds(self) -> float:
        now_ms = self._parts.clock.mono_ms()
        if self._next_tick_ms <= now_ms:
            self._next_tick_ms = now_ms + TICK_MS
        end_ms = self._parts.questions.next_end_ms()
        until_ms = min(self._next_tick_ms, end_ms) if end_ms else self._next_tick_ms
        return max(until_ms - now_ms, 1) / 1000

    def _take(self, note: Note) -> None:
        match note:
            case TagCame():
                self._tag_came(note)
            case TagTorn():
                self._step(StrangeTag(place=note.place, uid=note.uid, kind="unreadable"))
            case Fault():
                self._fault(note)
            case LineIs() | Answered() | SettingsCame() | ShelfCame() | OrderCame():
                self._hear(note)
            case OrderEnded():
                self._order_ended(note)
            case Kept():
                if self._health.phrases(note) and self.uplink:
                    self.uplink.publish_state()
            case _:
                self._happened(note)

    def _happened(self, event: Event) -> None:
        if isinstance(event, KeyPressed) and self._at_rest() and not self._is_in_use():
            if self._service.asked_by_key(event.key, self._parts.clock.mono_ms()):
                return
        elif isinstance(event, HeadphonesChanged):
            self._headphones = event.plugged
            if event.plugged:
                self._service.somebody_came(self._parts.clock.mono_ms())
        elif isinstance(event, GateSwitched):
            self._gatekeeper.switched(event)
        self._step(event)

    def _order_ended(self, note: OrderEnded) -> None:
        if not self._service.ended(note.done, self._health.codes, STAFF_LANGUAGE):
            self._orders.ended(note.done)

    def _tag_came(self, note: TagCame) -> None:
        on_pad = note.place is Place.PAD
        if on_pad and self._gatekeeper.lies_there(note.content):
            # What a power cut left half done is finished before it is taken for anything else.
            return
        if note.place is Place.CARD and self._wants_service(note.content.number):
            return
        self._touched = note.mono
        parts = self._parts
        self._step(
            recognition.recognise(
                note.place,
                note.content,
                parts.shelf,
                parts.keeper,
                ours=self.badge.isils,
                counts=self.badge.counts,
            )
        )
        self._touched = None

    def _hear(self, news: News) -> None:
        match news:
            case LineIs():
                self._line_up = news.up
                self._step(LineChanged(up=news.up))
            case Answered():
                self._answer(news)
            case SettingsCame():
                self._go_by(news)
            case OrderCame():
                self._orders.came(news.order)
            case ShelfCame():
                log.info("shelf_replaced", version=news.version[:12])
                if self.uplink:
                    self.uplink.publish_state()

    def _go_by(self, came: SettingsCame) -> None:
        settings, problem = self._parts.settings, ""
        if came.settings == settings.in_force:
            return
        try:
            if settings.take(came.frame):
                # Newer than any before: no broker can have said it again.
                self._parts.clock.hears_leave(came.settings.offline.until_ms)
            self._seal()
        except MessageError as error:
            problem = str(error)[:200]
            log.warning("settings_refused", problem=problem)
        if self.uplink:
            self.uplink.in_force(SettingsInForce(settings=settings.in_force, problem=problem))

    def _seal(self) -> None:
        if key := self._parts.settings.sealing_key():
            self._parts.keeper.seal_to(key)
            self._parts.questions.seal_to(key)

    def _answer(self, news: Answered) -> None:
        try:
            event = self._parts.questions.answered(news.id, news.sealed)
        except MessageError as error:
            log.warning("answer_not_readable", problem=str(error))
            return
        if event is not None:
            self._step(event)

    def _end_overdue(self) -> None:
        late = self._parts.questions.overdue(self._parts.clock.mono_ms())
        if late and self.uplink:
            self.uplink.suspect()
        for ask in late:
            self._step(NoAnswer(ask=ask))

    def _look_at_parts(self) -> None:
        for fault in self._health.look():
            self._fault(fault)

    def _fault(self, fault: Fault) -> None:
        if not self._health.note(fault):
            return
        self._step(FaultChanged(codes=self._health.codes))
        if self.uplink:
            self.uplink.publish_state()

    def _world(self) -> World:
        clock = self._parts.clock
        now = clock.now()
        moment = surroundings.Moment(now.mono_ms, now.wall_ms, clock.local(), now.trusted)
        return surroundings.world(
            self._standing,
            moment,
            self._parts.shelf.branch(),
            self._parts.settings.in_force,
            menu=self._parts.shelf.menu(),
            line_up=self._line_up,
            journal_open=self._health.journal_open,
        )

    def _step(self, event: Event) -> None:
        """Let the session decide on *event* and on what its effects lead to, in order."""
        events = deque([event])
        while events:
            self._session, effects = session.step(self._session, events.popleft(), self._world())
            for effect in effects:
                events.extend(self._do(effect))

    def _draw(self) -> None:
        world = self._world()
        drawn = (self._session, structs.replace(world, mono_ms=0))
        if self._drawn == drawn:
            return
        self._drawn = drawn
        screen = screens.draw(self._session, world)
        if screen != self._screen:
            self._screen = screen
            for watcher in self._watchers:
                watcher(screen)

    def _do(self, effect: Effect) -> list[Event]:
        if isinstance(effect, Asking):
            return self._ask(effect)
        match effect:
            case Settle() | RecordCheckout() | RecordCheckin():
                recorded = self._parts.keeper.record(effect)
                if isinstance(recorded, Recorded):
                    for gate in effect.gates:
                        self._gatekeeper.owes(gate)
                self._nudge()
                return [recorded]
            case LookUp():
                return [TitleFound(title=self._parts.shelf.title(effect.title))]
            case VisitEnded():
                counts = structs.asdict(effect)
                log.info("visit_ended", **counts)
            case Lamp():
                self._lamp.show(effect.pattern)
            case _:
                self._sound(effect)
        return []

    def _ask(self, effect: Asking) -> list[Event]:
        question = self._parts.keeper.ask(effect, self._parts.questions)
        if isinstance(question, NotRecorded):
            return [question]
        if self.uplink:
            self.uplink.ask(question)
        self._nudge()
        return []

    def _wants_service(self, card: str) -> bool:
        return self._at_rest() and self._service.asked_by_card(card)

    def _at_rest(self) -> bool:
        return self._session.state in session.NOBODY

    def _is_in_use(self) -> bool:
        """Return whether the centre key means something to whoever is there without a card."""
        return bool(self._session.title or self._session.focus)

    def _hands(self) -> Hands:
        return Hands(
            identify=self._identify,
            say=lambda text: self._announce((Chunk(text, STAFF_LANGUAGE),)),
            coming=lambda: self._step(StaffComing()),
            resend=lambda: self.uplink.resend() if self.uplink else None,
            restart=self._restarting.set,
            chore=self._parts.chore,
            answer=lambda done: self.uplink.order_done(done) if self.uplink else None,
        )

    def _identify(self) -> None:
        self._lamp.identify(self._parts.clock.mono_ms())
        name = phrase(STAFF_LANGUAGE, "order.identify", station=self.badge.station)
        self._announce((Chunk(name.said, STAFF_LANGUAGE),))

    def _announce(self, words: Utterance) -> None:
        self._parts.mouth.say(
            words,
            ui_language=STAFF_LANGUAGE,
            touched_mono=None,
            wpm=RATES_WPM[self._session.rate],
            after=False,
        )

    def _nudge(self) -> None:
        if self.uplink:
            self.uplink.nudge()

    def _teller(self, news: int) -> Callable[[], None]:
        return lambda: self.tell(NewsHeard(news=news))

    def _sound(self, effect: Say | Hush | Earcon | Volume) -> None:
        mouth = self._parts.mouth
        match effect:
            case Say():
                words = effect.private if self._headphones else effect.loud
                mouth.say(
                    self._parts.shelf.lexicon().said(words),
                    ui_language=self._session.lang,
                    touched_mono=self._touched,
                    wpm=RATES_WPM[max(0, self._session.rate - effect.slower)],
                    after=effect.after,
                    tell=None if effect.news is None else self._teller(effect.news),
                )
            case Hush():
                mouth.hush()
            case Earcon():
                mouth.earcon(effect.name)
            case Volume():
                mouth.volume(effect.steps)
