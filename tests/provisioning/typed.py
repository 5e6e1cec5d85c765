"""A technician's command, typed without starting a process for each."""

from click.testing import CliRunner

from circulation.errors import CirculationError
from hub.cli import hub
from provisioning.cli import commands


def typed(*words, ok=True, program=commands):
    """Return all that the command says; where it should fail, its one sentence."""
    done = CliRunner().invoke(program, [*map(str, words)], standalone_mode=False)
    if ok and done.exception is not None:
        raise done.exception
    if ok:
        return done.output
    assert isinstance(done.exception, CirculationError), done.exception
    return str(done.exception)


def typed_at_hub(settings, *words, ok=True):
    """Return what `python -m hub` says with these settings."""
    return typed("--config", settings, *words, ok=ok, program=hub)
