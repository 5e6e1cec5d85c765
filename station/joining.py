"""Becomes a station: makes a key here, and asks the hub for the rest."""

import base64
import json
import os
import ssl
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from circulation.certificates import is_due, new_key, private_pem, public_der, request
from circulation.errors import ConfigError
from circulation.identifiers import StationId
from circulation.joining import BODY_BYTES_MAX, JOIN, RENEW, Join, Joined, NotJoined, Renew, Renewed
from station.config import IdentitySetting
from station.errors import JoinError, WaitError
from station.identity import load_key
from station.journal_file import sync_folder

SECONDS_MAX = 20.0
SERIAL = Path("/proc/device-tree/serial-number")
_WAIT, _NOT_YET = 202, 503

Answer = TypeVar("Answer", Joined, Renewed)


class HubSite:
    """The hub's site, believed by the authority in *ca* alone."""

    def __init__(self, url: str, ca: Path) -> None:
        """Ask at *url*, which must be https."""
        if not url.startswith("https://"):
            raise ConfigError(f"the hub's address must begin with https://, not {url[:40]!r}")
        self.url = url.rstrip("/")
        try:
            self._context = ssl.create_default_context(cafile=ca)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"{ca}: no authority's certificate: {error}") from error

    def join(self, asked: Join) -> Joined:
        """Return what *asked* is given; raises `WaitError` where it must be accepted first."""
        return self._ask(JOIN, asked, Joined)

    def renew(self, asked: Renew) -> Renewed:
        """Return another certificate for the same key."""
        return self._ask(RENEW, asked, Renewed)

    def _ask(self, path: str, asked: Join | Renew, shape: type[Answer]) -> Answer:
        body = msgspec.json.encode(asked)
        sent = urllib.request.Request(  # noqa: S310 - only https comes here
            self.url + path, body, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(  # noqa: S310 - only https comes here
                sent, timeout=SECONDS_MAX, context=self._context
            ) as answer:
                status, said = answer.status, answer.read(BODY_BYTES_MAX + 1)
        except urllib.error.HTTPError as error:
            with error:
                status, said = error.code, error.read(BODY_BYTES_MAX + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise WaitError(f"no answer from {self.url}: {reason}") from error
        return _read(status, said, shape)


def _read(status: int, said: bytes, shape: type[Answer]) -> Answer:
    try:
        if status == 200:
            return msgspec.json.decode(said, type=shape)
        message = msgspec.json.decode(said, type=NotJoined).message
    except msgspec.DecodeError as error:
        raise WaitError(f"the answer ({status}) is not the hub's") from error
    if status in (_WAIT, _NOT_YET):
        raise WaitError(message)
    raise JoinError(message)


def join(site: HubSite, station: StationId, token: str, folder: Path, *, serial: str = "") -> str:
    """Become *station* and write all that it needs into *folder*; return its settings.

    Whoever is cut off in the middle begins again with the key that lies there.
    """
    key = _key(folder / "key.pem")
    asked = request(key, station).decode("ascii")
    given = site.join(Join(station=station, token=token, request=asked, serial=serial))
    _check(given, key)
    _write(folder / "certificate.pem", given.certificate.encode())
    _write(folder / "ca.pem", given.authority.encode())
    _write(folder / "hub.pem", given.hub_certificate.encode())
    _write(folder / "card.key", base64.b64encode(given.card_key) + b"\n")
    text = settings(station, given, site.url)
    # Last: what has settings is a station.
    _write(folder / "station.toml", text.encode())
    return text


def renew_if_due(
    site: HubSite, station: StationId, identity: IdentitySetting, now: datetime
) -> bool:
    """Put a new certificate in the place of *identity*'s where its time is nearly over.

    Return whether there is a new one. It is used from the next connection on.
    """
    certificate = identity.certificate
    try:
        kept = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{certificate}: no certificate: {error}") from error
    if not is_due(kept, now):
        return False
    private = load_key(identity.key)
    asked = Renew(station=station, request=request(private, station).decode("ascii"))
    renewed = site.renew(asked).certificate
    _refuse_other_key(renewed, private)
    _write(certificate, renewed.encode())
    return True


def settings(station: StationId, given: Joined, site: str) -> str:
    """Return the settings of a station that was *given* this at *site*; its files lie beside."""
    tables: dict[str, dict[str, Any]] = {
        "": {
            "station": station,
            "number": given.number,
            "partition": given.partition,
            "branch": given.branch,
            "kit": given.kit,
            "data": "/var/lib/fingertopp/station",
            "portal_url": given.portal_url,
        },
        "hub": {
            "name": given.hub_name,
            "certificate": "hub.pem",
            "ca": "ca.pem",
            "site": site,
        },
        "sealing": {
            "id": given.sealing_id,
            "public": base64.b64encode(given.sealing_public).decode("ascii"),
        },
        "identity": {
            "key": "key.pem",
            "certificate": "certificate.pem",
            "card_key": "card.key",
            "epoch": given.epoch,
        },
        "broker": {"host": given.broker_host, "port": given.broker_port, "ca": "ca.pem"},
        "web": {"port": 8080},
    }
    return "\n".join(_table(name, values) for name, values in tables.items())


def serial_number() -> str:
    """Return this machine's serial number, empty where it has none."""
    try:
        return SERIAL.read_text(encoding="ascii").strip("\0\n ")
    except (OSError, UnicodeDecodeError):
        return ""


def _table(name: str, values: dict[str, Any]) -> str:
    head = [f"[{name}]"] if name else []
    # TOML writes strings and numbers just as JSON does.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    return "\n".join([*head, *lines, ""])


def _check(given: Joined, key: ec.EllipticCurvePrivateKey) -> None:
    _refuse_other_key(given.certificate, key)
    try:
        authority = x509.load_pem_x509_certificate(given.authority.encode())
        for pem in (given.certificate, given.hub_certificate):
            x509.load_pem_x509_certificate(pem.encode()).verify_directly_issued_by(authority)
    except Exception as error:
        raise JoinError(f"what the hub gave does not fit together: {error}") from error


def _refuse_other_key(pem: str, key: ec.EllipticCurvePrivateKey) -> None:
    try:
        public = x509.load_pem_x509_certificate(pem.encode()).public_key()
    except ValueError as error:
        raise JoinError(f"the hub gave no certificate: {error}") from error
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise JoinError("the hub gave a certificate for another sort of key")
    if public_der(public) != public_der(key.public_key()):
        raise JoinError("the hub gave a certificate for another key")


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, private_pem(new_key()))
    return load_key(path)


def _write(path: Path, body: bytes) -> None:
    """Put *body* at *path* whole or not at all, for its owner only."""
    new = path.with_name(f".{path.name}.new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from error
