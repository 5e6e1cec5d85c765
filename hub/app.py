"""Where the hub's parts meet: inbox, poster and web, in one process or each alone."""

import sys
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Engine, select

from hub import exceptions, joining, keys, reopening, replays
from hub.answers import Answers
from hub.askers import Askers
from hub.authorities import load_authorities
from hub.batches import Batches
from hub.caretaking import Caretaker, Republisher
from hub.catalogue import accepted
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.port import Catalogue
from hub.catalogue.sip2 import opening
from hub.catalogue.sip2.catalogue import Sip2Catalogue
from hub.config import HubConfig, OwnSetting, Sip2ServerSetting
from hub.database import insert_once, open_database
from hub.dispatching import Dispatcher
from hub.errors import HubError
from hub.forgetting import Forgetting
from hub.inbox import Inbox
from hub.joining import Joining, Surroundings
from hub.keeping import Message, Outgoing
from hub.line import Address, Line
from hub.page_sources import DeskSourceOfHub, proof_lookup
from hub.phrases.store import Offers
from hub.poster import Poster
from hub.selfchecks import opening as selfchecks
from hub.serving import WebServer
from hub.shelves import Shelves
from hub.site import SiteSettings, create_site
from hub.tables import hub_meta

log = structlog.get_logger()

Take = Callable[[list[Message]], Iterable[Outgoing]]
PARTS = ("inbox", "poster", "sip2", "web")
"""`sip2` is nothing where no devices are set."""
CARE_SECONDS = 600.0
SWITCH_SECONDS = 0.0005
MIGRATIONS = Path(__file__).parent / "migrations"


def now_ms() -> int:
    """Return UTC milliseconds; the hub's machine keeps its clock."""
    return time.time_ns() // 1_000_000


def upgrade(database: str) -> None:
    """Bring the database at URL *database* to this program's tables."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = database
    command.upgrade(config, "head")


def hub_id(engine: Engine, fresh: Callable[[], str]) -> str:
    """Return the random name of this database; a restored one is given a new name."""
    with engine.begin() as db:
        insert_once(db, hub_meta, {"name": "hub", "value": fresh()})
        return str(db.scalar(select(hub_meta.c.value).where(hub_meta.c.name == "hub")))


def open_catalogue(config: HubConfig, engine: Engine) -> Catalogue:
    """Return the shared catalogue that *config* names; its notes, or all of it, are in *engine*."""
    if isinstance(config.catalogue, OwnSetting):
        return OwnCatalogue(engine)
    return opening.open_catalogue(
        config.catalogue, engine, zone=ZoneInfo(config.zone), now_ms=now_ms
    )


def open_joining(config: HubConfig, engine: Engine) -> Joining | None:
    """Return who answers machines that ask, None where *config* has nobody enrolled."""
    asked = config.enrolment
    if asked is None:
        return None
    around = Surroundings(
        hub_name=config.name,
        hub_certificate=config.certificate.read_text(encoding="ascii"),
        broker_host=asked.broker_host,
        broker_port=asked.broker_port,
        portal_url=asked.site,
        must_be_accepted=asked.accept == "technician",
    )
    # What is wrong with it is told at the start, not to the first machine that asks.
    load_authorities(asked.authority)
    return Joining(
        engine,
        lambda: load_authorities(asked.authority),
        around,
        sealing=lambda: joining.known_sealing(engine),
        now_ms=now_ms,
    )


class Hub:
    """A running hub; *parts* of it, or all."""

    def __init__(self, config: HubConfig, fresh_id: Callable[[], str]) -> None:
        """Open the database of *config* and put the parts together; nothing runs yet."""
        upgrade(config.database)
        self.config = config
        self.engine = open_database(config.database)
        self.catalogue = open_catalogue(config, self.engine)
        self.hub_id = hub_id(self.engine, fresh_id)
        self._zone = ZoneInfo(config.zone)
        self._running = ExitStack()
        if isinstance(self.catalogue, Sip2Catalogue):
            self._running.callback(self.catalogue.close)
        self._line: Line | None = None
        self.web_port = 0
        self.sip2_port = 0

    def today(self) -> date:
        """Return the region's date."""
        return datetime.now(UTC).astimezone(self._zone).date()  # noqa: TID251 - the app reads it

    def _hands(self) -> int:
        chosen = self.config.catalogue
        return 1 if isinstance(chosen, OwnSetting) else opening.hands(chosen)

    def start(self, parts: tuple[str, ...] = PARTS) -> None:
        """Start *parts*; what fails to start stops the rest."""
        poster = Poster(
            self.engine, self.catalogue, now_ms=now_ms, today=self.today, at_once=self._hands()
        )
        if "poster" in parts:
            poster.start()
            self._running.callback(poster.stop)
            caretaker = Caretaker(self._cares(), now_ms=now_ms, seconds=CARE_SECONDS)
            caretaker.start()
            self._running.callback(caretaker.stop)
        if "inbox" in parts:
            self._start_inbox(poster)
        if "sip2" in parts and self.config.sip2 is not None:
            self.start_sip2(self.config.sip2, poster.touched)
        if "web" in parts:
            self._start_web()

    def _cares(self) -> dict[str, Callable[[int], int]]:
        """Return what is to be seen to now and then."""
        forgetting = Forgetting(self.engine, self.catalogue, zone=self.config.zone)
        cares: dict[str, Callable[[int], int]] = {
            "forgotten": forgetting.run,
            "gaps": partial(exceptions.look_for_gaps, self.engine),
            "questions_forgotten": lambda _: replays.forget_oldest(self.engine),
        }
        if isinstance(self.catalogue, OwnCatalogue):
            return cares | {"expired": self.catalogue.expire_holds}
        kept_ms = self._card_days() * accepted.DAY_MS
        forget_cards = partial(accepted.forget, self.engine)
        return cares | {"cards_forgotten": lambda at_ms: forget_cards(at_ms - kept_ms)}

    def _card_days(self) -> int:
        chosen = self.config.catalogue
        return 0 if isinstance(chosen, OwnSetting) else chosen.card_days

    def _start_inbox(self, poster: Poster) -> None:
        config = self.config
        ring = keys.load_ring(config.sealing)
        joining.remember_sealing(self.engine, ring.public())
        reopening.look_again(self.engine, ring, now_ms())
        offers = Offers(config.phrases.folder) if config.phrases else None
        shelves = Shelves(
            self.engine,
            now_ms,
            ring.newest,
            offers.now if offers else dict,
            card_days=self._card_days(),
        )
        inbox = Inbox(
            self.engine,
            keys.load_signer(config.name, config.key),
            ring,
            hub_id=self.hub_id,
            answers=Answers(self.engine, self.catalogue, ring, today=self.today),
            shelves=shelves,
            touched=poster.touched,
            erase_after_backup=config.erase_after == "backup",
        )
        broker = config.broker
        address = Address(
            broker.host,
            broker.port,
            config.name,
            config.partitions,
            tls=broker.tls,
            ca=broker.ca,
            certificate=config.certificate if broker.tls else None,
            key=config.key if broker.tls else None,
        )

        def take(messages: list[Message]) -> Iterable[Outgoing]:
            return inbox.take_all(messages, now_ms())

        self._line = line = Line(address, self._beside(take))
        line.start()
        self._running.callback(line.stop)
        dispatcher = Dispatcher(lambda: inbox.orders(now_ms()), line.say)
        dispatcher.start()
        self._running.callback(dispatcher.stop)
        republisher = Republisher(self.engine, shelves, inbox, line, now_ms=now_ms)
        republisher.start()
        self._running.callback(republisher.stop)

    def _beside(self, take: Take) -> Take:
        """Return *take*, with questions to a catalogue elsewhere on threads of their own."""
        chosen = self.config.catalogue
        if isinstance(chosen, OwnSetting):
            return take
        askers = Askers(take, self._say, at_once=chosen.connections)
        self._running.callback(askers.stop)
        return askers.take

    def _say(self, outgoing: list[Outgoing]) -> None:
        if self._line is not None:
            self._line.say(outgoing)

    def start_sip2(
        self, setting: Sip2ServerSetting, touched: Callable[[frozenset[str]], None]
    ) -> None:
        """Listen to devices of others; *touched* hears which items have new facts."""
        ring = keys.load_ring(self.config.sealing)
        store = self._sip2_store(ring)
        try:
            server = selfchecks.open_server(
                setting,
                store,
                ring=ring,
                zone=self._zone,
                now_ms=now_ms,
                touched=touched,
            )
        except OSError as error:
            raise HubError(
                f"cannot listen on [sip2] host {setting.host}, port {setting.port} "
                f"({error.strerror}): stop what uses it, or set another"
            ) from error
        self.sip2_port = server.port
        if store.batches is not None:
            # Whoever was told waits to say it, and the next to be heard, while a batch is made.
            sys.setswitchinterval(SWITCH_SECONDS)
            self._running.callback(store.batches.stop)
        server.start()
        self._running.callback(server.stop)

    def _sip2_store(self, ring: keys.SealingRing) -> selfchecks.Store:
        """Return what devices are answered from: one database, where the catalogue is our own."""
        batches, engine, catalogue = None, self.engine, self.catalogue
        if isinstance(self.config.catalogue, OwnSetting):
            batches = Batches(self.engine)
            engine = batches.engine
            catalogue = open_catalogue(self.config, engine)
        answers = Answers(engine, catalogue, ring, today=self.today)
        return selfchecks.Store(
            engine=self.engine, catalogue=catalogue, answers=answers, batches=batches
        )

    def _start_web(self) -> None:
        site = create_site(
            SiteSettings(
                region=self.config.region,
                secret_key=keys.load_secret(self.config.secret),
                secure_cookies=self.config.web.secure,
                proxies=self.config.web.proxies,
            ),
            engine=self.engine,
            catalogue=self.catalogue,
            desk_source=DeskSourceOfHub(self.engine),
            proof_lookup=lambda number, epoch, seq: proof_lookup(self.engine, number, epoch, seq),
            now_ms=now_ms,
            joining=open_joining(self.config, self.engine),
            phrases=self.config.phrases.folder if self.config.phrases else None,
        )
        web = self.config.web
        try:
            server = WebServer(site, web.host, web.port, behind_proxies=bool(web.proxies))
        except OSError as error:
            raise HubError(
                f"cannot serve on [web] host {web.host}, port {web.port} ({error.strerror}): "
                "stop what uses it, or set another"
            ) from error
        self.web_port = server.port
        server.start()
        self._running.callback(server.stop)

    def alive(self) -> bool:
        """Return whether the hub still hears its stations, where it is to hear them."""
        return self._line is None or self._line.is_alive()

    def stop(self) -> None:
        """Return when every part has stopped."""
        self._running.close()
        self.engine.dispose()
