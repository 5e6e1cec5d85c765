"""The region's authority, and the ones before and after it while one takes another's place.

The folder has `ca.key` and `ca.pem` of the one that signs. While another is to take its place,
`next/` has that one's and its `bridge.pem`, by which the present one vouches for it; afterwards
`former/` has the one before, which still signs its own list of the withdrawn.
"""

import secrets
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from msgspec import Struct
from sqlalchemy import Connection, select

from circulation.authorities import Trust, bundle, key_bytes, signed_by
from circulation.errors import ConfigError, ForgedError
from circulation.identifiers import StationId
from circulation.sealing import VouchedKey
from circulation.signing import vouched
from hub.enrolment import NAME_BYTES_MAX, Authority, load_authority
from hub.errors import HubError
from hub.reissue import Revoked, revocations
from hub.secret_files import make_folder, write_secret
from hub.tables import station

TRUST_MS = 3_600_000
"""How long the same signed lists are told where nothing changes."""
NEXT, FORMER, BRIDGE = "next", "former", "bridge.pem"


class Authorities(Struct, frozen=True, kw_only=True):
    """Who signs, who will, and who did; *bridges* lead from a known one to a newer."""

    present: Authority
    coming: Authority | None = None
    former: Authority | None = None
    bridges: tuple[x509.Certificate, ...] = ()

    def all(self) -> list[Authority]:
        """Return all of them, the one that signs first."""
        return [each for each in (self.present, self.coming, self.former) if each is not None]

    def certificates(self) -> bytes:
        """Return all their certificates, PEM."""
        return bundle([each.certificate for each in self.all()])

    def trust(self, withdrawn: list[Revoked], now: datetime) -> Trust:
        """Return what stations and brokers are told."""
        return Trust(
            authorities=[each.certificate_pem().decode("ascii") for each in self.all()],
            bridges=[bundle([each]).decode("ascii") for each in self.bridges],
            withdrawn=[each.decode("ascii") for each in self.lists(withdrawn, now)],
        )

    def lists(self, withdrawn: list[Revoked], now: datetime) -> list[bytes]:
        """Return each one's own list (PEM) of the *withdrawn*, the one that signs first.

        A broker with lists lets nobody in whose authority has none among them.
        """
        listed = [(each.serial, each.at_ms) for each in withdrawn]
        return [each.revocation_list(listed, now) for each in self.all()]


def load_authorities(folder: Path) -> Authorities:
    """Return the authorities in *folder*; what is wrong with one is a `ConfigError`.

    While `switch` is under way, or where it was cut off, the one that waited signs already.
    """
    bridges = [folder / BRIDGE, folder / NEXT / BRIDGE]
    coming, former = _there(folder / NEXT), _there(folder / FORMER)
    return Authorities(
        present=coming if coming and former else load_authority(folder),
        coming=None if former else coming,
        former=former,
        bridges=tuple(_certificate(path) for path in bridges if path.exists()),
    )


def of_this_hub(folder: Path, certificate: Path) -> Authority:
    """Return the authority that signs in *folder*, where it or one beside it signed the hub's own.

    Raises `ConfigError` where none has signed *certificate*: it is another region's, and what it
    signs nobody here believes.
    """
    there = load_authorities(folder)
    if not signed_by(_certificate(certificate), [each.certificate for each in there.all()]):
        raise ConfigError(
            f"{folder} has another region's authority: it has not signed {certificate}. After "
            "`authority switch`, `authority server` comes first"
        )
    return there.present


def _there(folder: Path) -> Authority | None:
    return load_authority(folder) if folder.exists() else None


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: no certificate: {error}") from error


def announce(folder: Path, region: str, now: datetime) -> Authority:
    """Have another authority wait in *folder* to take the present one's place; both are trusted."""
    present = load_authorities(folder)
    if present.coming is not None:
        raise HubError("another authority waits already: `authority switch` puts it in its place")
    if present.former is not None:
        raise HubError("the authority before is still there: `authority drop` comes first")
    # A name of its own: two authorities of one name cannot be told apart by a certificate.
    own = f" {now:%Y-%m-%d} {secrets.token_hex(3)}"
    short = region.encode()[: NAME_BYTES_MAX - len(own)].decode(errors="ignore")
    coming = Authority.create(f"{short}{own}", now)
    making = folder / f".{NEXT}"
    shutil.rmtree(making, ignore_errors=True)
    make_folder(making)
    write_secret(making / "ca.key", coming.key_pem())
    write_secret(making / "ca.pem", coming.certificate_pem())
    write_secret(making / BRIDGE, bundle([present.present.vouch_for(coming, now)]))
    making.rename(folder / NEXT)
    return coming


def switch(folder: Path) -> Authorities:
    """Have the one that waits sign from now on; the one before is still trusted.

    Whoever is cut off in the middle says it again.
    """
    if not (folder / NEXT).exists():
        raise HubError("no other authority waits: `authority new` makes one")
    if not (folder / FORMER).exists():
        load_authority(folder)
        keeping = folder / f".{FORMER}"
        shutil.rmtree(keeping, ignore_errors=True)
        make_folder(keeping)
        for name in ("ca.key", "ca.pem"):
            write_secret(keeping / name, (folder / name).read_bytes())
        keeping.rename(folder / FORMER)
    for name in (BRIDGE, "ca.key", "ca.pem"):
        write_secret(folder / name, (folder / NEXT / name).read_bytes())
    _take_away(folder / NEXT)
    return load_authorities(folder)


def under_former(db: Connection, there: Authorities) -> list[StationId]:
    """Return the stations whose certificate the former authority has signed, by name."""
    if there.former is None:
        return []
    rows = db.execute(
        select(station.c.id, station.c.certificate)
        .where(station.c.revoked_at_ms.is_(None))
        .order_by(station.c.id)
    )
    present = [there.present.certificate]
    pems = {row.id: x509.load_pem_x509_certificate(row.certificate.encode()) for row in rows}
    return [id_ for id_, own in pems.items() if not signed_by(own, present)]


def drop(folder: Path) -> None:
    """Trust the former authority no more."""
    if not (folder / FORMER).exists():
        raise HubError("there is no former authority: nothing is to be dropped")
    if (folder / NEXT).exists():
        raise HubError("a switch was cut off in the middle: `authority switch` comes first")
    _take_away(folder / FORMER)


def _take_away(folder: Path) -> None:
    """Have *folder* be no authority any more, all at once: half of one is read as a damaged one."""
    going = folder.with_name(f".{folder.name}")
    shutil.rmtree(going, ignore_errors=True)
    folder.rename(going)
    shutil.rmtree(going)


def vouches(one: Authority, key: VouchedKey) -> bool:
    """Return whether *one* has signed the sealing key *key*."""
    try:
        vouched(key, [one.key.public_key()])
    except ForgedError:
        return False
    return True


class Telling:
    """What stations and brokers are told; any thread may call.

    It is signed where something has changed, and each hour, and not for each who asks: nobody need
    be known to ask, and each list costs a signature of its own.
    """

    def __init__(self) -> None:
        """Begin with nothing told."""
        self._lock = threading.Lock()
        self._of: tuple[object, ...] = ()
        self._told = Trust(authorities=[])

    def now(self, db: Connection, there: Authorities, now_ms: int) -> Trust:
        """Return what is told at *now_ms* (UTC), where *there* are the authorities."""
        withdrawn = revocations(db)
        of = (there.certificates(), bundle(list(there.bridges)), withdrawn, now_ms // TRUST_MS)
        with self._lock:
            if of != self._of:
                at = datetime.fromtimestamp(now_ms / 1000, UTC)
                self._of, self._told = of, there.trust(withdrawn, at)
            return self._told


def reissued(issuer: Authorities, old: x509.Certificate, now: datetime) -> bytes:
    """Return *old* anew by the authority that signs now, and what leads to it from the one before.

    Key, name and hosts are the same, and it holds as long as it did.
    """
    new = issuer.present.issue_again(old, now)
    bridges = [
        each for each in issuer.bridges if key_bytes(each) == key_bytes(issuer.present.certificate)
    ]
    return new + bundle(bridges)
