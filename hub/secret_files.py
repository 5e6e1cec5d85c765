"""Files of the hub that nobody else may read: whole or not at all, and safe from a power cut."""

import os
from pathlib import Path

from circulation.errors import ConfigError
from hub.errors import HubError


def write_secret(path: Path, body: bytes) -> None:
    """Put *body* at *path*, readable by its owner only; in the place of what was there."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
            file.flush()
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


def read_password(path: Path) -> str:
    """Return the one line in *path*, a file that only its owner may read."""
    try:
        open_to_all = path.stat().st_mode & 0o077
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: this password file cannot be read: {error}") from error
    if open_to_all:
        raise ConfigError(f"{path}: others may read this password: chmod 600 {path.name}")
    if not secret or not set(secret).isdisjoint("|\r\n"):
        raise ConfigError(f"{path}: must hold one password on one line, without a bar")
    return secret
