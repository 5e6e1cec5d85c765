"""`python -m station journal`: show, check and export what a station keeps."""

import os
import secrets
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click
import msgspec

from circulation import exports
from station import identity, inspection
from station.config import load
from station.errors import JournalError
from station.journal_file import sync_folder


@click.group()
def journal() -> None:
    """Look at this station's journal; all of it also while the station runs."""


@journal.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show(path: Path, *, as_json: bool) -> None:
    """Show how much is kept and owed, and nothing of what it is."""
    found = inspection.summary(load(path).data)
    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    click.echo(
        f"Epoch {found.epoch} of {found.station}: {found.newest} facts written, "
        f"{found.acknowledged} acknowledged, {found.owed} owed, {found.bytes} bytes in use."
    )
    for what, numbers in (("Open questions", found.open_questions), ("Lost", found.lost)):
        if numbers:
            click.echo(f"{what}: {', '.join(map(str, numbers))}.")
    for name in found.set_aside:
        click.echo(f"Set aside: {name}.")


@journal.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON list of sentences.")
@click.pass_obj
def check(path: Path, *, as_json: bool) -> None:
    """Check file and chain; a sentence for each damage, and exit status 1 where there is one."""
    found = inspection.damages(load(path).data)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        for sentence in found or ["The journal is whole."]:
            click.echo(sentence)
    sys.exit(1 if found else 0)


@journal.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def export(path: Path, file: Path, *, as_json: bool) -> None:
    """Write all that is kept, also in files set aside, to FILE, signed, for the hub to take."""
    config = load(path)
    sealing = identity.load_sealing_key(config.sealing.id, config.sealing.public)
    kept = list(inspection.kept(config.data, config.station, sealing))
    if not kept:
        raise JournalError(f"nothing to export: no fact can be read in {config.data}")
    signer = identity.load_signer(config.station, config.identity.key)
    name = secrets.token_hex(8)
    lines = exports.lines(kept, name=name, partition=config.partition, signer=signer)
    write_whole(file, lines)
    if as_json:
        click.echo(msgspec.json.encode({"file": str(file), "export": name, "facts": len(kept)}))
    else:
        click.echo(f"{len(kept)} facts written to {file}; the hub takes them with `take`.")


def write_whole(file: Path, lines: Iterable[bytes]) -> None:
    """Write *lines* to the new *file*, whole or not at all, and safe from a power cut."""
    if file.exists():
        raise JournalError(f"{file} exists already; give another name")
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as out:
            out.writelines(lines)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
        sync_folder(file.absolute().parent)
    except OSError as error:
        with suppress(OSError):  # a stick that was pulled out is no place to tidy up
            part.unlink(missing_ok=True)
        raise JournalError(f"{file} could not be written: {error.strerror}") from error
