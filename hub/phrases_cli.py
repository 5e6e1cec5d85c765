"""`python -m hub phrases`: render what stations will say, and say how far that has come."""

import os
import time
from typing import TYPE_CHECKING

import click
import msgspec

from circulation.errors import ConfigError
from hub.app import now_ms, upgrade
from hub.catalogue.phrase_data import spoken_material
from hub.config import HubConfig, PhrasesSetting
from hub.database import open_database
from hub.phrases.standing import SWEDISH, Standing
from hub.phrases.store import PhraseFolder

if TYPE_CHECKING:
    from hub.phrases.renewing import Renewal, Report

NO_SWEDISH = (
    "There is no neural voice for Swedish: most of what visitors hear is spoken by eSpeak. "
    "Set one with [[phrases.voice]]; see docs/howto/add-a-voice.md."
)
TOLD_EVERY_SECONDS = 5.0


@click.group("phrases")
def phrases() -> None:
    """Render what stations will say with the best voice there is, for them to fetch."""


@phrases.command("render")
@click.option("--processes", type=click.IntRange(1, 64), help="Instead of all cores but one.")
@click.pass_obj
def render_command(config: HubConfig, processes: int | None) -> None:
    """Render what is missing or changed, and offer it; a run that was cut off is gone on with."""
    setting = _setting(config)
    folder = PhraseFolder(setting.folder)
    try:
        with folder.for_one():
            renewal = _renewal(config, setting, folder)
            report = renewal.run(
                processes=processes or _processes(), now_ms=now_ms, tell=_Teller().tell
            )
    finally:
        folder.close()
    _say(report)
    if SWEDISH not in renewal.voices:
        click.echo(NO_SWEDISH, err=True)


@phrases.command("status")
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@click.pass_obj
def status_command(config: HubConfig, *, as_json: bool) -> None:
    """Say how many sentences are wanted and ready, and who speaks each language."""
    setting = _setting(config)
    folder = PhraseFolder(setting.folder)
    try:
        renewal = _renewal(config, setting, folder)
    finally:
        folder.close()
    if as_json:
        click.echo(msgspec.json.encode(renewal.standings()))
        return
    for each in renewal.standings():
        click.echo(_sentence(each))
    for problem in renewal.problems:
        click.echo(problem, err=True)
    if SWEDISH not in renewal.voices:
        click.echo(NO_SWEDISH, err=True)


def _setting(config: HubConfig) -> PhrasesSetting:
    if config.phrases is None:
        raise ConfigError("`[phrases] folder` is not set: where should phrases be kept?")
    return config.phrases


def _renewal(config: HubConfig, setting: PhrasesSetting, folder: PhraseFolder) -> "Renewal":
    try:
        # Imported here: a hub that renders on another machine has no engines of speech.
        from hub.phrases.renewing import Renewal  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            f"nothing can be rendered here without {error.name}: install the extra `voices`"
        ) from error
    upgrade(config.database)
    engine = open_database(config.database)
    try:
        return Renewal(folder, spoken_material(engine), tuple(setting.voice))
    finally:
        engine.dispose()


def _processes() -> int:
    """Return how many leave one core to the hub."""
    return max(1, len(os.sched_getaffinity(0)) - 1)


class _Teller:
    """Says how far it has come, now and then."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def tell(self, done: int, of: int) -> None:
        if time.monotonic() - self._said > TOLD_EVERY_SECONDS:
            click.echo(f"{done} of {of} ...", err=True)
            self._said = time.monotonic()


def _say(report: "Report") -> None:
    click.echo(f"{report.rendered} sentences rendered, {report.ready} were ready.")
    for problem, count in report.failed.items():
        click.echo(f"{count} could not be rendered: {problem}", err=True)
    for problem in report.problems:
        click.echo(problem, err=True)
    if report.deleted:
        click.echo(f"{report.deleted} files that nobody has wanted for 30 days are deleted.")


def _sentence(standing: Standing) -> str:
    if standing.lufs is None:
        return f"{standing.language}: {standing.wanted} sentences, spoken by eSpeak at the station"
    return (
        f"{standing.language}: {standing.ready} of {standing.wanted} sentences ready; "
        f"the voice is {standing.lufs:g} LUFS loud by itself"
    )
