"""`python -m station doctor`: what a technician reads out over the telephone."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from station.doctor import examine


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@click.pass_obj
def doctor(path: Path, *, as_json: bool) -> None:
    """Say what is wrong with this station, and what to do; it may run meanwhile."""
    now = datetime.now(UTC)  # noqa: TID251 - the command's own edge
    found = list(examine(path, now))
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        for each in found:
            click.echo(f"{each.what}: {each.wrong or 'good'}")
            if each.wrong:
                click.echo(f"  {each.todo}")
    sys.exit(1 if any(each.wrong for each in found) else 0)
