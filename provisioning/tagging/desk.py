"""Where tags are laid to be written: a kit's own reader, or a virtual chip with a dump's tags."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from circulation.errors import ConfigError
from circulation.tags import dump
from circulation.tags.dump import TagDump
from firmware_config.kit import Kit
from station.events import Place
from station.readers import open_reader
from station.readers.port import TagWriter
from station.readers.simulated import field_of


class Desk:
    """Readers by place, opened when they are first needed."""

    def __init__(self, kit: Kit, dumps: Path | None = None) -> None:
        """Use the readers of *kit*; with *dumps* they are virtual, and those tags lie ready."""
        self._kit = kit
        self._dumps = dumps
        self._readers: dict[Place, TagWriter] = {}
        self._field = field_of(kit.readers) if dumps else None
        self._ready = iter(self._tags()) if dumps else iter(())

    def _tags(self) -> list[TagDump]:
        assert self._dumps is not None
        try:
            return dump.decode(self._dumps.read_bytes())
        except OSError as error:
            raise ConfigError(f"{self._dumps}: {error.strerror}") from error

    def reader(self, place: Place) -> TagWriter:
        """Return the reader at *place*."""
        kit = self._kit.reader_at(place)
        if kit is None:
            raise ConfigError(f"kit {self._kit.name} has no {place.value} reader")
        if kit.virtual and self._field is None:
            raise ConfigError(f"kit {self._kit.name} is simulated: say with --dumps which tags")
        if place not in self._readers:
            opened = open_reader(
                kit.driver,
                bus=kit.bus,
                device=kit.device,
                reset_pin=kit.reset_pin,
                busy_pin=kit.busy_pin,
                pins=self._field.pins if self._field else None,
            )
            self._readers[place] = cast("TagWriter", opened)
        return self._readers[place]

    def lay(self, place: Place) -> None:
        """Lay the next tag of the dump at *place*, in the place of the last; people do it else."""
        if self._field is None:
            return
        for uid in self._field.lying(place):
            self._field.remove(place, uid)
        following = next(self._ready, None)
        if following is not None:
            self._field.place(place, following)

    def lift(self, place: Place) -> None:
        """Take away what lies at *place*."""
        if self._field is not None:
            for uid in self._field.lying(place):
                self._field.remove(place, uid)

    def close(self) -> None:
        """Let go of the readers; save what has been written on virtual tags."""
        for reader in self._readers.values():
            reader.close()
        if self._field is None or self._dumps is None:
            return
        written = {each.uid: each for each in self._field.dumps()}
        kept = [written.get(each.uid, each) for each in self._tags()]
        self._dumps.write_bytes(dump.encode(kept))
        self._field.close()


@contextmanager
def desk(kit: Kit, dumps: Path | None) -> Iterator[Desk]:
    """Open a desk, and close it whatever happens."""
    opened = Desk(kit, dumps)
    try:
        yield opened
    finally:
        opened.close()
