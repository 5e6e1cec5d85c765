"""What several commands are told alike."""

from pathlib import Path

import click

of_hub = click.option(
    "--hub",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("/etc/fingertopp/hub.toml"),
    show_default=True,
    help="The hub's settings file.",
)
"""Where the hub's settings are, as `config`."""
