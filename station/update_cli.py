"""`python -m station update`: newer programs by the station's own asking, where nobody gets in."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from circulation.errors import ConfigError
from circulation.signing import KeySigner
from circulation.updates import Report, sign_report
from station import updating
from station.config import StationConfig, load
from station.identity import load_key
from station.joining import HubSite
from station.updating import Source, Told

REPORTED, TOLD = "report.json", "told"
_FOLDER = click.Path(path_type=Path, file_okay=False)
_folder = click.option(
    "--folder", type=_FOLDER, default=Path("/var/lib/fingertopp/updates"), show_default=True
)
_root = click.option("--root", type=_FOLDER, default=Path("/opt/fingertopp"), show_default=True)
_key = click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    default=updating.RELEASE_KEY,
    show_default=True,
    help="The public key of those who sign bundles.",
)


@click.group("update")
def update() -> None:
    """Take a newer program that a technician has signed; a timer does these three in order."""


@update.command()
@click.option("--from", "at", help="A folder, such as a USB stick's; else the hub's site.")
@_folder
@_root
@_key
@click.pass_obj
def fetch(path: Path, *, at: str | None, folder: Path, root: Path, key: Path) -> None:
    """Fetch what is new and for this station, or go on fetching it."""
    config = load(path)
    if not at and not config.hub.site:
        raise ConfigError(f"{path}: `[hub] site` is not set: where should bundles come from?")
    source = Source(at or f"{config.hub.site.rstrip('/')}/updates", config.hub.ca)
    bundle = updating.fetch(source, folder, _told(config, key), root)
    click.echo(f"Version {bundle.version} is here." if bundle else "Nothing new for this station.")


@update.command()
@click.option("--host", required=True, help="This station's name in the inventory.")
@_folder
@_root
@_key
@click.pass_obj
def apply(path: Path, *, host: str, folder: Path, root: Path, key: Path) -> None:
    """Apply what was fetched, as root; what fails leaves the last good version in force."""
    config = load(path)
    bundle = updating.lay_out(folder, _told(config, key), root)
    if bundle is None:
        click.echo("Nothing to apply.")
        return
    applied = updating.apply(root, host)
    click.echo(applied.said)
    if updating.is_begun(root) and not applied.failed:
        click.echo("The root is opened by a restart; after it the bundle is applied.")
        updating.restart()
        return
    if not applied.failed:
        updating.note_taken(root, bundle.serial)
    report = Report(
        station=config.station,
        serial=bundle.serial,
        version=updating.in_force(root),
        changed=applied.changed,
        failed=applied.failed,
        at_ms=int(datetime.now(UTC).timestamp() * 1000),  # noqa: TID251 - the command's own edge
    )
    # Not into the other's folder: what is written there as root could be led elsewhere.
    updating.keep(root / REPORTED, msgspec.json.encode(report))
    if updating.must_restart():
        updating.restart()
    sys.exit(1 if applied.failed else 0)


@update.command()
@_folder
@_root
@click.pass_obj
def report(path: Path, folder: Path, root: Path) -> None:
    """Tell the hub what came of it, once."""
    config, kept, said = load(path), root / REPORTED, folder / TOLD
    if not kept.exists():
        return
    told = msgspec.json.decode(kept.read_bytes(), type=Report)
    if said.exists() and said.read_text(encoding="ascii") == str(told.at_ms):
        return
    signer = KeySigner(config.station, load_key(config.identity.key))
    HubSite(config.hub.site, config.hub.ca).report(sign_report(told, signer))
    said.write_text(str(told.at_ms), encoding="ascii")
    click.echo("The hub has been told.")


def _told(config: StationConfig, key: Path) -> Told:
    return Told(config.station, config.branch, updating.release_key(key))
