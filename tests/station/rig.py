"""A station's parts as the tests set them up: real ones, on a folder of their own."""

from pathlib import Path

from circulation import sealing
from circulation.identifiers import StationId
from circulation.instants import Instant
from station.journal import Journal
from station.journal_file import Connect, connect_file

PRIVATE = sealing.new_private_key()
KEY = sealing.SealingKey("2026-1", sealing.public_half(PRIVATE))
RING = sealing.KeyRing({KEY.id: PRIVATE})
AT = Instant(wall_ms=1_795_000_000_000, mono_ms=5_000, boot="boot-1", trusted=True)


def open_journal(
    folder: Path,
    *,
    epoch: int = 1,
    bytes_max: int | None = None,
    key: sealing.SealingKey = KEY,
    connect: Connect = connect_file,
) -> Journal:
    """Return vindeln-1's journal in *folder*."""
    return Journal(
        folder / "journal.sqlite",
        station=StationId("vindeln-1"),
        epoch=epoch,
        key=key,
        connect=connect,
        bytes_max=bytes_max,
    )
