"""The secret that opens a branch's own tags: one file, one line a key, never in a log."""

import re
from pathlib import Path

from msgspec import Struct, field

from circulation.errors import ConfigError

SECTORS = 16
_NTAG = re.compile(r"ntag\s+([0-9a-f]{8})", re.IGNORECASE)
_ICODE = re.compile(r"icode\s+([0-9a-f]{8})", re.IGNORECASE)
_CLASSIC = re.compile(
    r"classic\s+(?P<first>\d+)(?:-(?P<last>\d+))?\s+(?P<which>[ab])\s+(?P<key>[0-9a-f]{12})",
    re.IGNORECASE,
)


class SectorKey(Struct, frozen=True):
    """What opens one sector of a MIFARE Classic."""

    key: bytes
    is_b: bool = False

    def __repr__(self) -> str:
        """Never show the key."""
        return "SectorKey()"


class TagKeys(Struct, frozen=True):
    """What this branch's tags ask for before they are read or written."""

    ntag: bytes | None = None
    """An NTAG's password of four bytes."""
    sectors: dict[int, SectorKey] = field(default_factory=dict)
    """By the number of the sector."""
    icode: bytes | None = None
    """The password of four bytes that guards an ICODE's AFI and EAS."""

    def __repr__(self) -> str:
        """Never show a key."""
        return f"TagKeys({len(self.sectors)} sectors)"


NO_KEYS = TagKeys()


def load(path: Path) -> TagKeys:
    """Return the keys in *path*, which only its owner may read; else a `ConfigError`."""
    try:
        mode = path.stat().st_mode & 0o777
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the tags' keys cannot be read: {error}") from error
    if mode & 0o077:
        raise ConfigError(f"{path}: others may read the tags' keys ({mode:o}); chmod 600 {path}")
    return parse(text, str(path))


def parse(text: str, name: str) -> TagKeys:
    """Return the keys in *text*; a line that is none is a `ConfigError` with *name* and number."""
    ntag: bytes | None = None
    icode: bytes | None = None
    sectors: dict[int, SectorKey] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.partition("#")[0].strip()
        if found := _NTAG.fullmatch(said):
            ntag = bytes.fromhex(found[1])
        elif found := _ICODE.fullmatch(said):
            icode = bytes.fromhex(found[1])
        elif found := _CLASSIC.fullmatch(said):
            sectors.update(_sectors(found, f"{name}, line {number}"))
        elif said:
            # The line itself is not shown: what is wrong in it may be half a key.
            raise ConfigError(
                f"{name}, line {number}: not a key; write `ntag` or `icode` and 8 hex digits, "
                "or `classic 1-15 A` and 12"
            )
    return TagKeys(ntag, sectors, icode)


def _sectors(found: re.Match[str], where: str) -> dict[int, SectorKey]:
    first = int(found["first"])
    last = int(found["last"] or first)
    if not first <= last < SECTORS:
        raise ConfigError(f"{where}: a MIFARE Classic 1K has sectors 0 to {SECTORS - 1}")
    key = SectorKey(bytes.fromhex(found["key"]), is_b=found["which"].upper() == "B")
    return dict.fromkeys(range(first, last + 1), key)
