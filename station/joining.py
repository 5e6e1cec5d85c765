"""Becomes a station: makes a key here, and asks the hub for the rest."""

import base64
import json
import os
import ssl
import urllib.error
import urllib.request
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from circulation.authorities import (
    TRUST,
    TRUST_BYTES_MAX,
    Trust,
    believed,
    bundle,
    signed_by,
)
from circulation.certificates import is_due, new_key, private_pem, public_der, request
from circulation.errors import ConfigError, ForgedError
from circulation.identifiers import StationId
from circulation.joining import BODY_BYTES_MAX, JOIN, RENEW, Join, Joined, NotJoined, Renew, Renewed
from circulation.updates import REPORT, Report
from station.config import IdentitySetting, StationConfig
from station.errors import JoinError, WaitError
from station.identity import load_authorities, load_key
from station.journal_file import sync_folder

SECONDS_MAX = 20.0
SERIAL = Path("/proc/device-tree/serial-number")
_WAIT, _NOT_YET = 202, 503

Answer = TypeVar("Answer", Joined, Renewed, Trust, Report)


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

    def trust(self) -> Trust:
        """Return whom the hub says is to be believed; whether that is so is another question."""
        return self._ask(TRUST, None, Trust)

    def report(self, frame: bytes) -> Report:
        """Tell the hub, in the signed *frame*, what came of an update; return what it noted."""
        return self._ask(REPORT, msgspec.Raw(frame), Report)

    def _ask(
        self, path: str, asked: Join | Renew | msgspec.Raw | None, shape: type[Answer]
    ) -> Answer:
        body = None if asked is None else msgspec.json.encode(asked)
        try:
            sent = urllib.request.Request(  # noqa: S310 - only https comes here
                self.url + path, body, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(  # noqa: S310 - only https comes here
                sent, timeout=SECONDS_MAX, context=self._context
            ) as answer:
                status, said = answer.status, answer.read(TRUST_BYTES_MAX + 1)
        except urllib.error.HTTPError as error:
            with error:
                status, said = error.code, error.read(BODY_BYTES_MAX + 1)
        except (OSError, ValueError, HTTPException) as error:
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
    asked = request(machine_key(folder / "key.pem"), station).decode("ascii")
    given = site.join(Join(station=station, token=token, request=asked, serial=serial))
    return become(station, given, folder, site.url)


def become(station: StationId, given: Joined, folder: Path, site: str) -> str:
    """Write all that *station* was *given* into *folder*, beside its key; return its settings."""
    _check(given, load_key(folder / "key.pem"))
    write_private(folder / "certificate.pem", given.certificate.encode())
    write_private(folder / "ca.pem", given.authority.encode())
    write_private(folder / "hub.pem", given.hub_certificate.encode())
    write_private(folder / "card.key", base64.b64encode(given.card_key) + b"\n")
    text = settings(station, given, site)
    # Last: what has settings is a station.
    write_private(folder / "station.toml", text.encode())
    return text


class Renewal(Struct, frozen=True):
    """What was put in the place of something older."""

    certificate: bool
    authorities: bool


def renew(site: HubSite, config: StationConfig, now: datetime, *, at_once: bool = False) -> Renewal:
    """Bring what *config*'s station believes, and its own certificate, up to date.

    The certificate is renewed where its time is nearly over, where another authority signs by
    now, and *at_once*. It is used from the next connection on.
    """
    own, known = _own(config.identity), load_authorities(config.hub.ca)
    try:
        authorities = believed(known, site.trust())
    except ForgedError as error:
        raise JoinError(f"what {site.url} says of authorities is not believed: {error}") from error
    due = at_once or is_due(own, now) or not signed_by(own, authorities[:1])
    if not due:
        return Renewal(False, _believe(config, known, authorities))
    private = load_key(config.identity.key)
    signed = request(private, config.station).decode("ascii")
    return renewed(config, authorities, site.renew(Renew(station=config.station, request=signed)))


def renewed(config: StationConfig, authorities: list[x509.Certificate], given: Renewed) -> Renewal:
    """Put what was *given* in the place of *config*'s own, and believe *authorities* from then."""
    known = load_authorities(config.hub.ca)
    _take(config, authorities, given)
    return Renewal(True, _believe(config, known, authorities))


def _believe(
    config: StationConfig, known: list[x509.Certificate], authorities: list[x509.Certificate]
) -> bool:
    # Last: what is believed no more may have signed what was just replaced.
    changed = bundle(authorities) != bundle(known)
    if changed:
        for path in {config.hub.ca, config.broker.ca or config.hub.ca}:
            write_private(path, bundle(authorities))
    return changed


def _own(identity: IdentitySetting) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(identity.certificate.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{identity.certificate}: no certificate: {error}") from error


def _take(config: StationConfig, authorities: list[x509.Certificate], given: Renewed) -> None:
    _refuse_other_key(given.certificate, load_key(config.identity.key))
    if not signed_by(_read_one(given.certificate), authorities):
        raise JoinError("the certificate is by an authority that is not believed")
    if given.hub_certificate:
        if not signed_by(_read_one(given.hub_certificate), authorities):
            raise JoinError("the hub's own certificate is by an authority that is not believed")
        _write_both(config, authorities, given.hub_certificate)
    write_private(config.identity.certificate, given.certificate.encode())


def _write_both(
    config: StationConfig, authorities: list[x509.Certificate], hub_certificate: str
) -> None:
    """Put the hub's certificate in its place, at no moment without the authority that signed it."""
    if hub_certificate.encode() != config.hub.certificate.read_bytes():
        known = load_authorities(config.hub.ca)
        new = [each for each in authorities if each not in known]
        write_private(config.hub.ca, bundle([*known, *new]))
        write_private(config.hub.certificate, hub_certificate.encode())


def _read_one(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise JoinError(f"the hub gave no certificate: {error}") from error


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
        authorities = x509.load_pem_x509_certificates(given.authority.encode())
    except ValueError as error:
        raise JoinError(f"the hub gave no authority's certificate: {error}") from error
    for pem in (given.certificate, given.hub_certificate):
        if not signed_by(_read_one(pem), authorities):
            raise JoinError("what the hub gave does not fit together: another authority signed it")


def _refuse_other_key(pem: str, key: ec.EllipticCurvePrivateKey) -> None:
    public = _read_one(pem).public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise JoinError("the hub gave a certificate for another sort of key")
    if public_der(public) != public_der(key.public_key()):
        raise JoinError("the hub gave a certificate for another key")


def machine_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Return the key at *path*, made on this machine where there is none."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, private_pem(new_key()))
    return load_key(path)


def write_private(path: Path, body: bytes) -> None:
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
