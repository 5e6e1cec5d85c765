"""`python -m hub add`: one patron, card or copy, without a file to write first.

Each is a list of one or two lines, taken as `feed` takes it: the same checks, the same log.
"""

import csv
import secrets
import tempfile
from pathlib import Path

import click
import msgspec
from sqlalchemy import Engine, select

from circulation.errors import ConfigError
from hub.app import now_ms, upgrade
from hub.catalogue import tables
from hub.catalogue.feeds.lines import CardLine, Kind
from hub.catalogue.feeds.taking import Asked, Report, take
from hub.config import HubConfig, OwnSetting
from hub.database import open_database

PATRON_ID_BYTES = 8
Row = dict[str, str]


@click.group("add")
@click.pass_obj
def add(config: HubConfig) -> None:
    """Add a patron, a card or a copy to the hub's own catalogue."""
    if not isinstance(config.catalogue, OwnSetting):
        raise ConfigError("patrons, cards and copies are kept by your library system: add it there")


@add.command("patron")
@click.option("--card", required=True, help="The number on their card.")
@click.option("--name", default="", help="For staff; no station and no device is told it.")
@click.option("--birth-year", default="0", help="Asked where an age limit is.")
@click.option("--kind", default="adult", show_default=True)
@click.option("--municipality", default="", help="Its code, where statistics count it.")
@click.option("--language", default="sv", show_default=True)
@click.option("--entitled", is_flag=True, help="To talking books made under the exception.")
@click.option("--pin", prompt=True, hide_input=True, confirmation_prompt=True, default="")
@click.pass_obj
def patron_command(config: HubConfig, /, *, card: str, entitled: bool, **told: str) -> None:
    """Add a patron with a card; the PIN is asked for, and may be left empty."""
    id_ = f"p-{secrets.token_hex(PATRON_ID_BYTES)}"
    row = {name: value for name, value in told.items() if value}
    engine = _opened(config)
    try:
        _not_there(engine, card)
        _one(engine, Kind.PATRONS, row | {"patron": id_, "entitled": str(entitled).lower()})
        _one(engine, Kind.CARDS, {"card": card, "patron": id_})
    finally:
        engine.dispose()
    click.echo(f"Patron {id_} has a card now.")


@add.command("card")
@click.argument("card")
@click.option("--instead-of", "lost", required=True, help="A card of theirs, which is lost.")
@click.pass_obj
def card_command(config: HubConfig, card: str, lost: str) -> None:
    """Give who has another card the new CARD; nobody borrows with the other any more."""
    engine = _opened(config)
    try:
        _not_there(engine, card)
        known = select(tables.loan_card.c.patron).where(tables.loan_card.c.number == lost)
        with engine.connect() as db:
            patron = db.scalar(known)
        if patron is None:
            raise ConfigError("the card to replace is not known")
        new = {"card": card, "patron": patron, "state": "active"}
        _take(engine, Kind.CARDS, [new, {"card": lost, "patron": patron, "state": "lost"}])
    finally:
        engine.dispose()
    click.echo("The new card is good; the other is lost.")


@add.command("item")
@click.argument("item")
@click.option("--title", required=True, help="The title's control number.")
@click.option("--branch", required=True, help="The library that it belongs to.")
@click.option(
    "--usage",
    type=click.Choice(["circulating", "reference", "entitled"]),
    default="circulating",
    show_default=True,
)
@click.option("--shelf", default="", help="Where it stands.")
@click.pass_obj
def item_command(config: HubConfig, /, **row: str) -> None:
    """Add the copy ITEM of a title whose record is imported."""
    engine = _opened(config)
    try:
        with engine.connect() as db:
            if db.scalar(select(tables.item.c.id).where(tables.item.c.id == row["item"])):
                raise ConfigError(f"there is a copy {row['item']!r} already")
        _one(engine, Kind.ITEMS, row)
    finally:
        engine.dispose()
    click.echo(f"{row['item']} is in at {row['branch']}.")


def _opened(config: HubConfig) -> Engine:
    upgrade(config.database)
    return open_database(config.database)


def _not_there(engine: Engine, card: str) -> None:
    try:
        # Before a patron is entered, who would be left without one.
        msgspec.convert({"card": card}, CardLine)
    except msgspec.ValidationError as error:
        raise ConfigError(f"that is no card's number: {error}") from error
    with engine.connect() as db:
        if db.scalar(select(tables.loan_card.c.number).where(tables.loan_card.c.number == card)):
            raise ConfigError("there is a card with that number already")


def _one(engine: Engine, kind: Kind, row: Row) -> None:
    _take(engine, kind, [row])


def _take(engine: Engine, kind: Kind, rows: list[Row]) -> None:
    """Take *rows*, all of them or none, as a list of *kind*."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        _wholly(take(engine, file, _asked(kind, dry_run=True), now_ms=now_ms()))
        take(engine, file, _asked(kind), now_ms=now_ms())


def _asked(kind: Kind, *, dry_run: bool = False) -> Asked:
    return Asked(kind=kind, whole=False, made_ms=now_ms(), dry_run=dry_run)


def _wholly(report: Report) -> None:
    if report.wrong:
        raise ConfigError("; ".join(each.reason for each in report.wrong))
