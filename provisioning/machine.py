"""`python -m provisioning machine`: write the files that make a system a station's machine."""

import ipaddress
import json
from pathlib import Path

import click

from firmware_config import boot, kit
from firmware_config.machine import Surroundings, files


def _networks(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> list[str]:
    try:
        return [str(ipaddress.ip_network(each)) for each in given]
    except ValueError as error:
        raise click.BadParameter(f"{error}; a network is written like 10.20.0.0/16") from error


@click.command()
@click.option("--kit", "name", required=True, help="A kit's name, or the path of a kit's file.")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--port", default=8080, show_default=True, help="Where the station serves its page.")
@click.option(
    "--management", multiple=True, callback=_networks, help="A network to let SSH in from."
)
@click.option("--time-server", "time_servers", multiple=True)
def machine(  # noqa: PLR0917 - click names each
    name: str, folder: Path, port: int, management: list[str], time_servers: tuple[str, ...]
) -> None:
    """Write a station's system files under a folder, and print what they are as JSON."""
    chosen = kit.load_kit(name)
    around = Surroundings(
        web_port=port, management=management, time_servers=list(time_servers)
    )  # fmt: skip
    made = files(chosen, around)
    for file in made:
        path = folder / file.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    told = {
        "files": [file.path for file in made],
        "cmdline": boot.cmdline_words(chosen),
        "simulated": chosen.wholly_simulated,
        "screen": chosen.screen is not None,
    }
    click.echo(json.dumps(told))
