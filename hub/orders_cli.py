"""`python -m hub order` and `orders`: have a station do something, and see what came of it."""

import time
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from sqlalchemy import Engine

from circulation.identifiers import StationId
from circulation.messages import ORDER_KINDS
from hub import orders
from hub.app import now_ms
from hub.config import HubConfig
from hub.database import open_database
from hub.errors import HubError
from hub.orders import DEFAULT_MINUTES, HOURS_MAX, Given
from hub.typist import typist

LOOK_SECONDS = 0.5


@click.command("order")
@click.argument("station")
@click.argument("kind", type=click.Choice(ORDER_KINDS))
@click.option("--text", default="", help="What it is to say; names no person.")
@click.option(
    "--minutes",
    type=click.IntRange(1, HOURS_MAX * 60),
    default=DEFAULT_MINUTES,
    show_default=True,
    help="How long it may still be done.",
)
@click.option("--wait", type=click.IntRange(0, 3600), default=0, help="Seconds to wait for it.")
@click.option("--json", "as_json", is_flag=True, help="The order as JSON.")
@click.pass_obj
def order(
    config: HubConfig,
    station: str,
    kind: str,
    *,
    text: str,
    minutes: int,
    wait: int,
    as_json: bool,
) -> None:
    """Have STATION do something, once; docs/explanation/orders.md says what each does."""
    engine = open_database(config.database)
    made_ms = now_ms()
    try:
        with engine.begin() as db:
            id_ = orders.give(
                db,
                StationId(station),
                kind,
                text=text,
                by=typist(),
                now_ms=made_ms,
                until_ms=made_ms + minutes * 60_000,
            )
        given = _awaited(engine, id_, wait)
    finally:
        engine.dispose()
    click.echo(msgspec.json.encode(_row(given)) if as_json else _sentence(given))
    if wait and not given.outcome:
        raise HubError(f"{station} has not answered yet; `python -m hub orders` shows when it has")


def _awaited(engine: Engine, id_: str, seconds: int) -> Given:
    end = time.monotonic() + seconds
    while True:
        with engine.connect() as db:
            given = orders.one(db, id_)
        if given.outcome or time.monotonic() >= end:
            return given
        time.sleep(LOOK_SECONDS)


@click.command("orders")
@click.argument("station", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@click.pass_obj
def orders_command(config: HubConfig, station: str | None, *, as_json: bool) -> None:
    """Show the latest orders, of STATION or of all, and what came of them."""
    engine = open_database(config.database)
    try:
        with engine.connect() as db:
            found = orders.latest(db, StationId(station) if station else None)
    finally:
        engine.dispose()
    if as_json:
        click.echo(msgspec.json.encode([_row(each) for each in found]))
        return
    for each in found:
        click.echo(_sentence(each))
    if not found:
        click.echo("Nothing was asked.")


def _row(given: Given) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(given)
    return row


def _sentence(given: Given) -> str:
    at = datetime.fromtimestamp(given.made_ms / 1000, UTC)
    ended = given.outcome or ("over" if now_ms() > given.until_ms else "not answered yet")
    told = f"\n  {given.told}".replace("\n", "\n  ").rstrip() if given.told else ""
    return f"{at:%Y-%m-%d %H:%M} UTC  {given.station}  {given.kind}  {ended}{told}"
