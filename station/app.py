"""Where a station's parts meet: put together from its settings and its kit, and taken apart."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version

import structlog

from circulation import topics
from circulation.errors import ConfigError
from circulation.messages import RENEW, SELF_TEST, UPDATE, PhraseList
from circulation.tags import dump
from firmware_config.kit import Kit, KitScanner, load_kit
from speech.voices import Voices
from station import doctor, faults, identity, scanned, timekeeping, updating
from station.chores import Chores
from station.clock import Clock
from station.config import StationConfig
from station.decider import Decider
from station.errors import JournalDamagedError, StationError
from station.events import GateSwitched, HeadphonesChanged, KeyPressed, Place, TagTaken
from station.faults import NO_ROOM_FOR_PHRASES
from station.joining import HubSite, renew
from station.journal import Journal
from station.keeping import Badge, Keeper
from station.kiosk.host import BenchHost
from station.kiosk.page import create_app
from station.kiosk.serving import KioskServer
from station.mouth.mouth import Mouth
from station.mouth.sinks import choose_sink
from station.notebook import Notebook
from station.panel.factories import open_factory
from station.panel.panel import Panel, PanelPins
from station.panel.simulated import SimulatedPanel, with_keys
from station.parts import Fault, Inbox, OrderEnded, Parts, TagCame, TagTorn
from station.phrases.fetcher import Fetcher
from station.phrases.site import PhraseSite
from station.phrases.store import Kept, open_store
from station.questions import Questions
from station.readers import open_reader, tag_keys
from station.readers.carrier import ReaderCarrier
from station.readers.gates import PadGates
from station.readers.port import TagEvent, TagGone, TagSeen
from station.readers.simulated import SimulatedField, field_of
from station.scanner.carrier import ScannerCarrier
from station.scanner.device import open_scanner
from station.service import EXAMINE
from station.settings_file import SettingsFile, Trusted
from station.shelf import ShelfStore
from station.simulated_line import SimulatedLine
from station.simulation import Simulation
from station.uplink.connection import Address
from station.uplink.port import Identity, NothingOwed
from station.uplink.uplink import Uplink
from station.viewing import Viewing

log = structlog.get_logger()

PAD_STABLE_MS = 300
READER_FAULTS = {
    Place.CARD: faults.CARD_READER,
    Place.PAD: faults.PAD_READER,
    Place.FINGER: faults.FINGER_READER,
}
BENCH_KEYS = (
    *"0123456789",
    *("clear", "ok", "up", "down", "left", "right", "centre", "repeat", "louder", "softer"),
)
SCREENLESS = ((1280, 800), 5.9)
"""What a bench shows for a station without a screen."""


def program_version() -> str:
    """Return this program's version, also where it runs from its source tree."""
    try:
        return version("fingertopp")
    except PackageNotFoundError:
        return "source"


class StationApp:
    """A station that can be started and stopped."""

    def __init__(self, config: StationConfig) -> None:
        """Put the parts of *config* together; nothing moves yet."""
        self.config = config
        self.kit: Kit = load_kit(config.kit)
        self._taken_apart = ExitStack()
        self._keep = self._taken_apart.callback
        self._sealing = identity.load_sealing_key(config.sealing.id, config.sealing.public)
        try:
            self._make_data_folder()
            self.decider, self._mouth = self._put_together()
            self._line = self._simulated_line()
            self.server = self._serve()
        except BaseException:
            self._taken_apart.close()
            raise

    def _make_data_folder(self) -> None:
        data = self.config.data
        try:
            data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"`data`: {data} cannot be made: {error.strerror}") from error
        if not os.access(data, os.W_OK):
            raise ConfigError(f"`data`: {data} cannot be written to")

    # --- putting together ----------------------------------------------------------------

    def _put_together(self) -> tuple[Decider, Mouth]:
        config = self.config
        notebook = Notebook(config.data / "notebook.json")
        self._keep(notebook.close)
        clock = self._clock = self._make_clock(notebook)
        badge = Badge(
            station=config.station,
            number=config.number,
            branch=config.branch,
            kind=self.kit.kind,
            kit=self.kit.name,
            version=program_version(),
            portal_url=config.portal_url,
            card_key=identity.load_secret(config.identity.card_key, 32),
            isils=frozenset(config.isils),
            counts=config.gate.count,
            staff_cards=frozenset(config.staff_cards),
        )
        shelf = ShelfStore(config.data / "shelf.sqlite")
        self._keep(shelf.close)
        keeper = Keeper(badge, self._journal, shelf, clock)
        self._phrases = open_store(config.data / "phrases.sqlite")
        if self._phrases:
            self._keep(self._phrases.close)
        mouth = self._make_mouth()
        self._tag_keys = tag_keys.load(config.tag_keys) if config.tag_keys else tag_keys.NO_KEYS
        self._field = self._simulated_field()
        # Headphones that are in already are felt before there is anybody to decide on them.
        inbox = Inbox()
        self._panel = self._make_panel(inbox)
        self._gates = PadGates(config.gate, self._tell_switched)
        self._chores = Chores(
            {
                SELF_TEST: self._self_test,
                RENEW: self._renew,
                UPDATE: lambda: updating.ask(os.environ.get("RUNTIME_DIRECTORY", "")),
                EXAMINE: self._examine,
            },
            lambda done: self.decider.tell(OrderEnded(done)),
        )
        parts = Parts(
            keeper=keeper,
            shelf=shelf,
            notebook=notebook,
            clock=clock,
            mouth=mouth,
            lamp=self._panel,
            questions=Questions(self._sealing),
            gates=self._gates,
            settings=SettingsFile(config.data, self._trusted()),
            chore=self._chores.begin,
        )
        return Decider(badge, parts, inbox), mouth

    def _trusted(self) -> Trusted:
        config, hub = self.config, self.config.hub
        return Trusted(
            topics.topic(config.partition, config.station, topics.SETTINGS),
            hub.name,
            identity.load_hub_key(hub.certificate, hub.ca, hub.name),
            partial(identity.load_authority_keys, hub.ca),
        )

    def _make_clock(self, notebook: Notebook) -> Clock:
        self._journal = self._open_journal()
        floor_ms = self._journal.floor_ms if self._journal else 0
        return Clock(self.config.zone, max(floor_ms, timekeeping.known_ms(notebook)))

    def _open_journal(self) -> Journal | None:
        config = self.config
        try:
            journal = Journal(
                config.data / "journal.sqlite",
                station=config.station,
                epoch=config.identity.epoch,
                key=self._sealing,
            )
        except JournalDamagedError as error:
            log.error("journal_damaged", problem=str(error))
            return None
        self._keep(journal.close)
        return journal

    def _make_mouth(self) -> Mouth:
        speech = self.config.speech
        sink, silence = choose_sink(speech.sink, speech.device)
        voices = Voices(speech.voice, piper_fits=self.kit.carries_piper, phrases=self._phrases)
        return Mouth(
            voices, sink, fault=silence, speaker_dba=speech.speaker_dba, speech_to=speech.to
        )

    def _simulated_field(self) -> SimulatedField | None:
        """Return virtual chips where the kit says so; the driver above them is the real one."""
        virtual = [reader for reader in self.kit.readers if reader.virtual]
        if not virtual:
            return None
        if len(virtual) < len(self.kit.readers):
            raise ConfigError(f"kit {self.kit.name}: its readers are all virtual, or none is")
        field = field_of(virtual)
        self._keep(field.close)
        return field

    def _make_panel(self, inbox: Inbox) -> Panel:
        kit = self.kit
        keys = {str(name): pin for name, pin in kit.keys.items()}
        pins = PanelPins(keys=keys, lamp=kit.lamp, buzzer=kit.buzzer, jack=kit.jack)
        if kit.wholly_simulated:
            # A bench has every key, whatever the kit it stands for has soldered.
            pins = with_keys(pins, BENCH_KEYS)
        self._pins, self._factory = pins, open_factory("mock" if kit.pins_virtual else "lgpio")
        panel = Panel(
            pins,
            self._factory,
            same_key_ms=self.config.keys.same_key_ms,
            on_key=lambda key: inbox.tell(KeyPressed(key=key)),
            on_headphones=lambda plugged: inbox.tell(HeadphonesChanged(plugged=plugged)),
        )
        self._keep(panel.close)
        return panel

    def _simulated_line(self) -> SimulatedLine | None:
        if not self.kit.wholly_simulated:
            return None
        return SimulatedLine(self.config.broker.host, self.config.broker.port)

    def _serve(self) -> KioskServer:
        screen = self.kit.screen
        size, density = (
            ((screen.width_px, screen.height_px), screen.px_per_mm) if screen else SCREENLESS
        )
        self._viewing = Viewing(self.decider, size, density, has_screen=screen is not None)
        web = self.config.web
        app = create_app(self._viewing, self._bench(), name=web.host)
        try:
            return KioskServer(app, host=web.host, port=web.port)
        except OSError as error:
            raise StationError(
                f"cannot serve on [web] host {web.host}, port {web.port} ({error.strerror}): "
                "stop what uses it, or set another"
            ) from error

    def _bench(self) -> BenchHost | None:
        """Return the bench of a station that has no real part, and of no other."""
        if not self.kit.wholly_simulated or self.config.bench is None:
            return None
        assert self._field is not None, "a wholly simulated kit has virtual readers"
        assert self._line is not None, "a wholly simulated kit has a plug to pull"
        try:
            tags = dump.decode(self.config.bench.tags.read_bytes())
        except OSError as error:
            tags_file = self.config.bench.tags
            raise ConfigError(f"[bench] `tags`: {tags_file}: {error.strerror}") from error
        return Simulation(
            self.decider,
            self._mouth,
            field=self._field,
            panel=self._panel,
            hand=SimulatedPanel(self._pins, self._factory),
            plug=self._line,
            tags=tags,
            scan=self._bench_scan(),
        )

    def _bench_scan(self) -> Callable[[str], None] | None:
        scanner = self.kit.scanner
        return partial(self._carry_scan, Place(scanner.place)) if scanner else None

    # --- running -------------------------------------------------------------------------

    def start(self) -> None:
        """Start every part, the decider first and the line last."""
        self.decider.begin()
        self._mouth.start()
        self._keep(self._mouth.stop)
        self.decider.start()
        self._keep(self.decider.stop)
        for reader in self.kit.readers:
            self._start_reader(Place(reader.place))
        if self.kit.scanner and not self.kit.scanner.virtual:
            self._start_scanner(self.kit.scanner)
        self.server.start()
        self._keep(self.server.stop)
        self._keep(self._viewing.close)
        self._chores.start()
        self._keep(self._chores.stop)
        self._start_uplink()
        self._start_fetcher()

    def _start_fetcher(self) -> None:
        config = self.config
        site, budget_mb = config.phrases.site or config.hub.site, config.phrases.budget_mb
        if not site or not budget_mb:
            return
        if not self._phrases:
            self._tell_phrases(Kept(), "phrases.sqlite cannot be opened")
            return
        fetcher = Fetcher(
            self._phrases,
            PhraseSite(site, config.hub.ca),
            listed=self._phrases_listed,
            budget=budget_mb * 1_000_000,
            folder=config.data,
            tell=self._tell_phrases,
        )
        fetcher.start()
        self._keep(fetcher.stop)

    def _tell_phrases(self, kept: Kept, problem: str) -> None:
        self.decider.tell(kept)
        self.decider.tell(Fault(NO_ROOM_FOR_PHRASES, present=bool(problem), message=problem))

    def _phrases_listed(self) -> PhraseList | None:
        """Return the list to fetch, None while the line is wanted for facts."""
        return None if self.decider.owed() else self.decider.phrases_listed()

    def _wrong(self) -> list[doctor.Finding]:
        now = datetime.fromtimestamp(self._clock.now().wall_ms / 1000, UTC)
        return [each for each in doctor.examine_all(self.config, now) if each.wrong]

    def _examine(self) -> str:
        return "\n".join(each.what for each in self._wrong())

    def _self_test(self) -> str:
        found = self._wrong()
        told = [f"{each.what}: {each.wrong}. {each.todo}" for each in found]
        return "\n".join(told) or "Nothing is wrong."

    def _renew(self) -> str:
        config = self.config
        if not config.hub.site:
            raise ConfigError("`[hub] site` is not set: nobody renews this certificate")
        now = datetime.fromtimestamp(self._clock.now().wall_ms / 1000, UTC)
        renew(HubSite(config.hub.site, config.hub.ca), config, now, at_once=True)
        return "A new certificate is in place."

    def _start_reader(self, place: Place) -> None:
        kit = self.kit.reader_at(place)
        assert kit is not None
        carrier = ReaderCarrier(
            place,
            partial(
                open_reader,
                kit.driver,
                bus=kit.bus,
                device=kit.device,
                reset_pin=kit.reset_pin,
                busy_pin=kit.busy_pin,
                keys=self._tag_keys,
                # A virtual chip has its lines on pins of its own.
                pins=self._field.pins if self._field else self._factory,
            ),
            on_event=self._carry,
            on_fault=self._carry_fault,
            stable_ms=PAD_STABLE_MS if place is Place.PAD else 0,
        )
        if place is Place.PAD:
            self._gates.attach(carrier)
        carrier.start()
        self._keep(carrier.stop)

    def _start_scanner(self, kit: KitScanner) -> None:
        carrier = ScannerCarrier(
            partial(open_scanner, kit.name),
            on_text=partial(self._carry_scan, Place(kit.place)),
            on_fault=partial(self._tell_fault, faults.SCANNER),
        )
        carrier.start()
        self._keep(carrier.stop)

    def _carry_scan(self, place: Place, text: str) -> None:
        for note in scanned.notes(place, text, self.config.barcodes):
            self.decider.tell(note)

    def _carry(self, place: Place, event: TagEvent) -> None:
        match event:
            case TagSeen():
                self.decider.tell(TagCame(place, event.content))
            case TagGone():
                self.decider.tell(TagTaken(place=place, uid=event.uid))
            case _:
                self.decider.tell(TagTorn(place, event.uid))

    def _tell_switched(self, event: GateSwitched) -> None:
        self.decider.tell(event)

    def _carry_fault(self, place: Place, message: str | None) -> None:
        self._tell_fault(READER_FAULTS[place], message)

    def _tell_fault(self, code: str, message: str | None) -> None:
        self.decider.tell(Fault(code, present=message is not None, message=message or ""))

    def _start_uplink(self) -> None:
        config = self.config
        host, port = config.broker.host, config.broker.port
        if self._line is not None:
            self._line.start()
            self._keep(self._line.stop)
            host, port = "127.0.0.1", self._line.port
        tls = config.broker.tls
        address = Address(
            host,
            port,
            config.station,
            tls=tls,
            ca=config.broker.ca,
            certificate=config.identity.certificate if tls else None,
            key=config.identity.key if tls else None,
            # The simulated plug's relay is on this machine; whom we mean is the broker.
            name=config.broker.host,
        )
        hub = config.hub
        who = Identity(
            config.station,
            config.partition,
            identity.load_signer(config.station, config.identity.key),
            hub.name,
            identity.load_hub_key(hub.certificate, hub.ca, hub.name),
        )
        uplink = Uplink(
            who,
            address,
            self._journal or NothingOwed(self._clock.now().wall_ms // 1000),
            reporter=self.decider,
            tell=self.decider.tell,
            mono_ms=self._clock.mono_ms,
            now=self._clock.for_certificates,
        )
        self.decider.uplink = uplink.talk
        self._uplink = uplink
        uplink.start()
        self._keep(uplink.stop)

    def alive(self) -> bool:
        """Return whether the threads live that nothing works without, once started."""
        return self.decider.goes_round() and self._uplink.is_alive()

    def stop(self) -> None:
        """Return when every part has stopped, the line first and the journal last."""
        self._taken_apart.close()
