"""`demo` and `demo-reset`: a region set up, started, watched over and stopped."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from circulation.errors import ConfigError
from provisioning.demo.folder import DemoFolder, disk_troubles
from provisioning.demo.run import DemoOptions, run

DEFAULT_FOLDER = Path("var/demo")
_FOLDER = click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=DEFAULT_FOLDER, show_default=True,
    help="Where the region's files lie.",
)  # fmt: skip


@click.command()
@_FOLDER
@click.option("--ready-file", type=click.Path(path_type=Path),
              help="JSON written once all is up, and after each restart.")  # fmt: skip
@click.option("--for", "seconds", type=click.FloatRange(min=0), metavar="SECONDS",
              help="End by itself this long after all is up.")  # fmt: skip
@click.option("--broker", type=click.Choice(["amqtt", "mosquitto"]), default="amqtt",
              show_default=True, help="Which MQTT broker carries the messages.")  # fmt: skip
@click.option("--speech-to", type=click.Path(path_type=Path, file_okay=False),
              help="A folder for a WAV of everything spoken.")  # fmt: skip
@click.option("--port-base", type=int, metavar="N",
              help="Take the ports from N on; free ones are found otherwise.")  # fmt: skip
def demo(
    *,
    folder: Path,
    ready_file: Path | None,
    seconds: float | None,
    broker: str,
    speech_to: Path | None,
    port_base: int | None,
) -> None:
    """Run a whole region on this machine: broker, hub and a station in every municipality."""
    options = DemoOptions(
        ready_file=_file(ready_file) if ready_file else None,
        seconds=seconds,
        broker=broker,
        speech_to=_folder(speech_to) if speech_to else None,
        port_base=port_base,
    )
    ours = DemoFolder(folder)
    with ours.ours(), disk_troubles(ours.root):
        # The command line is where time comes in.
        run(ours, options, click.echo, now=datetime.now(UTC))  # noqa: TID251


def _file(path: Path) -> Path:
    """Return *path* whole; a `ConfigError` where no file of ours can lie."""
    path = path.resolve()
    with disk_troubles(path, "--ready-file"):
        if path.exists() and not path.is_file():
            raise ConfigError(f"--ready-file {path} is there and is no file; give another name")
        _may_write(_made(path.parent), "--ready-file", path)
    return path


def _folder(path: Path) -> Path:
    """Return *path* whole, made where missing; a `ConfigError` where nothing can be put in it."""
    path = path.resolve()
    with disk_troubles(path, "--speech-to"):
        _may_write(_made(path), "--speech-to", path)
    return path


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _may_write(folder: Path, option: str, path: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"{option} {path}: nothing may be written there; give another place")


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@_FOLDER
def demo_reset(*, folder: Path) -> None:
    """Throw the demo's region away, so that the next start begins anew.

    The other options of `demo` may stand here too, and change nothing.
    """
    ours = DemoFolder(folder)
    if not ours.root.exists():
        return
    if any(ours.root.iterdir()) and not ours.is_a_demo():
        raise ConfigError(f"{ours.root} is no demo's folder; nothing was removed")
    with ours.ours(), disk_troubles(ours.root):
        left = ours.remove()
    kept = f"; {', '.join(left)} there is yours, and was left" if left else ""
    click.echo(f"Removed the region in {ours.root}{kept}.")
