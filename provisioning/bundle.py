"""`python -m provisioning bundle`: a signed version that stations fetch, or get from a stick."""

import hashlib
import json
import re
import tarfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from circulation.certificates import new_key, private_pem
from circulation.errors import ConfigError, MessageError
from circulation.signing import KeySigner
from circulation.updates import (
    ARCHIVE,
    CURRENT,
    EVERYBODY,
    FILES,
    INVENTORY,
    WHEELS,
    Bundle,
    File,
    read_bundle,
    sign_bundle,
)
from provisioning.files import private_folder, write_atomically, write_secret

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)
_FOLDER = click.Path(path_type=Path, file_okay=False)
NAME_CHARS = 12
LOCK = "requirements/station.txt"
SECRET = ("password", "secret", "token", "psk", "private")
_WITH_PASSWORD = re.compile(r"://[^/@\s]*:[^/@\s]+@")
"""An address with somebody's password in it, as a proxy's may be (RFC 3986, section 3.2.1)."""


@click.group("bundle")
def bundle() -> None:
    """Make versions that stations fetch by themselves."""


@bundle.command("key")
@click.argument("folder", type=_FOLDER)
def key_command(folder: Path) -> None:
    """Make the key that signs bundles, in FOLDER: release.key, and release.pem for stations.

    Whoever has release.key decides what stations run. Keep it off the hub.
    """
    kept = folder / "release.key"
    if kept.exists():
        raise ConfigError(f"{kept} is there already: stations believe that one")
    key = new_key()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    write_secret(private_folder(folder) / kept.name, private_pem(key))
    write_atomically(folder / "release.pem", public)
    click.echo(f"{kept} signs bundles; set station_release_key to {folder / 'release.pem'}.")


@bundle.command("make")
@click.option("--archive", type=_FILE, required=True, help="`make archive` writes it.")
@click.option("--wheels", type=_FOLDER, required=True, help="`make wheelhouse` writes them.")
@click.option(
    "--inventory", type=_FILE, required=True, help="What `ansible-inventory --list` prints."
)
@click.option("--key", type=_FILE, required=True, help="release.key")
@click.option("--wave", multiple=True, help="A station or a branch's code; none: all of them.")
@click.option("--to", type=_FOLDER, required=True, help="Folder of bundles, of the hub or a stick.")
def make_command(
    archive: Path, *, wheels: Path, inventory: Path, key: Path, wave: tuple[str, ...], to: Path
) -> None:
    """Put a signed bundle into a folder; said again with a wider wave, only the list is new."""
    stations = _stations(inventory, wave)
    made = datetime.now(UTC)  # noqa: TID251 - the command's own edge
    files = [(ARCHIVE, archive)]
    wanted = _locked(archive)
    found = [each for each in sorted(wheels.glob("*.whl")) if wanted is None or _is(each, wanted)]
    files += [(f"{WHEELS}{each.name}", each) for each in found]
    if len(files) == 1:
        raise ConfigError(f"{wheels} has no wheels: see `make wheelhouse`")
    kept = to / FILES
    kept.mkdir(parents=True, exist_ok=True)
    told = {name: _put(path.read_bytes(), kept) for name, path in files}
    told[INVENTORY] = _put(json.dumps(stations, ensure_ascii=False).encode(), kept)
    private = _private(key)
    new = Bundle(
        serial=_serial(to / CURRENT, private, int(made.timestamp() * 1000)),
        version=told[ARCHIVE].sha256[:NAME_CHARS],
        wave=list(wave) or [EVERYBODY],
        files=told,
    )
    # Last: a station that asks meanwhile has all of the old one or all of the new.
    frame = sign_bundle(new, KeySigner("release", private))
    write_atomically(to / CURRENT, frame, mode=0o644)
    _forget(kept, {file.sha256 for file in told.values()})
    size = sum(file.bytes for file in told.values())
    click.echo(f"Version {new.version} for {', '.join(new.wave)}: {size / 1e6:.1f} MB in {to}.")


def _serial(current: Path, key: ec.EllipticCurvePrivateKey, now_ms: int) -> int:
    """Return the number of a bundle made *now_ms*: above that of the one in *current*.

    A clock that was once ahead, or is behind by now, would else have stations take it for old.
    """
    try:
        return max(now_ms, read_bundle(current.read_bytes(), key.public_key()).serial + 1)
    except (OSError, MessageError):
        return now_ms


def _locked(archive: Path) -> set[tuple[str, str]] | None:
    """Return name and version of each package a station is locked to, None where none is said."""
    try:
        with tarfile.open(archive) as tar:
            lock = tar.extractfile(LOCK)
            assert lock is not None, "a file"
            lines = lock.read().decode().splitlines()
    except KeyError:
        return None
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise ConfigError(f"{archive}: no whole archive: `make archive` writes one") from error
    pinned = (re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line) for line in lines)
    return {(_plain(found[1]), found[2]) for found in pinned if found}


def _is(wheel: Path, wanted: set[tuple[str, str]]) -> bool:
    # PEP 427: a wheel's name begins with its package and its version.
    name, version = wheel.name.split("-")[:2]
    return (_plain(name), version) in wanted


def _plain(name: str) -> str:
    """Return *name* as PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _put(body: bytes, kept: Path) -> File:
    digest = hashlib.sha256(body).hexdigest()
    if not (kept / digest).exists():
        write_atomically(kept / digest, body, mode=0o644)
    return File(digest, len(body))


def _forget(kept: Path, wanted: set[str]) -> None:
    for each in kept.iterdir():
        if each.name not in wanted:
            each.unlink()


def _private(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(f"{path}: no key that signs bundles: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"{path}: no key that signs bundles: `bundle key` makes one")
    return key


def _stations(inventory: Path, wave: tuple[str, ...]) -> dict[str, Any]:
    """Return the stations of *inventory*, which anybody may read: nothing secret is in it."""
    try:
        told = json.loads(inventory.read_text(encoding="utf-8"))
        known = told["_meta"]["hostvars"]
        names = [name for name in known if "station_branch" in known[name]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{inventory}: not what `ansible-inventory --list` prints") from error
    if not names:
        raise ConfigError(f"{inventory} has no stations")
    branches = {known[name]["station_branch"] for name in names}
    ids = {name.partition(".")[0] for name in names}
    if odd := sorted(set(wave) - branches - ids):
        raise ConfigError(f"--wave {odd[0]}: there is no such station or branch")
    hosts = {name: _public(known[name], name) for name in names}
    return {"all": {"children": {"stations": {"hosts": hosts}}}}


def _public(told: dict[str, Any], name: str) -> dict[str, Any]:
    kept = {key: value for key, value in told.items() if not key.startswith("ansible_")}
    for where in _secrets(kept):
        raise ConfigError(f"{name} has {where!r}: a bundle can be read by anybody")
    return kept | {"station_is_here": True}


def _secrets(value: Any, where: str = "") -> Iterator[str]:
    """Yield where in *value*, however deep, something is called a secret or has a password."""
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{where}.{key}" if where else str(key)
            if any(word in str(key).lower() for word in SECRET):
                yield here
            yield from _secrets(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner, where)
    elif isinstance(value, str) and _WITH_PASSWORD.search(value):
        yield where
