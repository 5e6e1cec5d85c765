"""`python -m station`: run a station, and look at its journal."""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import click
import msgspec
import structlog

from circulation.errors import CirculationError, ConfigError
from firmware_config.errors import KitError
from station.app import StationApp
from station.config import load
from station.doctor_cli import doctor
from station.heartbeat import Heartbeat
from station.join_cli import join_command, renew_command
from station.journal_cli import journal
from station.update_cli import update

SUPPLY_SECONDS_MAX = 10.0
"""How long the ready file waits for the hub's word; a station is of use without it too."""
EXIT_CONFIG = 78
"""sysexits' EX_CONFIG: systemd is told not to try again."""


def main() -> None:
    """Run the command line; what a technician must mend is one sentence."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ]
    )
    try:
        station(standalone_mode=False)
    except (ConfigError, KitError) as error:
        click.echo(f"station: {error}", err=True)
        sys.exit(EXIT_CONFIG)
    except CirculationError as error:
        click.echo(f"station: {error}", err=True)
        sys.exit(1)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


@click.group()
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/fingertopp/station.toml"),
    show_default=True,
)
@click.pass_context
def station(context: click.Context, path: Path) -> None:
    """Run a talking library station."""
    context.obj = path


station.add_command(doctor)
station.add_command(journal)
station.add_command(join_command)
station.add_command(renew_command)
station.add_command(update)


@station.command()
@click.option("--ready", type=click.Path(path_type=Path), help="Written once all is up, as JSON.")
@click.pass_obj
def run(path: Path, ready: Path | None) -> None:
    """Run the station until told to stop."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    app = StationApp(load(path))
    app.start()
    end = time.monotonic() + SUPPLY_SECONDS_MAX
    while not app.decider.supplied() and time.monotonic() < end and not stopping.is_set():
        stopping.wait(0.05)
    if ready is not None:
        url = f"http://{app.config.web.host}:{app.server.port}"
        answer = {"url": url, "bench": f"{url}/bench" if app.kit.wholly_simulated else ""}
        new = ready.with_name(f"{ready.name}.new")
        new.write_bytes(msgspec.json.encode(answer))
        new.replace(ready)
    heartbeat = Heartbeat(os.environ)
    heartbeat.ready()
    # A part that died or hangs cannot be mended from within: end, and be started again.
    while not stopping.wait(1.0) and app.alive() and not app.decider.restarting():
        heartbeat.beat()
    if not stopping.is_set() and not app.decider.restarting():
        sys.exit("station: a part has ended or hangs that it cannot do without")
    app.stop()
