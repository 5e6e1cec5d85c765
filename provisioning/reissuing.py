"""A station's identity anew, in a folder to be carried to it; or withdrawn."""

import base64
import re
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct
from sqlalchemy import Engine

from circulation.certificates import private_pem, request
from circulation.errors import ConfigError
from circulation.identifiers import StationId
from circulation.sealing import SealingKey, public_half
from hub import reissue
from hub.authorities import load_authorities
from hub.config import HubConfig
from hub.enrolment import Authority
from hub.keys import load_kept
from provisioning.files import private_folder, write_atomically, write_secret

CRL = "ca.crl"


class Reissued(Struct, frozen=True):
    """What was made for a station."""

    epoch: int
    key: SealingKey
    """What a station without settings seals to."""


def reissue_into(
    folder: Path,
    id_: StationId,
    *,
    engine: Engine,
    config: HubConfig,
    issuer: Authority,
    asked: bytes | None,
    now: datetime,
) -> Reissued:
    """Put all that station *id_* needs into the new *folder*, and believe its old key no more.

    *asked* is a signing request made on the station; without one its key is made here.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty: give a new one for the identity")
    newest = load_kept(config.sealing)[-1]
    hub_certificate = _read(config.certificate)
    with engine.begin() as db:
        found = reissue.known(db, id_)
        private_folder(folder)
        if asked is None:
            key = ec.generate_private_key(ec.SECP256R1())
            write_secret(folder / "key.pem", private_pem(key))
            asked = request(key, id_)
        certificate = issuer.issue(asked, id_, now)
        write_atomically(folder / "certificate.pem", certificate)
        write_atomically(folder / "ca.pem", issuer.certificate_pem())
        write_atomically(folder / "hub.pem", hub_certificate)
        write_secret(folder / "card.key", base64.b64encode(found.card_key) + b"\n")
        # Last: where a file could not be written, the old identity still holds.
        epoch = reissue.reissue(db, id_, certificate, int(now.timestamp() * 1000))
    return Reissued(epoch, SealingKey(newest.id, public_half(newest.private)))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error


def list_withdrawn(engine: Engine, authority: Path, now: datetime) -> None:
    """Write the lists of withdrawn certificates, for a broker, beside the keys in *authority*."""
    with engine.connect() as db:
        withdrawn = reissue.revocations(db)
    lists = load_authorities(authority).lists(withdrawn, now)
    write_atomically(authority / CRL, b"".join(lists))


def with_identity(text: str, made: Reissued) -> str:
    """Return the station's settings *text* with the epoch and sealing key of *made*."""
    public = base64.b64encode(made.key.public).decode("ascii")
    text = _set(text, "identity", "epoch", str(made.epoch))
    text = _set(text, "sealing", "id", f'"{made.key.id}"')
    return _set(text, "sealing", "public", f'"{public}"')


def _set(text: str, table: str, key: str, value: str) -> str:
    """Return the TOML *text* with *key* of *table* set to *value*, all else as it was."""
    found = re.search(rf"(?m)^\[{table}\][^\n]*\n(?:(?!\[)[^\n]*\n?)*", text)
    if found is None:
        raise ConfigError(f"the station's settings have no [{table}]")
    line = rf"(?m)^{key}\s*=[^\n]*$"
    head, *rest = found[0].split("\n", 1)
    body = rest[0] if rest else ""
    if re.search(line, body):
        body = re.sub(line, f"{key} = {value}", body, count=1)
    else:
        body = f"{key} = {value}\n{body}"
    return f"{text[: found.start()]}{head}\n{body}{text[found.end() :]}"
