"""Sets the demo's region up as a technician would, a step at a time, each step once."""

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from circulation.identifiers import BranchCode, StationId
from circulation.tags import dump
from hub.app import upgrade
from hub.catalogue.importing import import_file
from hub.catalogue.region import load_region
from hub.config import load
from hub.database import open_database
from hub.desk.accounts import add_account
from hub.enrolment import Authority, NewStation, enrol
from provisioning import identities
from provisioning.bench_tags import bench_tags
from provisioning.demo.folder import DemoFolder
from provisioning.demo.hub_settings import hub_toml
from provisioning.demo.ports import HOST
from provisioning.demo.station_settings import Surroundings, station_toml
from provisioning.demo.stations import STATIONS, DemoStation
from provisioning.files import private_folder, write_atomically, write_secret

EXAMPLE = Path(__file__).parents[1] / "umearegionen"
REGION_NAME = "Umeåregionen"
DESK_ACCOUNT = "demo"
PASSWORD_BYTES = 12
FIRST_EPOCH = 1


class Region:
    """One region in one folder, on the ports of one run."""

    def __init__(
        self, folder: DemoFolder, ports: dict[str, int], *, speech_to: Path | None, now: datetime
    ) -> None:
        """Set up in *folder*; *now* is when certificates and the example's loans begin."""
        self._folder = folder
        self._ports = ports
        self._speech_to = speech_to
        self._now = now
        self._progress = folder.progress()

    def set_up(self, echo: Callable[[str], None]) -> None:
        """Return when the region can be started; what an earlier start did is left as it is."""
        around = self._set_up_hub()
        database = load(self._folder.hub_config).database
        upgrade(database)
        engine = open_database(database)
        try:
            for name, what, step in self._steps():
                if name not in self._progress.done:
                    echo(f"Setting up {what} ...")
                    step(engine)
                    self._progress.done.append(name)
                    self._folder.keep(self._progress)
        finally:
            engine.dispose()
        for station in STATIONS:
            self._write_settings(station, around)

    def _steps(self) -> list[tuple[str, str, Callable[[Engine], None]]]:
        return [
            ("titles", "the catalogue's titles", self._import_titles),
            ("region", "branches, items, patrons and cards", self._load_region),
            ("stations", f"{len(STATIONS)} stations", self._enrol_stations),
            ("tags", "the tags on the benches", self._write_tags),
            ("desk", "the desk's account", self._add_desk_account),
        ]

    def _set_up_hub(self) -> Surroundings:
        folder = private_folder(self._folder.hub)
        identities.identity(folder, identities.HUB_NAME, self._authority(), self._now)
        identities.secret(folder / "secret")
        sealing = identities.sealing_key(folder / "sealing.json", f"{self._now.year}-1")
        broker, web = self._ports["broker"], self._ports["hub"]
        settings = hub_toml(REGION_NAME, broker_port=broker, web_port=web)
        write_atomically(self._folder.hub_config, settings.encode())
        return Surroundings(
            hub_name=identities.HUB_NAME,
            sealing=sealing,
            broker_port=broker,
            portal_url=f"http://{HOST}:{web}",
            speech_to=self._speech_to,
        )

    def _authority(self) -> Authority:
        folder = private_folder(self._folder.authority)
        return identities.authority(folder, REGION_NAME, self._now)

    def _import_titles(self, engine: Engine) -> None:
        report = import_file(engine, EXAMPLE / "titles.mrc")
        assert not report.broken, "the example's own records are whole"

    def _load_region(self, engine: Engine) -> None:
        load_region(engine, EXAMPLE, int(self._now.timestamp() * 1000))

    def _enrol_stations(self, engine: Engine) -> None:
        issuer = self._authority()
        for station in STATIONS:
            self._enrol(engine, station, issuer)

    def _enrol(self, engine: Engine, station: DemoStation, issuer: Authority) -> None:
        folder = private_folder(self._folder.station(station.id))
        certificate = identities.identity(folder, station.id, issuer, self._now)
        write_atomically(folder / "ca.pem", issuer.certificate_pem())
        hub = (self._folder.hub / "certificate.pem").read_bytes()
        write_atomically(folder / "hub.pem", hub)
        new = NewStation(
            id=StationId(station.id),
            number=station.number,
            municipality=station.municipality,
            branch=BranchCode(station.branch),
            kind=station.kind,
            partition=station.partition,
            card_key=identities.secret(folder / "card.key"),
        )
        enrol(engine, new, certificate)

    def _write_tags(self, _engine: Engine) -> None:
        write_atomically(self._folder.tags, dump.encode(bench_tags(EXAMPLE)))

    def _add_desk_account(self, engine: Engine) -> None:
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        write_secret(self._folder.desk_password, f"{password}\n".encode())
        add_account(engine, DESK_ACCOUNT, password, "region")

    def _write_settings(self, station: DemoStation, around: Surroundings) -> None:
        text = station_toml(station, around, web_port=self._ports[station.id], epoch=FIRST_EPOCH)
        write_atomically(self._folder.station(station.id) / "station.toml", text.encode())
