"""`python -m provisioning card`: room on a card for facts and programs, beside the system."""

import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISBLK

import click
from msgspec import Struct

from circulation.errors import ConfigError
from firmware_config.upkeep import DATA_LABEL
from firmware_config.window import PROGRAM_LABEL

SECTOR = 512
GIB = (1 << 30) // SECTOR
ROOT_SECTORS, PROGRAM_SECTORS, DATA_SECTORS_MIN = 6 * GIB, 5 * GIB, 1 * GIB
_TABLE, _ENTRY, _LINUX, _FAT = 446, "<B3sB3sII", 0x83, {0x0B, 0x0C, 0x0E}
_NO_CHS = b"\xfe\xff\xff"
"""A place beyond cylinders, heads and sectors: LBA alone is meant."""
_BLKRRPART = 0x125F
_MKFS_SECONDS_MAX = 600


class Partition(Struct, frozen=True):
    """One partition: its kind by the table's own number, its first sector and its size."""

    kind: int
    first: int
    sectors: int


def partitions(boot_sector: bytes) -> list[Partition]:
    """Return the primary partitions that *boot_sector* (512 bytes, MBR) names."""
    if len(boot_sector) < SECTOR or boot_sector[510:512] != b"\x55\xaa":
        raise ConfigError("there is no partition table: write Raspberry Pi OS to the card first")
    entries = [
        struct.unpack_from(_ENTRY, boot_sector, _TABLE + number * struct.calcsize(_ENTRY))
        for number in range(4)
    ]
    return [Partition(kind, first, many) for _, _, kind, _, first, many in entries if kind]


def divided(there: list[Partition], sectors: int) -> list[Partition]:
    """Return how a card of *sectors* is divided: boot, system, programs, facts.

    What is *there* keeps its place. The system's partition is given its size here, before its
    first start would give it the whole card.
    """
    if len(there) == 4:
        raise ConfigError("the card has four partitions already; nothing was changed")
    if [each.kind in _FAT for each in there] != [True, False] or there[1].kind != _LINUX:
        raise ConfigError("this is no card with Raspberry Pi OS: a FAT and a Linux partition")
    boot, root = there
    if root.sectors > ROOT_SECTORS:
        raise ConfigError(
            "the system has taken the card already: write Raspberry Pi OS to it anew, and do not "
            "start it before this"
        )
    programs = Partition(_LINUX, root.first + ROOT_SECTORS, PROGRAM_SECTORS)
    begin = programs.first + PROGRAM_SECTORS
    if sectors - begin < DATA_SECTORS_MIN:
        raise ConfigError(f"the card has {sectors * SECTOR / 1e9:.0f} GB; it must have 16 GB")
    facts = Partition(_LINUX, begin, min(sectors, 1 << 32) - begin)
    return [boot, Partition(_LINUX, root.first, ROOT_SECTORS), programs, facts]


def written(boot_sector: bytes, parts: list[Partition]) -> bytes:
    """Return *boot_sector* with *parts* in its table; its code and its disk's id are kept."""
    table = b"".join(
        struct.pack(_ENTRY, 0, _NO_CHS, part.kind, _NO_CHS, part.first, part.sectors)
        for part in parts
    )
    return boot_sector[:_TABLE] + table + boot_sector[_TABLE + len(table) :]


@click.command("card")
@click.argument("device", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def card(device: Path) -> None:
    """Divide DEVICE, a whole card (/dev/sdX) or its image, that has had no first start yet.

    Raspberry Pi OS is on it already. Nothing of that is touched; beside it come two partitions
    that no overlay will cover, one for programs and one for facts.
    """
    with _alone(device) as handle:
        boot_sector = os.pread(handle, SECTOR, 0)
        sectors = os.lseek(handle, 0, os.SEEK_END) // SECTOR
        parts = divided(partitions(boot_sector), sectors)
        _format(device, parts[2], PROGRAM_LABEL)
        _format(device, parts[3], DATA_LABEL)
        # Last: a table that is written names what is whole.
        os.pwrite(handle, written(boot_sector, parts), 0)
        os.fsync(handle)
        if S_ISBLK(os.fstat(handle).st_mode):
            fcntl.ioctl(handle, _BLKRRPART)
    sizes = ", ".join(f"{part.sectors / GIB:.1f}" for part in parts)
    click.echo(f"Boot, system, programs, facts: {sizes} GiB. Next: `provisioning medium`.")


@contextmanager
def _alone(device: Path) -> Iterator[int]:
    try:
        # The kernel refuses this for a card of which anything is mounted.
        handle = os.open(device, os.O_RDWR | os.O_EXCL)
    except OSError as error:
        raise ConfigError(f"{device}: {error.strerror}; unmount all of it, and be root") from error
    try:
        yield handle
    finally:
        os.close(handle)


def _format(device: Path, part: Partition, label: str) -> None:
    command = [
        "mkfs.ext4", "-q", "-F", "-L", label, "-E", f"offset={part.first * SECTOR}",
        str(device), f"{part.sectors // 2}k",
    ]  # fmt: skip
    environment = os.environ | {"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
    try:
        ran = subprocess.run(
            command, check=False, capture_output=True, text=True, env=environment,
            timeout=_MKFS_SECONDS_MAX,
        )  # fmt: skip
    except OSError as error:
        raise ConfigError("mkfs.ext4 is not here: install e2fsprogs") from error
    if ran.returncode:
        raise ConfigError(f"{device}: {ran.stderr.strip()[-300:]}")
