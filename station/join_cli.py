"""`python -m station join` and `renew`: how a machine becomes a station, and stays one."""

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from circulation.errors import ConfigError
from circulation.identifiers import StationId
from station.config import load
from station.errors import WaitError
from station.joining import HubSite, join, renew, serial_number

AGAIN_SECONDS = 60.0
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("join")
@click.argument("station")
@click.option("--url", required=True, help="The hub's site, https://...")
@click.option("--ca", type=_FILE, required=True, help="The region's authority, PEM.")
@click.option("--token-file", type=_FILE, required=True, help="The claim token, in a file.")
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/var/lib/fingertopp/identity"),
    show_default=True,
    help="Where the identity and the settings are put.",
)
@click.option(
    "--wait/--no-wait", default=True, help="Ask until the hub answers and somebody accepts."
)
def join_command(
    station: str, *, url: str, ca: Path, token_file: Path, to: Path, wait: bool
) -> None:
    """Become STATION: make a key here, and ask the hub for all the rest."""
    site, token, said = HubSite(url, ca), _token(token_file), ""
    while True:
        try:
            join(site, StationId(station), token, to, serial=serial_number())
        except WaitError as error:
            if not wait:
                raise
            if str(error) != said:
                said = str(error)
                click.echo(f"{said} (asking again every minute)", err=True)
            time.sleep(AGAIN_SECONDS)
        else:
            break
    token_file.unlink(missing_ok=True)
    click.echo(f"This is {station} now. Its settings are in {to / 'station.toml'}.")


@click.command("renew")
@click.option("--now", "at_once", is_flag=True, help="Also where its time is not nearly over.")
@click.pass_obj
def renew_command(path: Path, *, at_once: bool) -> None:
    """Ask whom to believe, and for a new certificate where it is time; a timer runs it daily."""
    config = load(path)
    if not config.hub.site:
        raise ConfigError(f"{path}: `[hub] site` is not set: where should a certificate come from?")
    site = HubSite(config.hub.site, config.hub.ca)
    now = datetime.now(UTC)  # noqa: TID251 - the command's own edge
    renewal = renew(site, config, now, at_once=at_once)
    if renewal.authorities:
        click.echo("The authorities that are believed have changed.")
    click.echo(
        "A new certificate is in place." if renewal.certificate else "The certificate is good."
    )


def _token(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no token: {error}") from error
