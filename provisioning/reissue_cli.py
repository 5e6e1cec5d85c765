"""`python -m provisioning reissue` and `revoke`: who is believed as a station."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from circulation.errors import ConfigError
from circulation.identifiers import StationId
from circulation.sealing import SealingKey
from hub import reissue
from hub.authorities import of_this_hub
from hub.config import HubConfig, load
from hub.database import open_database
from provisioning.files import write_atomically
from provisioning.options import of_hub
from provisioning.reissuing import CRL, Reissued, list_withdrawn, reissue_into, with_identity

_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)
_authority = click.option(
    "--authority", type=_FOLDER, required=True, help="Folder of the authority's ca.key and ca.pem."
)


@click.command("reissue")
@click.argument("station")
@of_hub
@_authority
@click.option("--to", type=_FOLDER, required=True, help="New folder for what goes to the station.")
@click.option("--request", "asked", type=_FILE, help="Signing request made on the station, PEM.")
@click.option("--settings", type=_FILE, help="The station's station.toml, to be put right.")
def reissue_command(
    station: str,
    *,
    config: Path,
    authority: Path,
    to: Path,
    asked: Path | None,
    settings: Path | None,
) -> None:
    """Give STATION a new key, certificate and epoch, and believe the old ones no more."""
    hub, now = load(config), _now()
    issuer = of_this_hub(authority, hub.certificate)
    text = _settings(settings, station) if settings else ""
    with _database(hub) as engine:
        made = reissue_into(
            to,
            StationId(station),
            engine=engine,
            config=hub,
            issuer=issuer,
            asked=_read(asked) if asked else None,
            now=now,
        )
        list_withdrawn(engine, authority, now)
    click.echo(f"{station} has epoch {made.epoch} now; its old certificate is believed no more.")
    if settings:
        write_atomically(to / "station.toml", with_identity(text, made).encode())
        click.echo(f"Put what is in {to} where the station has its settings, and start it.")
    else:
        click.echo(f"Put what is in {to} where the station has its settings; in station.toml set")
        click.echo(with_identity("[identity]\n[sealing]\n", made), nl=False)
        click.echo("and start it.")


@click.command("revoke")
@click.argument("station")
@of_hub
@_authority
def revoke_command(station: str, config: Path, authority: Path) -> None:
    """Believe STATION no more: what it sends is set aside and counted, until it is reissued."""
    hub, now = load(config), _now()
    of_this_hub(authority, hub.certificate)
    with _database(hub) as engine:
        with engine.begin() as db:
            new = reissue.revoke(db, StationId(station), int(now.timestamp() * 1000))
        list_withdrawn(engine, authority, now)
    click.echo(f"{station} is revoked{'' if new else ', as it was before'}.")
    click.echo("A broker that is watched (`broker watch`) ends its session within seconds.")
    click.echo(f"Any other: give it {authority / CRL}, and start it anew.")


@contextmanager
def _database(hub: HubConfig) -> Iterator[Engine]:
    engine = open_database(hub.database)
    try:
        yield engine
    finally:
        engine.dispose()


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the command's own edge


def _settings(path: Path, station: str) -> str:
    """Return the settings in *path* where they are *station*'s, and could be put right.

    This is known before anything is done: what is believed no more cannot be taken back.
    """
    try:
        text = _read(path).decode()
        told = tomllib.loads(text)
    except ValueError as error:
        raise ConfigError(f"{path}: no station's settings: {error}") from error
    if told.get("station") != station:
        raise ConfigError(f"{path} is of {told.get('station', 'no station')}, not of {station}")
    try:
        with_identity(text, Reissued(epoch=1, key=SealingKey("", b"")))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return text


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
