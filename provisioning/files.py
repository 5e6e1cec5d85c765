"""Files written whole or not at all, secrets for their owner only."""

import os
import stat
from contextlib import suppress
from pathlib import Path


def write_atomically(
    path: Path, body: bytes, *, mode: int = 0o644, like: os.stat_result | None = None
) -> None:
    """Put *body* at *path* so that a reader sees the old file or the new one, never half.

    It has *mode* whatever the umask, and where root writes it, the owner and group of *like*.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # Who was killed may have left one, or in a shared folder a stranger put one there.
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fchmod(file.fileno(), mode)
            if like is not None and os.geteuid() == 0:
                os.fchown(file.fileno(), like.st_uid, like.st_gid)
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


def write_in_its_place(path: Path, body: bytes) -> None:
    """Put *body* in the place of the file *path*, for those who could read what was there."""
    before = path.stat()
    write_atomically(path, body, mode=stat.S_IMODE(before.st_mode), like=before)


def private_folder(path: Path) -> Path:
    """Return *path*, a folder that only its owner may enter; made where missing."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
