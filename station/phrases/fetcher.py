"""A thread that brings what will be said here to the disk, and never hurries anyone."""

import itertools
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from circulation import phrase_list
from circulation.errors import MessageError
from circulation.messages import PhraseList
from circulation.phrase_list import ASKED_MAX, Entry
from station.phrases.plan import plan
from station.phrases.site import SiteError
from station.phrases.store import Kept, PhraseStore

log = structlog.get_logger()

LOOK_SECONDS = 20.0
PLAN_SECONDS = 24 * 3600.0
"""How often what was touched here changes what is wanted, where the list does not."""
PATIENCE_SECONDS_MIN = 30.0
PATIENCE_SECONDS_MAX = 3600.0
FREE_BYTES_MIN = 200 << 20
STOP_SECONDS_MAX = 3.0


class Site(Protocol):
    """Where files come from: `station.phrases.site.PhraseSite`."""

    def fetch(self, names: list[bytes]) -> dict[bytes, bytes]:
        """Return those of the files *names* that came, by their SHA-256."""


class Fetcher(threading.Thread):
    """Keeps the phrases that the settings in force list, as far as there is room."""

    def __init__(
        self,
        store: PhraseStore,
        site: Site,
        *,
        listed: Callable[[], PhraseList | None],
        budget: int,
        folder: Path,
        tell: Callable[[Kept, str], None],
        look_seconds: float | None = None,
        free_bytes_min: int = FREE_BYTES_MIN,
    ) -> None:
        """Bring what is *listed* from *site* to *store*, at most *budget* bytes of it.

        Where *listed* says None the line belongs to something else. The disk of *folder* keeps
        *free_bytes_min* free. *tell* hears how much is here, and why the disk takes no more ("").
        """
        super().__init__(name="phrases", daemon=True)
        self._store, self._site, self._listed = store, site, listed
        self._budget, self._folder = budget, folder
        self._look_seconds = LOOK_SECONDS if look_seconds is None else look_seconds
        self._free_bytes_min, self._tell = free_bytes_min, tell
        self._stopping = threading.Event()
        self._patience = self._worn = PATIENCE_SECONDS_MIN
        self._full = ""
        """Why the disk takes no more."""

    def run(self) -> None:
        """Fetch until told to stop; what fails is tried again, ever more patiently."""
        done, again, rest, lacks = "", 0.0, 0.0, False
        while not self._stopping.wait(self._look_seconds):
            again, rest = again - self._look_seconds, rest - self._look_seconds
            lacks = self._forget_damaged() or lacks
            wished = self._listed()
            if wished is None:
                continue
            due = wished.sha256 != done or again <= 0
            if due or (lacks and rest <= 0):
                done, lacks, again = wished.sha256, False, self._try(wished)
                rest = min(again, self._rest(due=due))

    def stop(self) -> None:
        """Return when the thread is gone, or a slow line has not let it go in time."""
        self._stopping.set()
        if self.is_alive():
            self.join(STOP_SECONDS_MAX)

    def _forget_damaged(self) -> bool:
        """Return whether a sound was damaged; it is here no more, and that is told."""
        if not self._store.is_damaged:
            return False
        try:
            self._store.forget_damaged()
        except sqlite3.Error as error:
            log.warning("phrases_not_kept", problem=str(error))
        self._report()
        return True

    def _rest(self, *, due: bool) -> float:
        """Return how many seconds what is damaged from now on waits: ever more on a worn card."""
        if due:
            self._worn = PATIENCE_SECONDS_MIN
            return 0.0
        rest, self._worn = self._worn, min(self._worn * 2, PATIENCE_SECONDS_MAX)
        return rest

    def _try(self, wished: PhraseList) -> float:
        """Fetch what is missing of *wished*; return after how many seconds to look again."""
        try:
            whole = self.fetch(wished)
        except (SiteError, MessageError) as error:
            log.warning("phrases_not_fetched", problem=str(error))
            whole = False
        except (sqlite3.Error, OSError) as error:
            log.warning("phrases_not_kept", problem=str(error))
            self._full, whole = f"no phrase can be written: {error}", False
        self._report()
        if whole:
            self._patience = PATIENCE_SECONDS_MIN
            return PLAN_SECONDS
        patience, self._patience = self._patience, min(self._patience * 2, PATIENCE_SECONDS_MAX)
        return patience

    def _report(self) -> None:
        try:
            kept = self._store.kept()
        except sqlite3.Error as error:
            kept, self._full = Kept(), f"what was fetched cannot be read: {error}"
        self._tell(kept, self._full)

    def fetch(self, wished: PhraseList) -> bool:
        """Bring the store to *wished*; return whether all that there is room for is here.

        Raises `SiteError` where the site is silent and `MessageError` for a list that is none.
        """
        entries = phrase_list.decode(self._list(wished))
        touched = self._store.want(entry.words for entry in entries)
        planned = plan(entries, self._store.here(), touched, self._budget)
        if planned.drop:
            self._store.drop(planned.drop)
        # Only now is it known whether there is room: a site that is silent mends no disk.
        came, self._full = 0, ""
        for batch in _batches(planned.fetch):
            if not self._may_go_on():
                break
            came += self._fetch(batch)
        missing = len(planned.fetch) - came
        if came or missing:
            log.info("phrases_fetched", count=came, missing=missing)
        return not missing

    def _may_go_on(self) -> bool:
        if self._stopping.is_set() or self._listed() is None:
            return False
        free = shutil.disk_usage(self._folder).free
        if free <= self._free_bytes_min:
            self._full = f"{free >> 20} MiB are free, and {self._free_bytes_min >> 20} stay so"
        return not self._full

    def _fetch(self, wanted: list[Entry]) -> int:
        """Ask for *wanted* until all have come, or none does; return how many did."""
        came = 0
        while wanted and not self._stopping.is_set():
            files = self._site.fetch([entry.sha256 for entry in wanted])
            here = [(entry, files[entry.sha256]) for entry in wanted if entry.sha256 in files]
            if not here:
                break
            self._store.put(here)
            came += len(here)
            wanted = [entry for entry in wanted if entry.sha256 not in files]
        return came

    def _list(self, wished: PhraseList) -> bytes:
        known = self._store.list(wished.sha256)
        if known is not None:
            return known
        name = bytes.fromhex(wished.sha256)
        body = self._site.fetch([name]).get(name)
        if body is None:
            raise SiteError("the hub's site has not got the list that its settings name")
        phrase_list.decode(body)
        self._store.put_list(wished.sha256, body)
        return body


def _batches(entries: list[Entry]) -> list[list[Entry]]:
    ordered = iter(entries)
    return list(iter(lambda: list(itertools.islice(ordered, ASKED_MAX)), []))
