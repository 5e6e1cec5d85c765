"""`python -m hub join`: stations that wait to be taken in."""

from datetime import UTC, datetime

import click

from circulation.identifiers import StationId
from hub import claims
from hub.config import HubConfig
from hub.database import open_database


@click.group("join")
def join() -> None:
    """Show the stations that are expected, and accept those that wait."""


@join.command("list")
@click.pass_obj
def list_command(config: HubConfig) -> None:
    """List who is expected, and who has asked."""
    engine = open_database(config.database)
    with engine.connect() as db:
        expected = claims.expected(db)
    engine.dispose()
    for each in expected:
        click.echo(f"{each.station}  {each.branch}  {_stands(each)}")
    if not expected:
        click.echo("No station is expected.")


@join.command("accept")
@click.argument("station")
@click.pass_obj
def accept_command(config: HubConfig, station: str) -> None:
    """Take STATION in when it asks again, which it does within a minute."""
    engine = open_database(config.database)
    with engine.begin() as db:
        claims.accept(db, StationId(station))
    engine.dispose()
    click.echo(f"{station} is accepted.")


def _stands(each: claims.Claim) -> str:
    if each.asked_ms is not None:
        return "is accepted" if each.accepted else "has asked and waits to be accepted"
    return f"has not asked; its token is good until {_day(each.expires_ms)}"


def _day(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d}"
