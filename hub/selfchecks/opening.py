"""From the settings to a server that devices can speak to."""

import ssl
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import Engine, func, select

from circulation.errors import ConfigError
from circulation.identifiers import BranchCode, ItemId, StationId, TitleId
from circulation.instants import Instant
from circulation.messages import State
from hub import fleet
from hub.answers import Answers
from hub.batches import Batches
from hub.catalogue import branches, tables
from hub.catalogue.port import Catalogue
from hub.config import DeviceSetting, Sip2ServerSetting
from hub.enrolment import Authority, NewStation, take_in
from hub.fleet import Enrolled
from hub.keys import SealingRing
from hub.secret_files import read_password
from hub.selfchecks.doorkeeper import Account, Doorkeeper
from hub.selfchecks.gathered import GatheredLane, Gathering
from hub.selfchecks.lane import EPOCH, DeviceLane, LaneSetting
from hub.selfchecks.numbering import Numbering
from hub.selfchecks.saying import Sayer
from hub.selfchecks.server import Server
from hub.selfchecks.service import Device, Service
from hub.tables import claim, station

KIT = "sip2"
CARD_KEY_BYTES = 32


class Clock:
    """The hub's time as facts have it: the steady one is this process's own."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        """Take the time of day from *now_ms*."""
        self._now_ms = now_ms
        self._boot = f"hub-{uuid.uuid4().hex[:12]}"

    def __call__(self) -> Instant:
        """Return now."""
        mono_ms = time.monotonic_ns() // 1_000_000
        return Instant(wall_ms=self._now_ms(), mono_ms=mono_ms, boot=self._boot, trusted=True)


class Store(Struct, frozen=True, kw_only=True):
    """What devices are answered from, and where what they do is kept."""

    engine: Engine
    catalogue: Catalogue
    answers: Answers
    batches: Batches | None = None
    """Where the catalogue is in *engine* itself: many requests are one commit of these."""


def open_server(
    setting: Sip2ServerSetting,
    store: Store,
    *,
    ring: SealingRing,
    zone: ZoneInfo,
    now_ms: Callable[[], int],
    touched: Callable[[frozenset[str]], None],
) -> Server:
    """Return a server for the devices of *setting*, each enrolled; a bad one is a `ConfigError`."""
    engine, catalogue = store.engine, store.catalogue
    clock, accounts = Clock(now_ms), []
    numbering = Numbering(engine)
    gathering = Gathering(store.batches, ring, clock) if store.batches else None
    for device in setting.device:
        enrolled = enrolled_device(engine, device, now_ms())
        how = LaneSetting(seal_to=ring.public, opener=ring, now=clock, answers=store.answers)
        lane = (
            GatheredLane(gathering, enrolled, how)
            if gathering
            else DeviceLane(engine, enrolled, how)
        )
        lane.recover()
        lane.forget_old()
        service = Service(
            Device(
                enrolled=enrolled,
                institution=device.institution,
                renews=device.renews,
                lists_without_pin=device.lists_without_pin,
            ),
            lane,
            catalogue,
            zone=zone,
            numbering=numbering,
            title_of=lambda item: title_of(engine, item),
            touched=touched,
        )
        accounts.append(
            Account(
                user=device.user,
                password=read_password(device.password),
                encoding=device.encoding,
                service=service,
            )
        )
    sayer = Sayer("", zone)
    return Server(
        (setting.host, setting.port),
        Doorkeeper(accounts),
        lambda: sayer.status(catalogue.capabilities, now_ms(), renewals=False),
        idle_seconds=setting.idle_seconds,
        connections_max=setting.connections_max,
        tls=_tls(setting),
    )


def enrolled_device(engine: Engine, device: DeviceSetting, now_ms: int) -> Enrolled:
    """Return *device* as a station, taken in where it is new; nobody can speak in its name."""
    id_ = StationId(device.name)
    with engine.begin() as db:
        known = fleet.enrolled(db, id_)
        if known is None:
            home = branches.branch(db, device.branch)
            if home is None:
                raise ConfigError(
                    f"[[sip2.device]] {id_}: there is no branch {device.branch!r}; "
                    "`python -m hub --config FILE load FOLDER` loads your libraries"
                )
            town = branches.municipalities(db)[home.municipality]
            numbers = [db.scalar(select(func.max(each.c.number))) or 0 for each in (station, claim)]
            # Its key is thrown away: what it says does not come over the broker.
            certificate = Authority.create(id_, _at(now_ms)).certificate_pem()
            new = NewStation(
                id=id_,
                number=max(numbers) + 1,
                municipality=town.name,
                branch=BranchCode(device.branch),
                kind="loan",
                partition=home.municipality,
                card_key=bytes(CARD_KEY_BYTES),
            )
            take_in(db, new, certificate)
        elif known.branch != device.branch:
            raise ConfigError(
                f"[[sip2.device]] {id_} is enrolled at {known.branch}: give it another name at "
                f"{device.branch}, so that its loans stay where they were made"
            )
        found = fleet.enrolled(db, id_)
        assert found is not None, f"{id_} was just taken in"
        born = State(alive=True, connection=now_ms, kit=KIT, kind="loan", epoch=EPOCH)
        fleet.enter_state(db, id_, born, now_ms)
        # What it does is written here and nowhere else.
        fleet.note_all_here(db, id_, now_ms)
        return found


def title_of(engine: Engine, item: ItemId) -> TitleId | None:
    """Return the title of *item*, None where the hub's own tables do not have it."""
    known = select(tables.item.c.title).where(tables.item.c.id == item)
    with engine.execution_options(read_only=True).begin() as db:
        found = db.scalar(known)
    return TitleId(found) if found else None


def _tls(setting: Sip2ServerSetting) -> ssl.SSLContext | None:
    if setting.certificate is None or setting.key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(setting.certificate, setting.key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"{setting.certificate}: not a certificate with its key: {error}"
        ) from error
    return context


def _at(now_ms: int) -> datetime:
    return datetime.fromtimestamp(now_ms / 1000, UTC)
