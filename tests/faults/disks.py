"""Disks of our own: ext4 in a file, mounted; what a power cut leaves is a copy of that file."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path


class Disk:
    """One ext4 in a file, mounted on `folder`."""

    def __init__(self, image: Path, folder: Path) -> None:
        self.image = image
        self.folder = folder

    def remount(self, how: str) -> None:
        """Mount it anew as *how*: ``ro`` or ``rw``."""
        _do("mount", "-o", f"remount,{how}", self.folder)

    def settle(self) -> None:
        """Return when all that was written so far would survive a power cut."""
        _do("sync", "--file-system", self.folder)

    def fill(self) -> Path:
        """Return a file that takes all the room there is."""
        ballast = self.folder / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)) == 4096:
                pass
        return ballast


@contextlib.contextmanager
def new_disk(beside: Path, name: str, size: str = "32M") -> Iterator[Disk]:
    """Make and mount an empty disk of *size*; its files lie in *beside*."""
    image = beside / f"{name}.img"
    _do("truncate", "-s", size, image)
    _do("mkfs.ext4", "-q", "-F", image)
    with mounted(image, beside / name) as disk:
        yield disk


@contextlib.contextmanager
def mounted(image: Path, folder: Path) -> Iterator[Disk]:
    """Mount *image* on *folder*, which is made for it."""
    folder.mkdir()
    _do("mount", "-o", "loop", image, folder)
    try:
        yield Disk(image, folder)
    finally:
        _do("umount", "--lazy", folder)


@contextlib.contextmanager
def after_power_cut(disk: Disk) -> Iterator[Disk]:
    """Mount what would be found on *disk* if the power had been cut now."""
    image = disk.image.with_name(f"{disk.image.stem}-after.img")
    # Not `cp` of the files: only what has reached the block device is in the image.
    shutil.copyfile(disk.image, image)
    with mounted(image, image.with_suffix("")) as copy:
        yield copy


def _do(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True, capture_output=True)
