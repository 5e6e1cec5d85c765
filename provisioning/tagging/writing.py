"""`python -m provisioning tag read | write | run | pair | undo`: at a reader."""

import json
import os
import sys
from collections.abc import Callable
from functools import partial, reduce, wraps
from pathlib import Path
from typing import Any

import click
from msgspec import Struct, structs

from circulation.tags.content import Usage
from firmware_config import kit
from provisioning.tagging.desk import Desk, desk
from provisioning.tagging.page import TagPage, serve
from provisioning.tagging.programming import Format, Wish
from provisioning.tagging.telling import explained, in_words
from provisioning.tagging.writer import TagError, Writer
from station.events import Place

Command = Callable[..., Any]


class At(Struct, frozen=True):
    """Where tags are laid, and how long to wait for each."""

    kit: kit.Kit
    place: Place
    dumps: Path | None
    seconds: float
    undo: Path

    def writer(self, here: Desk, place: Place | None = None) -> Writer:
        """Return a writer at *place*, or where this command was told to."""
        reader = here.reader(place or self.place)
        say = partial(click.echo, err=True)
        return Writer(reader, self.undo, say=say, seconds_max=self.seconds)


def _undo_file() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    return Path(state) / "fingertopp" / "last-tag.json"


def at_a_reader(command: Command) -> Command:
    """Add the options that say where tags are laid; *command* gets them as `at`."""

    @wraps(command)
    def run(
        *args: Any, name: str, place: str, dumps: Path | None, seconds: float, undo: Path | None,
        **more: Any,
    ) -> Any:  # fmt: skip
        at = At(kit.load_kit(name), Place(place), dumps, seconds, undo or _undo_file())
        return command(*args, at=at, **more)

    options = (
        click.option("--kit", "name", required=True, help="A kit's name or file."),
        click.option(
            "--place",
            type=click.Choice([place.value for place in Place]),
            default="pad",
            show_default=True,
        ),
        click.option("--dumps", type=click.Path(path_type=Path, dir_okay=False, exists=True)),
        click.option("--seconds", default=60.0, show_default=True, help="To wait for each tag."),
        click.option("--undo-file", "undo", type=click.Path(path_type=Path, dir_okay=False)),
    )
    return reduce(lambda made, option: option(made), reversed(options), run)


def what_to_write(command: Command) -> Command:
    """Add the options that say what a tag is to be; *command* gets them as `wish`."""

    @wraps(command)
    def run(
        *args: Any, owner: str, form: Format, usage: str, part: int, parts: int,
        over: tuple[str, ...], **more: Any,
    ) -> Any:  # fmt: skip
        wish = Wish(
            item="", owner=owner, format=form, usage=Usage(int(usage)), part=part, parts=parts,
            over=frozenset(over),
        )  # fmt: skip
        return command(*args, wish=wish, **more)

    usages = click.Choice([str(int(usage)) for usage in Usage])
    formats = click.Choice(["28560-3", "28560-2"])
    options = (
        click.option("--owner", required=True, help="The library's ISIL, such as SE-Um."),
        click.option("--format", "form", type=formats, default="28560-3", show_default=True),
        click.option("--usage", type=usages, default="1", show_default=True),
        click.option("--part", type=click.IntRange(1, 255), default=1),
        click.option("--parts", type=click.IntRange(1, 255), default=1),
        click.option("--over", multiple=True, help="Written over: an ISIL, card, unknown."),
    )
    return reduce(lambda made, option: option(made), reversed(options), run)


@click.command("read")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@at_a_reader
def read_command(*, at: At, as_json: bool) -> None:
    """Say what the tag says that is laid at a reader."""
    with desk(at.kit, at.dumps) as here:
        writer = at.writer(here)
        here.lay(at.place)
        _, content = writer.awaited()
    told = explained(content)
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else in_words(told))


@click.command("write")
@click.option("--item", required=True, help="The item's or card's number.")
@what_to_write
@at_a_reader
def write_command(*, at: At, wish: Wish, item: str) -> None:
    """Write one tag, and read it back."""
    with desk(at.kit, at.dumps) as here:
        writer = at.writer(here)
        here.lay(at.place)
        writer.write(structs.replace(wish, item=item))
    click.echo("written")


@click.command("run")
@what_to_write
@at_a_reader
def run_command(*, at: At, wish: Wish) -> None:
    """Write a tag for each number that is typed or scanned, until an empty line."""
    written, refused = 0, []
    with desk(at.kit, at.dumps) as here:
        writer = at.writer(here)
        for line in sys.stdin:
            number = line.strip()
            if not number:
                break
            here.lay(at.place)
            try:
                writer.write(structs.replace(wish, item=number))
            except TagError as error:
                refused.append(number)
                click.echo(f"{number}: {error}", err=True)
            else:
                written += 1
                click.echo(f"{number}: written, {written} so far; take it away", err=True)
            here.lift(at.place)
            writer.gone()
    click.echo(f"{written} written, {len(refused)} not{': ' if refused else ''}{' '.join(refused)}")
    if refused:
        raise SystemExit(1)


@click.command("pair")
@what_to_write
@at_a_reader
def pair_command(*, at: At, wish: Wish) -> None:
    """Write the item of the book on the pad on the sticker that the finger-reader touches."""
    with desk(at.kit, at.dumps) as here:
        pad, finger = at.writer(here, Place.PAD), at.writer(here, Place.FINGER)
        here.lay(Place.PAD)
        paired = pad.twin(wish)
        click.echo("Now touch the sticker.", err=True)
        here.lay(Place.FINGER)
        finger.write(paired)
    click.echo("paired")


@click.command("undo")
@at_a_reader
def undo_command(*, at: At) -> None:
    """Write back what the last written tag said before."""
    with desk(at.kit, at.dumps) as here:
        writer = at.writer(here)
        here.lay(at.place)
        writer.undo()
    click.echo("written back")


@click.command("page")
@click.option("--owner", required=True, help="The library's ISIL, such as SE-Um.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@at_a_reader
def page_command(*, at: At, owner: str, port: int) -> None:
    """Serve a page on this machine on which tags are read and written."""
    with desk(at.kit, at.dumps) as here:
        finger = at.kit.reader_at(Place.FINGER) is not None
        page = TagPage(
            here,
            owner=owner,
            pad=at.writer(here),
            finger=at.writer(here, Place.FINGER) if finger else None,
            place=at.place,
        )
        serve(page, port, say=click.echo)
