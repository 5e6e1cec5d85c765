"""The demo's folder: one region's files, one demo at a time, and how far it has been set up."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from circulation.errors import ConfigError
from provisioning.demo.supervisor import StartError
from provisioning.files import write_atomically

LOCK = "lock"
FREE_BYTES_MIN = 1 << 20
"""With less than this no process of the region comes up."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOT_WRITTEN = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST,
    errno.ENOENT, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL,
)  # fmt: skip
_MADE = (
    "authority",
    "hub",
    "stations",
    "desk-password",
    "log",
    "run",
    "mosquitto.conf",
    "progress.json",
    "ready.json",
    LOCK,
)


class Progress(Struct, forbid_unknown_fields=True):
    """Which steps are done, and the ports of the latest run."""

    done: list[str] = msgspec.field(default_factory=list)
    ports: dict[str, int] = msgspec.field(default_factory=dict)


class DemoFolder:
    """Where everything of one demo lies."""

    def __init__(self, root: Path) -> None:
        """Name the files under *root*; nothing is made yet."""
        self.root = root.resolve()
        self.authority = self.root / "authority"
        self.hub = self.root / "hub"
        self.hub_config = self.hub / "hub.toml"
        self.stations = self.root / "stations"
        self.tags = self.stations / "tags.json"
        self.desk_password = self.root / "desk-password"
        self.log = self.root / "log"
        self.run = self.root / "run"
        self.mosquitto_config = self.root / "mosquitto.conf"
        self._progress = self.root / "progress.json"

    def station(self, name: str) -> Path:
        """Return the folder of station *name*."""
        return self.stations / name

    def is_a_demo(self) -> bool:
        """Return whether a demo was ever started here."""
        return (self.root / LOCK).exists()

    def refuse_others(self) -> None:
        """Raise a `ConfigError` where other files lie, which are nobody's to mix with a demo's."""
        if self.root.is_dir() and any(self.root.iterdir()) and not self.is_a_demo():
            raise ConfigError(
                f"{self.root} has other files in it; give an empty or a new folder with --dir"
            )

    def remove(self) -> list[str]:
        """Remove what a demo made here, and the folder; return the names of what is left in it."""
        for name in _MADE:
            path = self.root / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        left = sorted(path.name for path in self.root.iterdir())
        if not left:
            self.root.rmdir()
        return left

    def progress(self) -> Progress:
        """Return how far an earlier start came."""
        try:
            return msgspec.json.decode(self._progress.read_bytes(), type=Progress)
        except FileNotFoundError:
            return Progress()
        except msgspec.MsgspecError as error:
            raise ConfigError(
                f"{self._progress}: {error}; this folder is not this version's demo: "
                "begin anew with `make demo-reset`"
            ) from error

    def keep(self, progress: Progress) -> None:
        """Return when *progress* would survive a power cut."""
        write_atomically(self._progress, msgspec.json.encode(progress))

    @contextmanager
    def ours(self) -> Iterator[None]:
        """Hold the folder for one demo; a `ConfigError` where it cannot be, or is another's."""
        with disk_troubles(self.root):
            self.refuse_others()
            self.root.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            _take(lock, self.root)
            yield
        finally:
            os.close(lock)


def _take(lock: int, root: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ConfigError(
            f"a demo is already running in {root}; stop it with Ctrl-C where it was started, "
            "or give this one a folder of its own with --dir"
        ) from error


@contextmanager
def disk_troubles(root: Path, option: str = "--dir") -> Iterator[None]:
    """Turn a disk that is full or may not be written into a sentence for who can help.

    *root*, what is written, was chosen with *option*.
    """
    try:
        yield
    except StartError as error:
        # A process that could not write one word in its log has no last words.
        if shutil.disk_usage(root).free < FREE_BYTES_MIN:
            raise _full(root) from error
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise _full(root) from error
        if error.errno in _NOT_WRITTEN:
            raise ConfigError(
                f"{error.filename or root} cannot be written ({error.strerror}); "
                f"give a place of your own with {option}"
            ) from error
        raise


def _full(root: Path) -> ConfigError:
    return ConfigError(
        f"the disk of {root} is full; make room (the demo needs about 100 MB) and start "
        "again, it goes on where it stopped"
    )
