"""Files of the hub that nobody else may read: whole or not at all, and safe from a power cut."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from circulation.errors import ConfigError
from hub.errors import HubError


def write_secret(path: Path, body: bytes) -> None:
    """Put *body* at *path*, readable by its owner only; in the place of what was there.

    Where the folder is another group's, as the hub's own is when root types the command, that
    group may read it too: else a hub could not read the key that was just made for it.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            _give(file.fileno(), path.parent, group=0o640)
            os.fsync(file.fileno())
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise HubError(f"{path} could not be written: {error.strerror}") from error


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Have nobody else change *path* meanwhile: a key that is written over is gone."""
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ConfigError(f"{path.parent}: cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def make_folder(path: Path) -> None:
    """Make the folder *path*, for its owner only, or for the group whose its own folder is."""
    path.mkdir(mode=0o700)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _give(descriptor, path.parent, group=0o750)
    finally:
        os.close(descriptor)


def _give(descriptor: int, folder: Path, *, group: int) -> None:
    """Let the group of *folder* read what is open, where root makes it for somebody else."""
    of = folder.stat().st_gid
    if os.geteuid() == 0 and of != os.getegid():
        os.fchown(descriptor, -1, of)
        os.fchmod(descriptor, group)


def read_password(path: Path) -> str:
    """Return the one line in *path*, a file that only its owner and its group may read."""
    try:
        open_to_all = path.stat().st_mode & 0o027
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: this password file cannot be read: {error}") from error
    if open_to_all:
        raise ConfigError(f"{path}: others may read or change this password: chmod 640 {path.name}")
    if not secret or not set(secret).isdisjoint("|\r\n"):
        raise ConfigError(f"{path}: must hold one password on one line, without a bar")
    return secret
