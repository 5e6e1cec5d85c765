"""What goes down to the stations: each branch's shelf in parts, and the settings."""

import hashlib
import zlib
from collections.abc import Callable

from msgspec import Struct, structs
from sqlalchemy import Engine, select

from circulation import cards, messages
from circulation.identifiers import BranchCode
from circulation.messages import OfflineRules, Settings, Shelf, ShelfCard, ShelfPart
from hub.catalogue import tables
from hub.catalogue.shelf_data import ShelfMaterial, shelf_material
from hub.errors import HubError
from hub.fleet import Enrolled

PART_BYTES = 120 << 10
OFFLINE_MS = 3 * 24 * 3_600_000
"""How long a station that hears nothing may go on lending by what it was told last."""
OFFLINE_LOANS_MAX = 5


class Snapshot(Struct, frozen=True):
    """One station's shelf, packed; *version* is its hash."""

    version: str
    packed: bytes


class Shelves:
    """Makes each station's shelf from the catalogue, anew only when what is on it changes."""

    def __init__(self, engine: Engine, now_ms: Callable[[], int]) -> None:
        """Take titles, items and cards from the catalogue in *engine*."""
        self._engine = engine
        self._now_ms = now_ms
        self._material: dict[BranchCode, ShelfMaterial] = {}
        self._snapshots: dict[str, Snapshot] = {}

    def refresh(self) -> bool:
        """Look at the catalogue again; return whether any shelf in use has changed."""
        changed = False
        for branch, known in list(self._material.items()):
            now = shelf_material(self._engine, branch)
            # Every loan moves the catalogue's version; only what stands on the shelf counts.
            if structs.replace(now, catalogue_version=known.catalogue_version) != known:
                self._material[branch] = now
                changed = True
        if changed:
            self._snapshots.clear()
        return changed

    def settings(self, station: Enrolled) -> Settings:
        """Return what *station* is to go by."""
        municipality = select(tables.municipality).where(
            tables.municipality.c.name == station.municipality
        )
        with self._engine.execution_options(read_only=True).begin() as db:
            row = db.execute(municipality).one_or_none()
        if row is None:
            raise HubError(f"no municipality {station.municipality!r}; load the region first")
        return Settings(
            shelf_version=self._snapshot(station).version,
            pin_to_borrow=row.pin_to_borrow,
            offline=OfflineRules(
                until_ms=self._now_ms() // 3_600_000 * 3_600_000 + OFFLINE_MS,
                loans_per_card_day_max=OFFLINE_LOANS_MAX,
                pin=row.pin_offline,
            ),
        )

    def parts(self, station: Enrolled, have: str) -> list[ShelfPart]:
        """Return the parts of *station*'s shelf, none where it has *have* already."""
        snapshot = self._snapshot(station)
        if have == snapshot.version:
            return []
        packed = snapshot.packed
        pieces = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
        return [
            ShelfPart(version=snapshot.version, part=number, parts=len(pieces), data=piece)
            for number, piece in enumerate(pieces)
        ]

    def _snapshot(self, station: Enrolled) -> Snapshot:
        if station.id not in self._snapshots:
            self._snapshots[station.id] = _packed(self._of(station.branch), station.card_key)
        return self._snapshots[station.id]

    def _of(self, branch: BranchCode) -> ShelfMaterial:
        if branch not in self._material:
            self._material[branch] = shelf_material(self._engine, branch)
        return self._material[branch]


def _packed(material: ShelfMaterial, card_key: bytes) -> Snapshot:
    tokens = sorted(cards.token(card, card_key) for card in material.card_numbers)
    shelf = Shelf(
        catalogue_version=material.catalogue_version,
        branch=material.branch,
        titles=material.titles,
        items=material.items,
        cards=[ShelfCard(token=token) for token in tokens],
        signs=material.signs,
    )
    packed = zlib.compress(messages.encode(shelf))
    return Snapshot(hashlib.sha256(packed).hexdigest(), packed)
