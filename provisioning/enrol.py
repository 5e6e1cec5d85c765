"""`python -m provisioning enrol`: answers the requests on a stick that came from machines."""

from pathlib import Path

import click

from circulation import sticks
from circulation.errors import ConfigError, MessageError
from circulation.sticks import ANSWER, REQUEST
from hub import keys
from hub.app import open_joining
from hub.config import HubConfig, load
from hub.database import open_database
from hub.joining import Joining
from provisioning.files import write_atomically
from provisioning.options import of_hub


@click.command("enrol")
@click.argument("stick", type=click.Path(path_type=Path, file_okay=False))
@of_hub
def enrol(stick: Path, config: Path) -> None:
    """Answer every request on STICK, to join or to renew, with a file beside it.

    It may be done again: who has asked once is told the same. Nothing on the stick is secret.
    """
    asked = sorted(stick.glob(f"*{REQUEST}"))
    if not asked:
        raise ConfigError(f"there is no request on {stick}: `station join --request-to` writes one")
    hub = load(config)
    engine = open_database(hub.database)
    try:
        joining = open_joining(hub, engine)
        if joining is None:
            raise ConfigError(f"{config} has no [enrolment]: nobody becomes a station by asking")
        for path in asked:
            click.echo(answered(path, joining, hub))
    finally:
        engine.dispose()


def answered(path: Path, joining: Joining, hub: HubConfig) -> str:
    """Write the answer to the request in *path* beside it, and return a sentence on it."""
    try:
        asked = sticks.read_request(sticks.read_file(path))
        content = joining.by_stick(asked)
        certificate = hub.certificate.read_text(encoding="ascii")
        signer = keys.load_signer(hub.name, hub.key)
        raw = sticks.answer(content, asked, certificate, signer)
    except MessageError as error:
        return f"{path.name}: {error}"
    except OSError as error:
        return f"{path.name}: cannot be read: {error.strerror}"
    write_atomically(path.with_suffix(ANSWER), raw)
    if content.refused:
        return f"{asked.station}: {content.refused}"
    return f"{asked.station}: {'is in' if content.joined else 'has a new certificate'}."
