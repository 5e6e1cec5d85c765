"""Files of the hub that nobody else may read: whole or not at all, and safe from a power cut."""

import os
from pathlib import Path

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
