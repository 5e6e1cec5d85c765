"""`python -m hub`: run the hub, and say what is so."""

import secrets
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
import msgspec
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, ProgrammingError

from circulation.errors import CirculationError, ConfigError
from circulation.identifiers import ItemId
from hub import backup, database, decisions, keys, listing, story, taking
from hub.add_cli import add
from hub.app import PARTS, Hub, now_ms, open_catalogue, upgrade
from hub.catalogue.importing import import_file
from hub.catalogue.region import load_region
from hub.config import HubConfig, load
from hub.database import open_database
from hub.errors import HubError
from hub.feed_cli import export_command, feed, reimport_command
from hub.join_cli import join
from hub.keys_cli import keys as keys_command
from hub.orders_cli import order, orders_command
from hub.phrases_cli import phrases
from hub.rules_cli import rules
from hub.typist import typist

EXIT_CONFIG = 78
"""sysexits' EX_CONFIG: systemd is told not to try again."""

F = TypeVar("F", bound=Callable[..., Any])


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
        hub(standalone_mode=False)
    except ConfigError as error:
        sys.exit(_say(error, EXIT_CONFIG))
    except CirculationError as error:
        sys.exit(_say(error, 1))
    except (OperationalError, ProgrammingError) as error:
        sys.exit(_say(HubError(database.said(error)), 1))
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def _say(error: CirculationError, status: int) -> int:
    click.echo(f"hub: {error}", err=True)
    return status


@click.group()
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/fingertopp/hub.toml"),
    show_default=True,
)
@click.pass_context
def hub(context: click.Context, path: Path) -> None:
    """Run the hub of a region, and ask it what is so."""
    context.obj = load(path)


@hub.command()
@click.argument("parts", nargs=-1, type=click.Choice(PARTS))
@click.option("--ready", type=click.Path(path_type=Path), help="Written once all is up, as JSON.")
@click.pass_obj
def run(config: HubConfig, parts: tuple[str, ...], ready: Path | None) -> None:
    """Run the hub, or only PARTS of it, until told to stop."""
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    running = Hub(config, lambda: secrets.token_hex(8))
    running.start(parts or PARTS)
    if ready is not None:
        write_ready(ready, {"url": f"http://{config.web.host}:{running.web_port}"})
    # A line that died cannot be mended from within: end, and be started again.
    while not stopping.wait(1.0) and running.alive():
        pass
    if not stopping.is_set():
        sys.exit("hub: the line to its stations has ended")
    running.stop()


@hub.command("sip2")
@click.option("--host", help="Instead of [sip2] host.")
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of [sip2] port; 0 takes any.")
@click.option("--ready", type=click.Path(path_type=Path), help="Written once it is up, as JSON.")
@click.pass_obj
def sip2_command(config: HubConfig, host: str | None, port: int | None, ready: Path | None) -> None:
    """Listen to self-checks and sorters of others, and to nobody else, until told to stop."""
    if config.sip2 is None or not config.sip2.device:
        raise ConfigError("no `[[sip2.device]]` is set: who should speak?")
    told = {"host": host, "port": port}
    chosen = {name: value for name, value in told.items() if value is not None}
    setting = msgspec.structs.replace(config.sip2, **chosen)
    stopping = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    running = Hub(config, lambda: secrets.token_hex(8))
    # A poster elsewhere looks at the ledger by itself.
    running.start_sip2(setting, lambda _items: None)
    if ready is not None:
        write_ready(ready, {"host": setting.host, "port": running.sip2_port})
    stopping.wait()
    running.stop()


def write_ready(path: Path, told: dict[str, object]) -> None:
    """Put *told* in *path*, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(msgspec.json.encode(told))
    new.replace(path)


@hub.command("upgrade")
@click.pass_obj
def upgrade_command(config: HubConfig) -> None:
    """Bring the database to this program's tables."""
    upgrade(config.database)


@hub.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def backup_command(config: HubConfig, file: Path) -> None:
    """Write a backup to FILE and read it back; stations may then erase what it holds."""
    engine = open_database(config.database)
    _tell_deleted(backup.make_room(engine, now_ms()))
    facts_safe = backup.backup(engine, file)
    kept = backup.keep_no_longer(engine, file, now_ms())
    engine.dispose()
    click.echo(f"{facts_safe} facts are safe in {file}.")
    _tell_deleted(kept.deleted)
    for old in kept.in_the_way:
        click.echo(f"{old} is more than 30 days old and says who had what: delete it.", err=True)


def _tell_deleted(copies: list[Path]) -> None:
    for old in copies:
        click.echo(f"{old} was more than 30 days old, and is deleted.")


@hub.command("restored")
@click.pass_obj
def restored_command(config: HubConfig) -> None:
    """Say, before its first start, that this database is restored from a backup."""
    engine = open_database(config.database)
    name = backup.restored(engine, lambda: secrets.token_hex(8))
    engine.dispose()
    click.echo(f"This hub is now {name}: stations will send again what it lacks.")


@hub.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def import_command(config: HubConfig, file: Path) -> None:
    """Import the MARC21 or MARCXML records in FILE; a broken one is named, the rest goes in."""
    upgrade(config.database)
    engine = open_database(config.database)
    report = import_file(engine, file, lambda read: click.echo(f"{read} records ...", err=True))
    engine.dispose()
    if report.resumed:
        click.echo(f"It went on after record {report.resumed}, where it was stopped before.")
    click.echo(f"{report.read} records read, {report.titles} titles.")
    for control, numbers in report.repeated.items():
        click.echo(f"{len(numbers)} records share {control}: the last stands ({_listed(numbers)}).")
    for broken in report.broken:
        named = f", {broken.control_number}" if broken.control_number else ""
        click.echo(f"Record {broken.number}{named} is broken and was left out: {broken.reason}")


@hub.command("load")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--dry-run", is_flag=True, help="Try all of it, and change nothing.")
@click.pass_obj
def load_command(config: HubConfig, folder: Path, *, dry_run: bool) -> None:
    """Enter the libraries in FOLDER/region.toml, and copies, patrons and cards in its CSV files.

    All of it or nothing; twice is as once. Titles are imported before.
    """
    upgrade(config.database)
    engine = open_database(config.database)
    try:
        loaded = load_region(engine, folder, now_ms(), dry_run=dry_run)
    finally:
        engine.dispose()
    click.echo(f"{len(loaded.branch)} libraries in {len(loaded.municipality)} municipalities.")
    if dry_run:
        click.echo("Nothing was changed: this was a dry run.")


@hub.command("take")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def take_command(config: HubConfig, file: Path) -> None:
    """Take the facts in FILE, which a station's `journal export` wrote; once, however often."""
    engine = open_database(config.database)
    try:
        taken = taking.take(engine, keys.load_ring(config.sealing), file, now_ms())
    finally:
        engine.dispose()
    click.echo(taken.sentence())


hub.add_command(keys_command)
hub.add_command(join)
hub.add_command(rules)
hub.add_command(order)
hub.add_command(orders_command, "orders")
hub.add_command(phrases)
hub.add_command(add)
hub.add_command(feed)
hub.add_command(export_command)
hub.add_command(reimport_command)


def _listed(numbers: list[int]) -> str:
    return ", ".join(f"number {number}" for number in numbers)


def show(
    config: HubConfig, rows: Callable[[Engine], list[dict[str, Any]]], *, as_json: bool
) -> None:
    """Print *rows* of the hub's database, as text or as JSON."""
    engine = open_database(config.database)
    found = rows(engine)
    engine.dispose()
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    for row in found:
        click.echo("  ".join(f"{key}={value}" for key, value in row.items()))


def saying(rows: Callable[[Engine], list[dict[str, Any]]]) -> None:
    """Add a command that shows *rows*, as text or as JSON."""

    @hub.command(rows.__name__, help=rows.__doc__)
    @click.option("--json", "as_json", is_flag=True, help="One JSON list.")
    @click.pass_obj
    def command(config: HubConfig, *, as_json: bool) -> None:
        show(config, rows, as_json=as_json)


for lists in (listing.loans, listing.facts, listing.statistics, listing.stations):
    saying(lists)


@hub.group("exceptions", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@click.option("--all", "every", is_flag=True, help="What is resolved or settled, too.")
@click.pass_context
def exceptions_command(context: click.Context, *, as_json: bool, every: bool) -> None:
    """Show what broke a rule and nobody has settled."""
    if context.invoked_subcommand is None:
        config: HubConfig = context.obj
        rows = listing.every_exception if every else listing.open_exceptions
        show(config, rows, as_json=as_json)


@exceptions_command.command("settle")
@click.argument("key")
@click.option("--as", "action", required=True, help="What was done.")
@click.option("--reason", required=True, help="Why; names no person.")
@click.option("--again", is_flag=True, help="Decide anew what was settled before.")
@click.pass_obj
def settle_command(config: HubConfig, key: str, action: str, reason: str, *, again: bool) -> None:
    """Settle the exception KEY: what was done about it, and why."""
    engine = open_database(config.database)
    made = decisions.Decision(key=key, action=action, reason=reason, by=typist(), at_ms=now_ms())
    try:
        with engine.begin() as db:
            new = decisions.settle(db, made, again=again)
    finally:
        engine.dispose()
    click.echo(f"{key} is settled as {action}{'' if new else ', as it was before'}.")


@hub.command("story")
@click.option("--item", required=True, help="The copy's number.")
@click.pass_obj
def story_command(config: HubConfig, item: str) -> None:
    """Tell a book's life: where, when, what was told, what the catalogue was told."""
    engine = open_database(config.database)
    catalogue = open_catalogue(config, engine)
    log, known = catalogue.log(ItemId(item)), catalogue.item(ItemId(item))
    with engine.connect() as db:
        lines = story.story(db, ItemId(item), log, ZoneInfo(config.zone))
    engine.dispose()
    if not lines and known is None:
        raise HubError(f"neither the catalogue nor the ledger knows {item!r}; the number is asked")
    if known is not None and not lines:
        lines = [f"Nothing has happened to {item} ({known.title})."]
    for line in lines:
        click.echo(line)
