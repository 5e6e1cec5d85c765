"""The technician's commands: `python -m provisioning COMMAND`."""

import sys

import click

from circulation.errors import CirculationError, ConfigError
from provisioning.authority_cli import authority
from provisioning.broker_watch import broker
from provisioning.checklist import checklist
from provisioning.demo.command import demo, demo_reset
from provisioning.doctor import doctor
from provisioning.enrol import enrol
from provisioning.inventory import inventory
from provisioning.kits import kit_commands
from provisioning.labels import labels
from provisioning.machine import machine
from provisioning.medium import medium
from provisioning.region_new import region
from provisioning.reissue_cli import reissue_command, revoke_command
from provisioning.stations import station
from provisioning.tagging.command import tag

EXIT_CONFIG = 78
EXIT_INTERRUPTED = 130


@click.group()
def commands() -> None:
    """Take a region from bare machines to stations that lend."""


commands.add_command(authority)
commands.add_command(broker)
commands.add_command(checklist)
commands.add_command(enrol)
commands.add_command(demo)
commands.add_command(demo_reset)
commands.add_command(kit_commands)
commands.add_command(machine)
commands.add_command(tag)
commands.add_command(doctor)
commands.add_command(region)
commands.add_command(station)
commands.add_command(labels)
commands.add_command(medium)
commands.add_command(inventory)
commands.add_command(reissue_command)
commands.add_command(revoke_command)


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
