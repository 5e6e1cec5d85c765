"""Antennas on a desk: a person lays tags on virtual chips, which the real driver reads."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from circulation.tags.dump import TagDump
from firmware_config.kit import KitReader
from station.events import Place
from station.readers.chips import virtual_bus
from station.readers.chips.dumped import dump_of, tag_of
from station.readers.chips.field import Field
from station.readers.chips.virtual_lines import mock_board
from station.readers.chips.virtual_mfrc522 import VirtualMfrc522
from station.readers.chips.virtual_ntag import USER_PAGE, Ntag
from station.readers.chips.virtual_pn5180 import VirtualPn5180
from station.readers.chips.virtual_tags import VirtualTag
from station.readers.chips.virtual_vicinity import Icode

Chip = VirtualMfrc522 | VirtualPn5180


class Lines(NamedTuple):
    """The pins of a virtual PN5180; an MFRC522 is simulated without any."""

    busy_pin: int
    reset_pin: int


def field_of(readers: Iterable[KitReader]) -> "SimulatedField":
    """Return virtual chips in the place of *readers*, each of its own make."""
    kept = list(readers)
    return SimulatedField(
        {Place(reader.place): (reader.bus, reader.device) for reader in kept},
        {
            Place(reader.place): Lines(reader.busy_pin, reader.reset_pin)
            for reader in kept
            if reader.busy_pin is not None and reader.reset_pin is not None
        },
    )


class SimulatedField:
    """The virtual chips of one station, by place; made before any reader is opened."""

    def __init__(
        self,
        wiring: Mapping[Place, tuple[int, int]],
        pn5180: Mapping[Place, Lines] | None = None,
    ) -> None:
        """Solder a chip to each (bus, device) of *wiring*: a PN5180 where *pn5180* has its lines.

        At all other places it is an MFRC522.
        """
        virtual_bus.install()
        self.pins: Any = mock_board()
        """The pins that a PN5180's lines are on."""
        self._wiring = dict(wiring)
        lines = pn5180 or {}
        self._chips = {place: self._chip(lines.get(place)) for place in wiring}
        self._tags: dict[str, tuple[TagDump, VirtualTag]] = {}
        """Every tag ever laid down: what is written on one stays there when it is lifted."""
        for place, (bus, device) in wiring.items():
            virtual_bus.attach(bus, device, self._chips[place])

    @property
    def places(self) -> list[Place]:
        """Return where a tag can be laid."""
        return list(self._chips)

    def chip(self, place: Place) -> Chip:
        """Return the chip at *place*."""
        return self._chips[place]

    def lying(self, place: Place) -> list[str]:
        """Return the UIDs at *place*, in the order they were laid there."""
        return [tag.uid.hex() for tag in self._chips[place].field.tags]

    def dumps(self) -> list[TagDump]:
        """Return every tag that was ever laid down, with all that has been written on it."""
        return [dump_of(tag, dump) for dump, tag in self._tags.values()]

    def place(self, place: Place, dump: TagDump) -> None:
        """Lay *dump* at *place*; a tag is one thing, and leaves where it lay before."""
        self._lay(place, dump, silent_from_page=None)

    def half_place(self, place: Place, dump: TagDump) -> None:
        """Lay *dump* at *place* so badly that its UID is heard but not its memory."""
        self._lay(place, dump, silent_from_page=USER_PAGE)

    def remove(self, place: Place, uid: str) -> None:
        """Take the tag *uid* away from *place*, if it lies there."""
        self._chips[place].field.take(bytes.fromhex(uid))

    def close(self) -> None:
        """Take the chips off the bus."""
        for bus, device in self._wiring.values():
            virtual_bus.detach(bus, device)

    def _chip(self, lines: Lines | None) -> Chip:
        if lines is None:
            return VirtualMfrc522(Field())
        chip = VirtualPn5180(Field())
        chip.solder(self.pins, busy_pin=lines.busy_pin, reset_pin=lines.reset_pin)
        return chip

    def _lay(self, place: Place, dump: TagDump, *, silent_from_page: int | None) -> None:
        for other in self._chips:
            self.remove(other, dump.uid)
        if dump.uid not in self._tags:
            self._tags[dump.uid] = dump, tag_of(dump)
        tag = self._tags[dump.uid][1]
        if isinstance(tag, Ntag):
            tag.silent_from_page = silent_from_page
        elif isinstance(tag, Icode):
            tag.silent_from_block = None if silent_from_page is None else 0
        self._chips[place].field.put(tag)
