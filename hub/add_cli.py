"""`python -m hub add`: one patron, card or copy, without a file to write first.

Numbers, names and PINs are asked for, or read line by line where they are piped in: what stands on
a command line is seen by everybody on the machine, and kept in the shell's history.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import click
import msgspec

from circulation.errors import ConfigError
from circulation.identifiers import CardNumber
from circulation.storable import HAS_UNSTORABLE, unstorable
from hub.app import now_ms, upgrade
from hub.catalogue.feeds.lines import ItemLine, PatronLine
from hub.catalogue.registering import Register, Wrong, pin_fits
from hub.config import HubConfig, OwnSetting
from hub.database import open_database

L = TypeVar("L", bound=msgspec.Struct)
T = TypeVar("T")
_WORDS = {
    Wrong.CARD: "that is no card's number: it has 1 to 100 letters, and no | among them",
    Wrong.CARD_KNOWN: "there is a card with that number already",
    Wrong.CARD_UNKNOWN: "the card to replace is not known",
    Wrong.ITEM: "that is no copy's number: it has 1 to 100 letters, and no | among them",
    Wrong.ITEM_KNOWN: "there is a copy with that number already",
    Wrong.TITLE: "there is no such title; import its record first",
    Wrong.BRANCH: "there is no such library",
    Wrong.MUNICIPALITY: "there is no such municipality",
    Wrong.PIN: "a PIN has four digits, as the keys of a station",
}


@click.group("add")
@click.pass_obj
def add(config: HubConfig) -> None:
    """Add a patron, a card or a copy to the hub's own catalogue."""
    if not isinstance(config.catalogue, OwnSetting):
        raise ConfigError("patrons, cards and copies are kept by your library system: add it there")


@add.command("patron")
@click.option("--birth-year", default=0, help="Asked where an age limit is.")
@click.option("--kind", default="adult", show_default=True)
@click.option("--municipality", default="", help="Its code, where statistics count it.")
@click.option("--language", default="sv", show_default=True)
@click.option("--entitled", is_flag=True, help="To talking books made under the exception.")
@click.pass_obj
def patron_command(config: HubConfig, /, **told: str | int | bool) -> None:
    """Add a patron with a card.

    The card's number, the name and the PIN are asked for, or are three lines that are piped in;
    name and PIN may be empty.
    """
    card = _asked("The card's number")
    name = _asked("Name, for staff", default="")
    pin = _secret("PIN, or nothing")
    if pin and not pin_fits(pin):
        raise ConfigError(_WORDS[Wrong.PIN])
    line = _line({"patron": "?", "name": name, "pin": pin, **told}, PatronLine)
    with _register(config) as register:
        id_ = _entered(register.patron(line, card, at_ms=now_ms()))
    click.echo(f"Patron {id_} has a card now.")


@add.command("card")
@click.pass_obj
def card_command(config: HubConfig) -> None:
    """Give who has lost a card a new one; nobody borrows with the lost one any more.

    The lost card's number and the new one's are asked for, or are two lines that are piped in.
    """
    lost = CardNumber(_asked("The lost card's number").strip())
    card = _asked("The new card's number")
    with _register(config) as register:
        _entered(register.replace(lost, card, at_ms=now_ms()))
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
def item_command(config: HubConfig, /, **row: str | int | bool) -> None:
    """Add the copy ITEM of a title whose record is imported."""
    with _register(config) as register:
        _entered(register.copy(_line(row, ItemLine), at_ms=now_ms()))
    click.echo(f"{row['item']} is in at {row['branch']}.")


@contextmanager
def _register(config: HubConfig) -> Iterator[Register]:
    upgrade(config.database)
    engine = open_database(config.database)
    try:
        yield Register(engine)
    finally:
        engine.dispose()


def _asked(what: str, default: str | None = None) -> str:
    told = str(click.prompt(what, default=default, show_default=False, err=True))
    if unstorable(told):
        raise ConfigError(f"`{what}` {HAS_UNSTORABLE}")
    return told


def _secret(what: str) -> str:
    # Piped in, nobody types it, and nothing shows it.
    typed = sys.stdin.isatty()
    asked = click.prompt(
        what,
        default="",
        show_default=False,
        hide_input=typed,
        confirmation_prompt=typed,
        err=True,
    )
    return str(asked)


def _line(told: dict[str, str | int | bool], kind: type[L]) -> L:
    if name := next((name for name, value in told.items() if unstorable(value)), ""):
        raise ConfigError(f"`{name}` {HAS_UNSTORABLE}")
    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(str(error)) from error


def _entered(came: T | Wrong) -> T:
    if isinstance(came, Wrong):
        raise ConfigError(_WORDS[came])
    return came
