"""`python -m provisioning broker`: the broker hears within seconds whom to believe no more."""

import signal
import ssl
import threading
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from types import FrameType

import click
import msgspec
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from circulation.authorities import (
    TRUST,
    TRUST_BYTES_MAX,
    Trust,
    believed,
    bundle,
    load_lists,
    withdrawn,
)
from circulation.certificates import DAMAGED
from circulation.errors import UNREADABLE, CirculationError, ConfigError, ForgedError
from firmware_config.broker import files
from hub.errors import HubError
from provisioning.files import write_atomically

AGAIN_SECONDS = 2.0
ASK_SECONDS_MAX = 10.0
CA, CRL = "ca.pem", "ca.crl"
log = structlog.get_logger()


class Kept(Struct, frozen=True):
    """The two files that a broker reads: whom it believes, and the withdrawn."""

    authorities: bytes
    withdrawn: bytes


@click.group("broker")
def broker() -> None:
    """See to the broker's own files."""


@broker.command("watch")
@click.option("--url", required=True, help="The hub's site, https://...")
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the broker's ca.pem, which must be there, and ca.crl.",
)
@click.option("--once", is_flag=True, help="Ask once, and end; exit status 1 where nobody answers.")
def watch(url: str, *, to: Path, once: bool) -> None:
    """Keep ca.pem and ca.crl in a folder as the hub's site says, every two seconds.

    What is not signed by an authority that is known there changes nothing, nor does a list that
    has forgotten somebody. The broker must be started anew when a file changes: a systemd path
    unit does that, and ends every open session with it.
    """
    if not url.startswith("https://"):
        raise ConfigError(f"--url must begin with https://, not {url[:40]!r}")
    if once:
        look(url, to)
        return
    stopping, said = threading.Event(), ""

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping.is_set():
        try:
            look(url, to)
            said = ""
        except (CirculationError, OSError) as error:
            if said != str(error):
                said = str(error)
                log.warning("trust_not_renewed", problem=said)
        stopping.wait(AGAIN_SECONDS)


@broker.command("files")
@click.option("--url", required=True, help="The hub's site, https://...")
@click.option("--to", type=click.Path(path_type=Path, file_okay=False), required=True)
def files_command(url: str, to: Path) -> None:
    """Write the units of a broker's machine under a folder, and print their paths as JSON."""
    made = files(url)
    for file in made:
        write_atomically(to / file.path.lstrip("/"), file.text.encode())
    click.echo(msgspec.json.encode([file.path for file in made]))


def look(url: str, folder: Path) -> bool:
    """Bring the files in *folder* to what the hub at *url* says; return whether one changed."""
    kept = _kept(folder)
    new = renewed(kept, _ask(url, folder / CA))
    changed = False
    # The withdrawn first: a broker that is started between the two lets nobody in too much.
    for name, before, after in (
        (CRL, kept.withdrawn, new.withdrawn),
        (CA, kept.authorities, new.authorities),
    ):
        if before != after:
            write_atomically(folder / name, after)
            log.info("trust_renewed", file=name)
            changed = True
    return changed


def renewed(kept: Kept, told: Trust) -> Kept:
    """Return what to keep in the place of *kept*, by what the hub has *told*.

    Raises `ForgedError` where that is not signed, or has forgotten a withdrawn certificate: an
    old list that somebody says again must not let a thief in.
    """
    try:
        known = x509.load_pem_x509_certificates(kept.authorities)
    except ValueError as error:
        raise ConfigError(f"{CA} has no authority's certificate: {error}") from error
    found = believed(known, told)
    lists = b"".join(withdrawn(told, found).values())
    before = _signed(kept.withdrawn, known)
    if forgotten := _named(before) - serials(lists):
        raise ForgedError(
            f"the hub's list has forgotten {len(forgotten)} withdrawn certificates: was it "
            "restored? `provisioning revoke` them again"
        )
    same = _says(before) == _says(load_lists(lists)) and known == found
    return kept if same else Kept(bundle(found), lists)


def serials(lists: bytes) -> set[int]:
    """Return the serial numbers of the withdrawn certificates in *lists*, PEM."""
    return _named(load_lists(lists))


def _named(lists: list[x509.CertificateRevocationList]) -> set[int]:
    return {one.serial_number for each in lists for one in each}


def _says(lists: list[x509.CertificateRevocationList]) -> list[object]:
    """Return what *lists* say, but for when they were signed: each hour they are signed anew."""
    return [(each.issuer, each.next_update_utc, _named([each])) for each in lists]


def _signed(lists: bytes, known: list[x509.Certificate]) -> list[x509.CertificateRevocationList]:
    """Return those of *lists* (PEM) that one of *known* has signed; none where they are damaged.

    What a broker cannot read, or what is another region's, lets nobody in: the hub's takes its
    place, and reminds of nobody.
    """
    try:
        found = load_lists(lists)
        return [each for each in found if any(_is_by(each, one) for one in known)]
    except DAMAGED as error:
        log.warning("withdrawn_damaged", file=CRL, problem=str(error))
        return []


def _is_by(crl: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    public = authority.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey), "`believed` takes no other"
    return crl.issuer == authority.subject and crl.is_signature_valid(public)


def _kept(folder: Path) -> Kept:
    try:
        authorities = (folder / CA).read_bytes()
    except OSError as error:
        raise ConfigError(f"{folder / CA}: cannot be read: {error.strerror}") from error
    crl = folder / CRL
    try:
        return Kept(authorities, crl.read_bytes() if crl.exists() else b"")
    except OSError as error:
        raise ConfigError(f"{crl}: cannot be read: {error.strerror}") from error


def _ask(url: str, ca: Path) -> Trust:
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise ConfigError(f"{ca}: no authority's certificate: {error}") from error
    asked = url.rstrip("/") + TRUST
    try:
        with urllib.request.urlopen(  # noqa: S310 - only https comes here
            asked, timeout=ASK_SECONDS_MAX, context=context
        ) as answer:
            return msgspec.json.decode(answer.read(TRUST_BYTES_MAX + 1), type=Trust)
    except (OSError, ValueError, HTTPException, *UNREADABLE) as error:
        raise HubError(f"no answer from {asked}: {getattr(error, 'reason', error)}") from error
