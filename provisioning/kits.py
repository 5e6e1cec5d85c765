"""`python -m provisioning kit`: list kits, check one, and write its pages and drawings."""

from pathlib import Path

import click

from circulation.errors import ConfigError
from circulation.toml_lines import line_of
from firmware_config import kit as kits
from firmware_config.kit_pages import pages
from firmware_config.supply import warnings
from provisioning.files import write_atomically

_kit = click.argument("name", metavar="KIT")


@click.group("kit")
def kit_commands() -> None:
    """See what a station is built of; KIT is a kit's name, or the path of its file."""


@kit_commands.command("list")
def list_kits() -> None:
    """List the kits that come with the product."""
    for name in kits.names():
        click.echo(f"{name:24} {kits.load_kit(name).title}")


@kit_commands.command("check")
@_kit
def check(name: str) -> None:
    """Say whether KIT can be built, and what about it would not work well."""
    _warn(name, kits.load_kit(name))
    click.echo(f"{name} can be built.")


@kit_commands.command("show")
@_kit
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to put the pages.",
)
def show(name: str, folder: Path) -> None:
    """Write how KIT is put together: an assembly page, a parts list and drawings."""
    chosen = kits.load_kit(name)
    _warn(name, chosen)
    try:
        for page in pages(chosen):
            write_atomically(folder / page.name, page.text.encode())
            click.echo(folder / page.name)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written: {error.strerror}") from error


def _warn(name: str, kit: kits.Kit) -> None:
    path = kits.path_of(name)
    text = path.read_text(encoding="utf-8")
    for warned in warnings(kit):
        line = line_of(text, warned.key)
        where = f"{path}:{line}" if line else str(path)
        click.echo(f"Warning: {where}: `{warned.key}`: {warned.text}", err=True)
