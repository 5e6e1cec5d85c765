"""One run of the demo: ports, set-up, processes, ready-file, table; until it is told to stop."""

import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import Struct

from provisioning.demo import ports, ready, table
from provisioning.demo.folder import DemoFolder
from provisioning.demo.programs import stages
from provisioning.demo.ready import Ready, ReadyStation
from provisioning.demo.region import Region
from provisioning.demo.start_page import StartPage
from provisioning.demo.stations import STATIONS, DemoStation
from provisioning.demo.supervisor import Supervisor

Echo = Callable[[str], None]
PORT_NAMES = ["start", "hub", "broker", *(station.id for station in STATIONS)]


class DemoOptions(Struct, frozen=True, kw_only=True):
    """What the person who starts a demo may choose."""

    ready_file: Path | None = None
    seconds: float | None = None
    broker: str = "amqtt"
    speech_to: Path | None = None
    port_base: int | None = None


def run(folder: DemoFolder, options: DemoOptions, echo: Echo, *, now: datetime) -> None:
    """Set up what is missing in *folder*, run the region, and return when it has stopped."""
    chosen = _ports(folder, options)
    planned = stages(folder, chosen["broker"], options.broker)
    Region(folder, chosen, speech_to=options.speech_to, now=now).set_up(echo)
    with _told_to_stop() as stopping:
        supervisor = Supervisor(planned, stopping)
        try:
            RunningRegion(folder, options, supervisor).serve(chosen["start"], echo)
        finally:
            echo("Stopping the stations, the hub and the broker ...")
            supervisor.stop()
    echo("Stopped; the next start goes on where this one ended.")


def _ports(folder: DemoFolder, options: DemoOptions) -> dict[str, int]:
    progress = folder.progress()
    if options.port_base is not None:
        chosen = ports.from_base(PORT_NAMES, options.port_base)
    else:
        chosen = ports.free(PORT_NAMES, again=progress.ports, dice=random.SystemRandom())
    progress.ports = chosen
    folder.keep(progress)
    return chosen


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C and SIGTERM set, as does the end of the terminal."""
    stopping = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stopping.set()) for number in numbers}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class RunningRegion:
    """A region from the start of its first process on."""

    def __init__(self, folder: DemoFolder, options: DemoOptions, supervisor: Supervisor) -> None:
        self._folder = folder
        self._seconds = options.seconds
        self._supervisor = supervisor
        self._files = {folder.root / "ready.json", *filter(None, [options.ready_file])}
        self._answers: dict[str, dict[str, Any]] = {}
        self._start_url = ""
        self._late = False
        """True while a ready-file says what is no longer so."""

    def serve(self, start_port: int, echo: Echo) -> None:
        """Return when told to stop or the time is over; the ready-files live as long."""
        self._forget()
        echo(f"Starting the broker, the hub and {len(STATIONS)} stations ...")
        if not self._supervisor.start(lambda name: echo(f"  {name} is up")):
            return
        self._answers = {child.program.name: child.answer for child in self._supervisor.children}
        page = StartPage(start_port, self._ready)
        self._start_url = page.url
        page.start()
        try:
            self._write()
            echo("\n" + "\n".join(table.lines(self._ready())) + "\n\nCtrl-C stops everything.")
            self._supervisor.keep(lambda: self._publish(echo), seconds=self._seconds)
        finally:
            page.stop()
            self._forget()

    def _ready(self) -> Ready:
        site = self._answers["hub"]["url"].rstrip("/")
        return Ready(
            start=self._start_url,
            portal=site,
            desk=f"{site}/desk",
            desk_password_file=str(self._folder.desk_password),
            hub_config=str(self._folder.hub_config),
            pids=self._supervisor.pids(),
            stations=[self._station(station) for station in STATIONS],
        )

    def _station(self, station: DemoStation) -> ReadyStation:
        answer = self._answers[station.id]
        return ReadyStation(
            id=station.id,
            municipality=station.municipality,
            branch=station.branch,
            kind=station.kind,
            url=answer["url"],
            bench=answer["bench"],
        )

    def _publish(self, echo: Echo) -> bool:
        """Return whether the ready-files say what is so; where they cannot, the region lives on."""
        try:
            self._write()
        except OSError as error:
            if not self._late:
                echo(f"{error.filename} cannot be written ({error.strerror}); it is tried again")
            self._late = True
            return False
        self._late = False
        return True

    def _write(self) -> None:
        for path in self._files:
            ready.write(path, self._ready())

    def _forget(self) -> None:
        for path in self._files:
            path.unlink(missing_ok=True)
