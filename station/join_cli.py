"""`python -m station join` and `renew`: how a machine becomes a station, and stays one."""

import time
from datetime import UTC, datetime
from pathlib import Path

import click

from circulation.errors import ConfigError
from circulation.identifiers import StationId
from station.config import StationConfig, load
from station.errors import WaitError
from station.joining import HubSite, Renewal, join, renew, serial_number
from station.sticks import ask_to_join, ask_to_renew, join_by, renew_by

AGAIN_SECONDS = 60.0
_FILE = click.Path(path_type=Path, dir_okay=False)
_STICK = click.Path(path_type=Path, file_okay=False)


@click.command("join")
@click.argument("station")
@click.option("--url", default="", help="The hub's site, https://...")
@click.option("--ca", type=_FILE, required=True, help="The region's authority, PEM.")
@click.option("--token-file", type=_FILE, help="The claim token, in a file.")
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("/var/lib/fingertopp/identity"),
    show_default=True,
    help="Where the identity and the settings are put.",
)
@click.option("--request-to", type=_STICK, help="Ask by a stick: write the request there.")
@click.option("--answer-from", type=_STICK, help="Take the answer that `enrol` wrote there.")
@click.option(
    "--wait/--no-wait", default=True, help="Ask until the hub answers and somebody accepts."
)
def join_command(
    station: str,
    *,
    url: str,
    ca: Path,
    token_file: Path | None,
    to: Path,
    request_to: Path | None,
    answer_from: Path | None,
    wait: bool,
) -> None:
    """Become STATION: make a key here, and ask the hub for all the rest.

    Where no line leads to the hub: once with --request-to, carry the stick to the hub and back,
    and once with --answer-from.
    """
    id_ = StationId(station)
    if answer_from is not None:
        join_by(id_, to, answer_from, ca, site=url)
    elif token_file is None:
        raise click.UsageError("give --token-file, or --answer-from for an answer on a stick")
    elif request_to is not None:
        asked = ask_to_join(id_, _token(token_file), to, request_to, serial=serial_number())
        click.echo(f"{asked} is written: `python -m provisioning enrol` at the hub answers it.")
        return
    else:
        _join_over_the_line(HubSite(url, ca), id_, _token(token_file), to, wait=wait)
    if token_file is not None:
        token_file.unlink(missing_ok=True)
    click.echo(f"This is {station} now. Its settings are in {to / 'station.toml'}.")


def _join_over_the_line(
    site: HubSite, station: StationId, token: str, to: Path, *, wait: bool
) -> None:
    said = ""
    while True:
        try:
            join(site, station, token, to, serial=serial_number())
        except WaitError as error:
            if not wait:
                raise
            if str(error) != said:
                said = str(error)
                click.echo(f"{said} (asking again every minute)", err=True)
            time.sleep(AGAIN_SECONDS)
        else:
            return


@click.command("renew")
@click.option("--now", "at_once", is_flag=True, help="Also where its time is not nearly over.")
@click.option("--request-to", type=_STICK, help="Ask by a stick: write the request there.")
@click.option("--answer-from", type=_STICK, help="Take the answer that `enrol` wrote there.")
@click.pass_obj
def renew_command(
    path: Path, *, at_once: bool, request_to: Path | None, answer_from: Path | None
) -> None:
    """Ask whom to believe, and for a new certificate where it is time; a timer runs it daily."""
    config = load(path)
    if request_to is not None:
        asked = ask_to_renew(config, request_to)
        click.echo(f"{asked} is written: `python -m provisioning enrol` at the hub answers it.")
        return
    renewal = renew_by(config, answer_from) if answer_from else _renewed(path, config, at_once)
    if renewal.authorities:
        click.echo("The authorities that are believed have changed.")
    said = "A new certificate is in place." if renewal.certificate else "The certificate is good."
    click.echo(said)


def _renewed(path: Path, config: StationConfig, at_once: bool) -> Renewal:
    if not config.hub.site:
        raise ConfigError(f"{path}: `[hub] site` is not set: where should a certificate come from?")
    now = datetime.now(UTC)  # noqa: TID251 - the command's own edge
    return renew(HubSite(config.hub.site, config.hub.ca), config, now, at_once=at_once)


def _token(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no token: {error}") from error
