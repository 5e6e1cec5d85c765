"""Files written whole or not at all, secrets for their owner only."""

import os
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, body: bytes, *, mode: int = 0o644) -> None:
    """Put *body* at *path* so that a reader sees the old file or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        # What was to be written, and not what it is called meanwhile; a full disk names nothing.
        error.filename = str(path)
        raise
    finally:
        with suppress(OSError):
            new.unlink()


def write_secret(path: Path, body: bytes) -> None:
    """Put *body* at *path*, readable by its owner only."""
    write_atomically(path, body, mode=0o600)


def private_folder(path: Path) -> Path:
    """Return *path*, a folder that only its owner may enter; made where missing."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
