"""`python -m hub keys`: what stations seal to, what old keys are kept for, and the copy of all."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
from sqlalchemy.exc import SQLAlchemyError

from circulation.errors import ConfigError
from hub import escrow, fleet, reopening, replays, rotation
from hub.app import now_ms
from hub.authorities import of_this_hub
from hub.config import HubConfig
from hub.database import open_database
from hub.fleet import Station
from hub.keys import KeptKey, load_kept, load_ring
from hub.rotation import Standing

F = TypeVar("F", bound=Callable[..., Any])


@click.group("keys", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@click.pass_context
def keys(context: click.Context, *, as_json: bool) -> None:
    """Show the sealing keys: which is in use, and which old one can go, and when."""
    if context.invoked_subcommand is not None:
        return
    config: HubConfig = context.obj
    found = rotation.standings(load_kept(config.sealing), _stations(config))
    if as_json:
        rows = [{**msgspec.to_builtins(each), "free_ms": each.free_ms} for each in found]
        click.echo(msgspec.json.encode(rows))
        return
    for each in found:
        click.echo(_sentence(each))


def _stations(config: HubConfig) -> list[Station]:
    engine = open_database(config.database)
    try:
        with engine.connect() as db:
            return fleet.stations(db)
    finally:
        engine.dispose()


def _sentence(key: Standing) -> str:
    under = ", ".join(key.stations)
    if not key.here:
        return (
            f"{key.id}: NOT HERE, and {under} may have facts under it: "
            "restore an escrow copy that has it."
        )
    if key.replaced_ms is None:
        return f"{key.id}: in use, made {_day(key.made_ms)}; {under or 'no station'} may have it."
    replaced = f"{key.id}: replaced {_day(key.replaced_ms)}"
    if key.free_ms is None:
        return f"{replaced}; kept for {under}."
    return f"{replaced}; no station needs it; it can go from {_day(key.free_ms)}."


def _day(at_ms: int) -> str:
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{at:%Y-%m-%d}" if at_ms else "when the region was set up"


@keys.command("rotate")
@click.option(
    "--authority",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the authority's ca.key and ca.pem; needed for this moment only.",
)
@click.pass_obj
def rotate_command(config: HubConfig, folder: Path) -> None:
    """Make a new sealing key; stations hear of it with their settings, old ones still open."""
    authority = of_this_hub(folder, config.certificate)
    new = rotation.rotate(config.sealing, authority.key, now_ms())
    click.echo(
        f"Sealing key {new.id} is in use; a hub that runs tells its stations within a minute. "
        "Make a new escrow copy now: `keys escrow FILE`."
    )


@keys.command("retire")
@click.argument("key")
@click.pass_obj
def retire_command(config: HubConfig, key: str) -> None:
    """Take the old sealing KEY out, where nothing can be owed under it any more."""
    rotation.retire(config.sealing, key, _stations(config), now_ms())
    engine = open_database(config.database)
    try:
        with engine.begin() as db:
            replays.forget(db, key)
    finally:
        engine.dispose()
    click.echo(f"Sealing key {key} is gone. Escrow copies that have it still open.")


def with_passphrase(command: F) -> F:
    """Give *command* the option of a passphrase out of a file; never one on the command line."""
    return click.option(
        "--passphrase-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="File with the passphrase on its first line; else it is asked for.",
    )(command)


def passphrase(file: Path | None, *, twice: bool) -> str:
    """Return what *file* has on its first line; without one it is asked for, *twice* if new."""
    if file is None:
        return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True))
    try:
        # Some editors write a mark before the text, which nobody can type.
        return file.read_text(encoding="utf-8-sig").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: no passphrase: {error}") from error


@keys.command("escrow")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_passphrase
@click.pass_obj
def escrow_command(config: HubConfig, file: Path, passphrase_file: Path | None) -> None:
    """Write a copy of all sealing keys to FILE under a passphrase, and read it back."""
    kept = load_kept(config.sealing)
    words = passphrase(passphrase_file, twice=True)
    escrow.write(file, kept, words, region=config.region, made_ms=now_ms())
    _note(config, kept)
    click.echo(f"{_keys(kept)} written to {file}, and read back. Keep the passphrase elsewhere.")


def _note(config: HubConfig, held: list[KeptKey]) -> None:
    """Keep that a copy opened, which the doctor asks for; a copy is as good without."""
    engine = open_database(config.database)
    try:
        with engine.begin() as db:
            escrow.note(db, held, now_ms())
    except SQLAlchemyError as error:
        click.echo(f"The doctor will not know of it: {str(error).splitlines()[0]}", err=True)
    finally:
        engine.dispose()


def _keys(kept: list[Any]) -> str:
    ids = ", ".join(each.id for each in kept)
    return f"{len(kept)} sealing {'key' if len(kept) == 1 else 'keys'} ({ids})"


@keys.command("check")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_passphrase
@click.pass_obj
def check_command(config: HubConfig, file: Path, passphrase_file: Path | None) -> None:
    """Check that the escrow copy FILE opens; exit status 1 where it lacks a key."""
    held = escrow.read(file, passphrase(passphrase_file, twice=False))
    lacks = escrow.lacking(load_kept(config.sealing), held)
    _note(config, [each for each in held if each.id not in lacks])
    click.echo(f"{file} opens: {_keys(held)} of {escrow.opened(file).region}.")
    if lacks:
        click.echo(f"It lacks {', '.join(lacks)}: make a new copy with `keys escrow`.")
        sys.exit(1)


@keys.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@with_passphrase
@click.option("--anyway", is_flag=True, help="Also where the copy is of a region of another name.")
@click.pass_obj
def restore_command(
    config: HubConfig, file: Path, passphrase_file: Path | None, *, anyway: bool
) -> None:
    """Put back what is missing of the sealing keys in FILE, and open what could not be opened."""
    if not anyway:
        escrow.refuse_another(file, config.region)
    held = escrow.read(file, passphrase(passphrase_file, twice=False))
    restored = escrow.restore(config.sealing, held)
    engine = open_database(config.database)
    try:
        with engine.begin() as db:
            opened = reopening.reopen(db, load_ring(config.sealing), now_ms())
    finally:
        engine.dispose()
    click.echo(f"Put back: {', '.join(restored) or 'nothing, all were here'}.")
    click.echo(f"{opened} facts could be opened that could not be before.")
