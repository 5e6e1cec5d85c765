"""Fetches what a technician has signed for this station, and has its own Ansible apply it."""

import hashlib
import os
import re
import shutil
import ssl
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from circulation.errors import ConfigError, ForgedError
from circulation.identifiers import StationId
from circulation.signing import MESSAGE_BYTES_MAX
from circulation.updates import ARCHIVE, CURRENT, FILES, INVENTORY, Bundle, File, read_bundle
from station.errors import WaitError
from station.journal_file import sync_folder

SECONDS_MAX = 60.0
PART_BYTES = 64 << 10
APPLY_SECONDS_MAX = 3600
_PARTIAL, _NO_MORE = 206, 416
RESTART = Path("/run/reboot-required")
"""Where Debian and the playbook say that the machine must be started anew."""
RELEASE_KEY = Path("/etc/fingertopp/release.pem")
"""The public key of those whose bundles a station takes; one that fetches none has no such file."""
ASKED = "update"
"""In the folder of a station's unit under /run: written, it has systemd fetch at once."""
WINDOW = "window"
"""Why the machine's root is open, in the folder of versions: see ansible's window.py."""
TAKEN = "taken"
"""The serial of the newest bundle that was applied, in the folder of versions."""


class Source:
    """Where bundles lie: a folder of the hub's site, or a folder such as a USB stick's."""

    def __init__(self, at: str, ca: Path) -> None:
        """Read at *at*; an address must be https, and is believed by the authority *ca*."""
        self._at = at.rstrip("/")
        self._context = None
        if "://" in at:
            if not at.startswith("https://"):
                raise ConfigError(f"bundles are fetched over https://, not from {at[:40]!r}")
            try:
                self._context = ssl.create_default_context(cafile=ca)
            except OSError as error:
                raise ConfigError(f"{ca}: no authority's certificate: {error}") from error

    def list(self) -> bytes:
        """Return the signed list as it lies there."""
        parts = -(-MESSAGE_BYTES_MAX // PART_BYTES) + 1
        return b"".join(islice(self._parts(CURRENT, 0), parts))

    def bring(self, wanted: File, to: Path) -> None:
        """Add to *to* what it does not have yet of *wanted*, and no more than was signed."""
        begun = to.stat().st_size if to.exists() else 0
        with to.open("ab") as file:
            for part in self._parts(f"{FILES}/{wanted.sha256}", begun):
                file.write(part)
                if file.tell() > wanted.bytes:
                    break
            file.flush()
            os.fsync(file.fileno())

    def _parts(self, name: str, begun: int) -> Iterator[bytes]:
        try:
            if self._context is None:
                with _opened_at_once(Path(self._at) / name) as file:
                    file.seek(begun)
                    while part := file.read(PART_BYTES):
                        yield part
                return
            asked = urllib.request.Request(f"{self._at}/{name}")  # noqa: S310 - https only
            if begun:
                asked.add_header("Range", f"bytes={begun}-")
            with urllib.request.urlopen(  # noqa: S310 - https only
                asked, timeout=SECONDS_MAX, context=self._context
            ) as answer:
                if begun and answer.status != _PARTIAL:
                    answer.read(begun)  # from the beginning, after all
                while part := answer.read(PART_BYTES):
                    yield part
        except (OSError, ValueError, HTTPException) as error:
            if begun and getattr(error, "code", None) == _NO_MORE:
                return
            raise WaitError(f"no {name} from {self._at}: {error}") from error


class Told(Struct, frozen=True):
    """Who this station is, and whose bundles it takes."""

    station: StationId
    branch: str
    key: ec.EllipticCurvePublicKey


def release_key(path: Path) -> ec.EllipticCurvePublicKey:
    """Return the public key in the PEM file *path*, with which bundles are signed."""
    try:
        public = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: no key of bundles: {error}") from error
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise ConfigError(f"{path}: the key of bundles must be a P-256 key")
    return public


def ask(runtime: str, key: Path = RELEASE_KEY) -> str:
    """Have systemd look for a newer program now, and return what is told of that.

    *runtime* is the folder of this station's unit under /run, "" where no unit runs it. A station
    may not apply anything itself: `fingertopp-pull.path` sees the file.
    """
    if not runtime or not key.exists():
        raise ConfigError("this station fetches no programs by itself: see `station_pull`")
    (Path(runtime) / ASKED).write_text(f"{time.time_ns()}\n", encoding="ascii")
    return "It looks for a newer program; what comes of it is told once it is applied."


def wanted(frame: bytes, told: Told, root: Path) -> Bundle | None:
    """Return the bundle in *frame*, None where it is not for this station or not newer."""
    bundle = read_bundle(frame, told.key)
    taken = root / TAKEN
    newest = int(taken.read_text(encoding="ascii")) if taken.exists() else 0
    newer = bundle.serial > newest
    return bundle if newer and bundle.is_for(told.station, told.branch) else None


def fetch(source: Source, folder: Path, told: Told, root: Path) -> Bundle | None:
    """Have all of the newest bundle in *folder*; return it, None where nothing is to be done.

    A file whose line was cut goes on where it was; one with another hash is thrown away.
    """
    frame = source.list()
    bundle = wanted(frame, told, root)
    if bundle is None:
        return None
    kept = folder / FILES
    kept.mkdir(parents=True, exist_ok=True)
    hashes = {file.sha256 for file in bundle.files.values()}
    for name, file in bundle.files.items():
        here = kept / file.sha256
        if not here.exists() or _sha256(here) != file.sha256:
            _bring(source, kept, file, name)
    keep(folder / CURRENT, frame)
    for each in kept.iterdir():
        if each.name not in hashes:
            each.unlink()
    return bundle


def _bring(source: Source, kept: Path, file: File, name: str) -> None:
    part = kept / f"{file.sha256}.part"
    if not part.exists() or _sha256(part) != file.sha256:
        source.bring(file, part)
    if _sha256(part) != file.sha256:
        part.unlink()
        raise ForgedError(f"{name} is not what the bundle says it is; it was thrown away")
    part.replace(kept / file.sha256)


def lay_out(folder: Path, told: Told, root: Path) -> Bundle | None:
    """Lay the bundle that was fetched into *folder* out under *root*, each file looked at anew.

    What fetches may be fooled: what is applied is signed, and is copied before it is looked at.
    """
    current = folder / CURRENT
    if not current.exists():
        return None
    with _opened(current) as file:
        bundle = wanted(file.read(MESSAGE_BYTES_MAX + 1), told, root)
    if bundle is None:
        return None
    new, whole = root / "bundle.new", root / "bundle"
    shutil.rmtree(new, ignore_errors=True)
    for name, each in bundle.files.items():
        to = new / name
        to.parent.mkdir(parents=True, exist_ok=True)
        if not _copied(folder / FILES / each.sha256, to, each):
            raise ForgedError(f"{name} is not what the bundle says it is")
    with tarfile.open(new / ARCHIVE) as tar:
        # Debian 12's Python has no filters yet; what is extracted is signed.
        tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        tar.extractall(new / "tree")  # noqa: S202 - see above
    shutil.rmtree(whole, ignore_errors=True)
    new.rename(whole)
    return bundle


def _copied(here: Path, to: Path, wanted: File) -> bool:
    """Copy *here* to *to*, at most a part more than *wanted* has; return whether it is that."""
    digest, size = hashlib.sha256(), 0
    with _opened(here) as file, to.open("wb") as copy:
        while size <= wanted.bytes and (part := file.read(PART_BYTES)):
            digest.update(part)
            copy.write(part)
            size += len(part)
    return digest.hexdigest() == wanted.sha256


def _opened_at_once(path: Path) -> BinaryIO:
    """Open *path* on a stick; a pipe that somebody put there is empty, and not waited for."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb")


def _opened(path: Path) -> BinaryIO:
    """Open *path*, which another user wrote: no link is followed, and no pipe waited for."""
    try:
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
    except OSError as error:
        raise ForgedError(f"{path} is no file that was fetched: {error.strerror}") from error


class Applied(Struct, frozen=True):
    """What the playbook did."""

    changed: int
    failed: int
    said: str


def apply(root: Path, host: str) -> Applied:
    """Run the playbook of what lies under *root* on this machine, *host* of the inventory."""
    bundle = root / "bundle"
    command: list[str | Path] = [
        Path(sys.executable).parent / "ansible-playbook",
        *("-c", "local", "-i", bundle / INVENTORY, "--limit", host),
        *("-e", f"base_archive={bundle / ARCHIVE}", "-e", f"base_wheelhouse={bundle / 'wheels'}"),
        # Who applies is root already, and a plain Debian has no sudo.
        *("-e", "ansible_become=false"),
        *("-e", "ansible_python_interpreter=/usr/bin/python3", "site.yml"),
    ]
    ran = subprocess.run(
        command,
        cwd=bundle / "tree" / "ansible",
        env={**os.environ, "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1", "HOME": "/root"},
        check=False,
        capture_output=True,
        text=True,
        timeout=APPLY_SECONDS_MAX,
        # The unit's own lets nobody else read; the program runs as another user.
        umask=0o022,
    )
    found = re.search(r"ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", ran.stdout)
    counts = [int(each) for each in found.groups()] if found else [0, 0, 0]
    failed = counts[1] + counts[2] or int(ran.returncode != 0)
    return Applied(counts[0], failed, ran.stdout + ran.stderr)


def must_restart(required: Path = RESTART) -> bool:
    """Return whether the machine must be started anew before all that was applied is in force."""
    return required.exists()


def is_begun(root: Path, required: Path = RESTART) -> bool:
    """Return whether the play only opened the machine's root, and goes on after a restart."""
    return (root / WINDOW).exists() and must_restart(required)


def restart() -> None:
    """Have the machine start anew once what runs now has ended."""
    subprocess.run(["systemctl", "--no-block", "reboot"], check=False, timeout=SECONDS_MAX)


def note_taken(root: Path, serial: int) -> None:
    """Remember that the bundle *serial* is applied: no older one is taken after it."""
    keep(root / TAKEN, f"{serial}\n".encode())


def keep(path: Path, body: bytes) -> None:
    """Put *body* at *path*, whole or not at all, for everybody to read whatever the umask.

    Whoever fetches is another user than whoever applies.
    """
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    sync_folder(path.parent)


def in_force(root: Path) -> str:
    """Return the version in force under *root*, "" for none."""
    try:
        return (root / "current").readlink().name
    except OSError:
        return ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
