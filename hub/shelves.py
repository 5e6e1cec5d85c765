"""What goes down to the stations: each one's shelf, whole or what has changed, and the settings."""

from collections.abc import Callable, Mapping
from threading import Lock

from msgspec import UNSET, Struct
from sqlalchemy import Connection, Engine, bindparam, select

from circulation import shelf_rows
from circulation.identifiers import BranchCode, StationId
from circulation.messages import OfflineRules, PhraseList, Settings, ShelfPart, ShelfWant
from circulation.sealing import VouchedKey
from hub import shelf_history
from hub.catalogue import tables
from hub.catalogue.feeds import ages
from hub.catalogue.shelf_data import branch_material, region_material
from hub.database import reading
from hub.errors import HubError
from hub.fleet import Enrolled
from hub.prepared import Prepared
from hub.shelf_contents import REGION, Contents, StationShelf, of_branch, of_region

PACKS_BYTES_MAX = 256 << 20
"""How much is kept ready of what stations are fetching."""
TOLD_AGAIN_MS = 3_600_000
OFFLINE_MS = 3 * 24 * 3_600_000
"""How long a station that hears nothing may go on lending by what it was told last."""
OFFLINE_LOANS_MAX = 5
DAY_MS = 86_400_000
CARDS_MS_MAX = 7 * DAY_MS
"""How old a list of cards may be, by which is lent offline."""

_MUNICIPALITY = Prepared(
    select(tables.municipality).where(tables.municipality.c.name == bindparam("of"))
)


class Pack(Struct, frozen=True):
    """What makes one station's shelf *version* out of *base*; called by its hash."""

    name: str
    version: str
    base: str
    catalogue_version: int
    packed: bytes


class Shelves:
    """Makes each station's shelf from the catalogue, anew only when what is on it changes."""

    def __init__(
        self,
        engine: Engine,
        now_ms: Callable[[], int],
        sealing_key: Callable[[], VouchedKey | None] = lambda: None,
        phrases: Callable[[], Mapping[str, PhraseList]] = dict,
        *,
        card_days: int = 0,
    ) -> None:
        """Take titles, items and cards from the catalogue in *engine*; any thread may call.

        Stations are to seal new facts to *sealing_key*; None: to what they were set up with.
        They are to have the *phrases* of their branch ready.
        Of a catalogue that lists no cards, those are good that were so within *card_days*.
        """
        self._card_days = card_days
        self._engine = engine
        self._now_ms = now_ms
        self.sealing_key = sealing_key
        self._phrases = phrases
        self._offered: Mapping[str, PhraseList] = {}
        self._contents: dict[str, Contents] = {}
        self._catalogue_version = 0
        self._shelves: dict[StationId, StationShelf] = {}
        self._told: dict[StationId, tuple[str, int]] = {}
        self._generation = 0
        self._as_of: dict[StationId, tuple[str, int]] = {}
        self._packs: dict[tuple[StationId, str], Pack] = {}
        self._lock = Lock()

    def refresh(self) -> bool:
        """Look again; return whether any shelf in use or any phrase on offer has changed."""
        changed = [self._look(scope) for scope in list(self._contents)]
        offered, self._offered = self._offered, self._phrases()
        return any(changed) or offered != self._offered

    def _look(self, scope: str) -> bool:
        """Bring *scope* up to date, and return whether anything in it is new."""
        # Nobody waits while the catalogue is read: a visitor's question may be next.
        catalogue_version, now = self._read(scope)
        with self._lock:
            self._catalogue_version = catalogue_version
            # Every loan moves the catalogue's version; only what stands on the shelf counts.
            if self._contents.get(scope) == now:
                return False
            with self._engine.begin() as db:
                shelf_history.catch_up(db, scope, now.rows(), self._now_ms())
                generation = shelf_history.generation(db)
            self._generation = generation
            self._contents[scope] = now
            self._shelves.clear()
            self._told.clear()
        return True

    def _read(self, scope: str) -> tuple[int, Contents]:
        if scope == REGION:
            shown_since_ms = self._now_ms() - self._card_days * DAY_MS
            material = region_material(self._engine, shown_since_ms=shown_since_ms)
            return material.catalogue_version, of_region(material)
        branch = branch_material(self._engine, BranchCode(scope))
        return self._catalogue_version, of_branch(branch)

    def _look_first(self, branch: BranchCode) -> None:
        for scope in (REGION, branch):
            if scope not in self._contents:
                self._look(scope)

    def settings(self, station: Enrolled) -> Settings:
        """Return what *station* is to go by, its version still open."""
        with reading(self._engine) as db:
            row = _MUNICIPALITY.first(db, {"of": station.municipality})
            cards_ms = ages.cards_made_ms(db)
        if row is None:
            raise HubError(f"no municipality {station.municipality!r}; load the region first")
        self._look_first(station.branch)
        with self._lock:
            version = self._version(station)
        return Settings(
            shelf_version=version,
            pin_to_borrow=row.pin_to_borrow,
            offline=OfflineRules(
                until_ms=_until(self._now_ms(), cards_ms),
                loans_per_card_day_max=OFFLINE_LOANS_MAX,
                pin=row.pin_offline,
                cards_ms=cards_ms or 0,
            ),
            sealing=self.sealing_key(),
            phrases=self._phrases().get(station.branch, UNSET),
        )

    def keep_told(self, db: Connection, station: Enrolled, version: str) -> Callable[[], None]:
        """Keep that *station* is told of the shelf *version*; call the answer once it is kept.

        It was in `settings`. Nobody waits here for whoever lays a new shelf on meanwhile.
        """
        now_ms = self._now_ms()
        known, at_ms = self._told.get(station.id, ("", 0))
        is_now, generation = self._as_of.get(station.id, ("", 0))
        if is_now != version or (known == version and now_ms - at_ms < TOLD_AGAIN_MS):
            return _nothing_more
        shelf_history.told(db, station.id, version, generation=generation, now_ms=now_ms)
        return lambda: self._told.update({station.id: (version, now_ms)})

    def _remember(self, station: Enrolled) -> None:
        with self._engine.begin() as db:
            kept = self.keep_told(db, station, self._version(station))
        kept()

    def _version(self, station: Enrolled) -> str:
        """Return the version of *station*'s shelf, and keep in mind as of which generation."""
        version = self._shelf(station).version
        self._as_of[station.id] = version, self._generation
        return version

    def parts(self, station: Enrolled, want: ShelfWant) -> list[ShelfPart]:
        """Return a burst of the parts that *want* asks for, none where nothing is missing."""
        self._look_first(station.branch)
        with self._lock:
            pack = self._packs.get((station.id, want.pack)) or self._pack(station, want.have)
            if pack is None:
                return []
            self._keep_ready(station, pack)
            parts = -(-len(pack.packed) // shelf_rows.PART_BYTES)
            asked = want.missing if want.pack == pack.name else list(range(parts))
            numbers = [number for number in asked if 0 <= number < parts]
            burst = numbers[: shelf_rows.BURST_PARTS]
            return [_part(pack, number, parts) for number in burst]

    def _pack(self, station: Enrolled, have: str) -> Pack | None:
        shelf = self._shelf(station)
        if have == shelf.version:
            return None
        base, rows = "", shelf.rows()
        with self._engine.execution_options(read_only=True).begin() as db:
            known = shelf_history.generation_of(db, station.id, have)
            if known is not None:
                base, rows = have, shelf.changes(shelf_history.since(db, shelf.code, known))
        self._remember(station)
        packed = shelf_rows.pack(rows)
        name, seen = shelf_rows.name(packed), self._catalogue_version
        return Pack(name, shelf.version, base, seen, packed)

    def _keep_ready(self, station: Enrolled, pack: Pack) -> None:
        """Keep *pack* until enough others were asked for after it."""
        key = (station.id, pack.name)
        self._packs.pop(key, None)
        self._packs[key] = pack
        while sum(len(each.packed) for each in self._packs.values()) > PACKS_BYTES_MAX:
            if len(self._packs) == 1:
                break
            del self._packs[next(iter(self._packs))]

    def _shelf(self, station: Enrolled) -> StationShelf:
        if station.id not in self._shelves:
            region, branch = self._contents[REGION], self._contents[station.branch]
            self._shelves[station.id] = StationShelf(
                region, branch, station.branch, station.card_key
            )
        return self._shelves[station.id]


def _nothing_more() -> None:
    """Do nothing: it is kept already."""


def _until(now_ms: int, cards_ms: int | None) -> int:
    """Return until when may be lent offline: by what was told last, and by cards not too old."""
    until = now_ms // 3_600_000 * 3_600_000 + OFFLINE_MS
    return until if cards_ms is None else min(until, cards_ms + CARDS_MS_MAX)


def _part(pack: Pack, number: int, parts: int) -> ShelfPart:
    at = number * shelf_rows.PART_BYTES
    return ShelfPart(
        version=pack.version,
        base=pack.base,
        pack=pack.name,
        part=number,
        parts=parts,
        catalogue_version=pack.catalogue_version,
        data=pack.packed[at : at + shelf_rows.PART_BYTES],
    )
