"""`python -m hub feed`, `export`, `reimport`: lists in, and all that is kept out and in again."""

from datetime import datetime
from pathlib import Path

import click

from circulation.errors import ConfigError
from hub.app import now_ms, upgrade
from hub.catalogue import exporting
from hub.catalogue.feeds.lines import Kind
from hub.catalogue.feeds.taking import Asked, Report, take
from hub.catalogue.sip2 import feeding
from hub.config import HubConfig, OwnSetting
from hub.database import open_database

WRONG_SHOWN = 50


@click.command("feed")
@click.argument("kind", type=click.Choice([each.value for each in Kind]))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--whole", is_flag=True, help="What is not in FILE is no more.")
@click.option("--made", help="When it was made, as 2026-11-29T03:10; else when FILE was written.")
@click.option("--anyway", is_flag=True, help="Though much is gone since the last one.")
@click.option("--dry-run", is_flag=True, help="Try all of it, and change nothing.")
@click.pass_obj
def feed(
    config: HubConfig,
    kind: str,
    file: Path,
    *,
    whole: bool,
    made: str | None,
    anyway: bool,
    dry_run: bool,
) -> None:
    """Take FILE, a list of KIND as CSV: what differs is changed, and what is wrong is named."""
    asked = Asked(
        kind=Kind(kind),
        whole=whole,
        made_ms=_made_ms(file, made),
        dry_run=dry_run,
        anyway=anyway,
    )
    upgrade(config.database)
    engine = open_database(config.database)
    observe = None if isinstance(config.catalogue, OwnSetting) else feeding.observe
    try:
        report = take(engine, file, asked, now_ms=now_ms(), observe=observe)
    finally:
        engine.dispose()
    _say(report, whole=whole)
    if dry_run:
        click.echo("Nothing was changed: this was a dry run.")


@click.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.pass_obj
def export_command(config: HubConfig, folder: Path) -> None:
    """Write all that the catalogue keeps into the new FOLDER, for its owner's eyes only."""
    engine = open_database(config.database)
    try:
        counts = exporting.export(engine, folder)
    finally:
        engine.dispose()
    for name, many in counts.items():
        click.echo(f"{many:8} in {name}")


@click.command("reimport")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.pass_obj
def reimport_command(config: HubConfig, folder: Path) -> None:
    """Enter all that `export` wrote into FOLDER."""
    upgrade(config.database)
    engine = open_database(config.database)
    try:
        reports = exporting.bring_in(engine, folder, now_ms())
    finally:
        engine.dispose()
    for report in reports:
        _say(report, whole=False)


def _made_ms(file: Path, made: str | None) -> int:
    if made is None:
        return min(file.stat().st_mtime_ns // 1_000_000, now_ms())
    try:
        at_ms = int(datetime.fromisoformat(made).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"--made {made!r} is no time; write it as 2026-11-29T03:10") from error
    if at_ms > now_ms():
        # Cards of a list that never grows old would be lent to for ever while the line is down.
        raise ConfigError(f"--made {made!r} is still to come")
    return at_ms


def _say(report: Report, *, whole: bool) -> None:
    click.echo(
        f"{report.read} {report.kind} read: {report.new} new, {report.changed} changed, "
        f"{report.gone} gone, {report.same} as before."
    )
    for wrong in report.wrong[:WRONG_SHOWN]:
        click.echo(f"Line {wrong.number} was left out: {wrong.reason}")
    if len(report.wrong) > WRONG_SHOWN:
        click.echo(f"... and {len(report.wrong) - WRONG_SHOWN} more.")
    if whole and report.wrong:
        click.echo("Nothing was taken away: a line that was left out may be what seems to be gone.")
    if report.kept:
        click.echo(f"{len(report.kept)} are gone from the list and stay: lent or waited for.")
