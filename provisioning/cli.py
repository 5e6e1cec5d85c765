"""The technician's commands: `python -m provisioning COMMAND`."""

import sys
from importlib import import_module

import click

from circulation.errors import CirculationError, ConfigError

EXIT_CONFIG = 78
EXIT_INTERRUPTED = 130
COMMANDS = {
    "authority": "authority_cli:authority",
    "broker": "broker_watch:broker",
    "bundle": "bundle:bundle",
    "card": "card:card",
    "checklist": "checklist:checklist",
    "demo": "demo.command:demo",
    "demo-reset": "demo.command:demo_reset",
    "doctor": "doctor:doctor",
    "enrol": "enrol:enrol",
    "escrow-sheet": "escrow_sheet:escrow_sheet",
    "inventory": "inventory:inventory",
    "inventory-check": "inventory_check:inventory_check",
    "kit": "kits:kit_commands",
    "labels": "labels:labels",
    "machine": "machine:machine",
    "medium": "medium:medium",
    "region": "region_new:region",
    "reissue": "reissue_cli:reissue_command",
    "revoke": "reissue_cli:revoke_command",
    "station": "stations:station",
    "tag": "tagging.command:tag",
    "voices": "voices:voices",
}


class Commands(click.Group):
    """The commands, each imported when it is wanted: a hub has no packages of the demo's."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own words
        """Return the names of all."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command *cmd_name*, or one that says which package it lacks."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        try:
            found: click.Command = getattr(import_module(f"provisioning.{module}"), name)
        except ModuleNotFoundError as error:
            return _lacking(cmd_name, str(error.name))
        return found


def _lacking(name: str, package: str) -> click.Command:
    @click.command(name, help=f"Not on this machine: the Python package {package} is missing.")
    def command() -> None:
        raise ConfigError(f"`{name}` needs the Python package {package}: see requirements/demo.txt")

    return command


@click.group(cls=Commands)
def commands() -> None:
    """Take a region from bare machines to stations that lend."""


def main() -> None:
    """Run a command; what a person must mend ends in a sentence, not in a traceback."""
    try:
        commands(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nStopped; the next start goes on from here.", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except CirculationError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(EXIT_CONFIG if isinstance(error, ConfigError) else 1)
    except OSError as error:
        # A folder that is not there, may not be written to, or is full.
        if error.filename is None:
            raise
        click.echo(f"Error: {error.filename}: {error.strerror}", err=True)
        sys.exit(1)
