"""A machine that no line leads to: it asks on a stick, and the answer comes back on it."""

from pathlib import Path

import msgspec
from cryptography import x509

from circulation import sealing, sticks
from circulation.authorities import believed
from circulation.certificates import request
from circulation.errors import ConfigError, ForgedError, MessageError
from circulation.identifiers import StationId
from circulation.sticks import ANSWER, REQUEST, Content, Request, proven
from station.config import StationConfig
from station.errors import JoinError
from station.identity import load_authorities, load_key
from station.joining import Renewal, become, machine_key, renewed, write_private

REPLY_KEY = "reply.key"
"""The private half that an answer is sealed to; it never leaves the machine."""


def ask_to_join(
    station: StationId, token: str, folder: Path, stick: Path, *, serial: str = ""
) -> Path:
    """Write what *station* asks onto *stick*; its keys stay in *folder*. Return the file."""
    signed = request(machine_key(folder / "key.pem"), station).decode("ascii")
    reply_to = _reply_key(folder)
    asked = Request(
        station=station,
        request=signed,
        reply_to=reply_to,
        proof=proven(token, signed, reply_to),
        serial=serial,
    )
    return _put(stick, asked)


def ask_to_renew(config: StationConfig, stick: Path) -> Path:
    """Write the request for another certificate onto *stick*; return the file."""
    signed = request(load_key(config.identity.key), config.station).decode("ascii")
    folder = config.identity.key.parent
    return _put(stick, Request(station=config.station, request=signed, reply_to=_reply_key(folder)))


def join_by(station: StationId, folder: Path, stick: Path, ca: Path, *, site: str = "") -> str:
    """Become *station* by the answer on *stick*, whose hub *ca* vouches for; return its settings.

    The hub's *site* is where a new certificate is asked for later, where there is a line then.
    """
    known = load_authorities(ca)
    content = _answer(station, folder, stick, known)
    if content.joined is None:
        raise JoinError("the answer is not to a machine that joins")
    text = become(station, content.joined, folder, site)
    (folder / REPLY_KEY).unlink(missing_ok=True)
    return text


def renew_by(config: StationConfig, stick: Path) -> Renewal:
    """Put the certificate on *stick* in the place of *config*'s, and believe whom it says."""
    known = load_authorities(config.hub.ca)
    content = _answer(config.station, config.identity.key.parent, stick, known)
    if content.renewed is None:
        raise JoinError("the answer is not to a station that renews")
    renewal = renewed(config, believed(known, content.trust), content.renewed)
    (config.identity.key.parent / REPLY_KEY).unlink(missing_ok=True)
    return renewal


def _reply_key(folder: Path) -> bytes:
    """Return the public half of the key for answers: the one that lies there, or a new one."""
    path = folder / REPLY_KEY
    if not path.exists():
        write_private(path, sealing.new_private_key())
    return sealing.public_half(path.read_bytes())


def _put(stick: Path, asked: Request) -> Path:
    if not stick.is_dir():
        raise ConfigError(f"{stick} is no folder: is the stick mounted there?")
    path = stick / f"{asked.station}{REQUEST}"
    write_private(path, msgspec.json.encode(asked))
    return path


def _answer(
    station: StationId, folder: Path, stick: Path, known: list[x509.Certificate]
) -> Content:
    path, key = stick / f"{station}{ANSWER}", folder / REPLY_KEY
    if not key.exists():
        raise ConfigError(f"this machine has asked nothing yet: there is no {key}")
    try:
        raw = sticks.read_file(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        content = sticks.opened(raw, station, key.read_bytes(), known)
    except ForgedError as error:
        raise JoinError(f"{path}: {error}") from error
    except MessageError as error:
        raise ConfigError(f"{path}: {error}; ask again, with a new request") from error
    if content.refused:
        raise JoinError(content.refused)
    return content
