"""`python -m hub rules`: the circulation rules that hold, and others from a file."""

from pathlib import Path
from typing import get_args

import click
import msgspec

from circulation.errors import ConfigError
from hub.app import now_ms, upgrade
from hub.catalogue import branches, rulebook
from hub.catalogue.answering import writing
from hub.catalogue.log import Write
from hub.catalogue.terms import BUILT_IN, ItemKind, Rule
from hub.config import HubConfig
from hub.database import open_database

_FOR = ("item_kind", "patron_kind", "branch")


@click.group("rules")
def rules() -> None:
    """Show or set how long, how many and to whom the embedded catalogue lends."""


@rules.command("show")
@click.option("--json", "as_json", is_flag=True, help="One JSON list of the region's own rules.")
@click.pass_obj
def show_command(config: HubConfig, *, as_json: bool) -> None:
    """Show the rules, the built-in ones first."""
    engine = open_database(config.database)
    try:
        with engine.connect() as db:
            own = rulebook.of(db).rules
    finally:
        engine.dispose()
    if as_json:
        click.echo(msgspec.json.encode(own))
        return
    for rule in BUILT_IN:
        click.echo(f"{_sentence(rule)} (built in)")
    for rule in own:
        click.echo(_sentence(rule))


@rules.command("load")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Try all of it, and change nothing.")
@click.pass_obj
def load_command(config: HubConfig, file: Path, *, dry_run: bool) -> None:
    """Let the rules in FILE hold from now on, and no others but the built-in ones."""
    told = rulebook.read(file)
    upgrade(config.database)
    engine = open_database(config.database)
    try:
        with writing(engine) as db:
            rulebook.keep(db, told, Write(posting=None, at_ms=now_ms()))
            if dry_run:
                db.rollback()
    finally:
        engine.dispose()
    click.echo(f"{len(told)} rules hold{' not yet: this was a dry run' if dry_run else ''}.")


@rules.command("terms")
@click.option(
    "--item-kind",
    type=click.Choice([kind for kind in get_args(ItemKind) if kind]),
    default="book",
    show_default=True,
)
@click.option("--patron-kind", default="adult", show_default=True)
@click.option("--branch", default="", help="The library that the copy belongs to.")
@click.pass_obj
def terms_command(config: HubConfig, item_kind: str, patron_kind: str, branch: str) -> None:
    """Say what holds for one kind of copy and patron at one library."""
    engine = open_database(config.database)
    try:
        with engine.connect() as db:
            home = branches.branch(db, branch) if branch else None
            if branch and home is None:
                raise ConfigError(f"there is no library {branch!r}")
            found = rulebook.of(db).terms(
                item_kind=item_kind,
                patron_kind=patron_kind,
                branch=branch,
                loan_days=home.details.loan_days if home else None,
            )
    finally:
        engine.dispose()
    for name, value in msgspec.to_builtins(found).items():
        click.echo(f"{name} = {'as any' if value is None else str(value).lower()}")


def _sentence(rule: Rule) -> str:
    told = msgspec.to_builtins(rule)
    for_whom = " ".join(f"{name}={told.pop(name)}" for name in _FOR if name in told)
    says = " ".join(f"{name}={str(value).lower()}" for name, value in told.items())
    return f"{for_whom or 'all'}: {says or 'nothing'}"
