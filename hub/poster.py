"""The poster: drives the catalogue to what the fold wants, by difference, each write recorded."""

import contextlib
import math
import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import structlog
from msgspec import structs
from sqlalchemy import Connection, Engine, bindparam, select, update

from circulation.identifiers import BranchCode, CardNumber, ItemId
from circulation.verdicts import Accepted, Reason, Refused, Verdict
from hub import exceptions, judging, postings, rules
from hub.catalogue.port import Catalogue, ItemStanding
from hub.database import insert_once, reading
from hub.errors import CatalogueUnavailableError
from hub.exceptions import FOLD, POSTER, Named
from hub.faults import where
from hub.folding import Folding
from hub.happenings import Told
from hub.judging import Judge, named
from hub.owing import FOLDED, Owing
from hub.prepared import Prepared
from hub.reconcile import CATALOGUE, Happening, Holder, Kind, came_back_ms
from hub.reconcile import Outcome as Folded
from hub.tables import fact, hub_meta

log = structlog.get_logger()

LOOK_SECONDS = 5.0
"""How often to look for what others did, and to try again what could not be posted."""
HEARD_AT_ONCE = 200
"""How many touches of a backlog are heard before the items are posted, each of them once."""
WAITING_MAX = 1_000
"""How many items wait here at most because of their facts; the others wait in the ledger."""
LOOKED = "catalogue_looked"
"""The name under which is kept how much of the catalogue's log has been taken in."""
STOOD = "standing_looked"
"""The same of its log of blocks, cards and holds."""
STOP_SECONDS_MAX = 40.0
"""A library system elsewhere may take its time over the question that is under way."""

_POSTED = Prepared(
    update(fact)
    .where(fact.c.item == bindparam("of"), fact.c.posted_ms.is_(None), FOLDED)
    .values(posted_ms=bindparam("at_ms"))
)
_BORROWED = (
    select(fact.c.item)
    .where(fact.c.card.in_(bindparam("cards", expanding=True)), fact.c.item.is_not(None))
    .distinct()
)
_META = Prepared(select(hub_meta.c.value).where(hub_meta.c.name == bindparam("of")))
_KEEP = Prepared(update(hub_meta).where(hub_meta.c.name == bindparam("of")), ("value",))


class Poster(threading.Thread):
    """Folds every touched item and makes the catalogue agree; one at a time, oldest first."""

    def __init__(
        self,
        engine: Engine,
        catalogue: Catalogue,
        *,
        now_ms: Callable[[], int],
        today: Callable[[], date],
        at_once: int = 1,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        """Write to *catalogue* what the ledger in *engine* says; *at_once* items at a time."""
        super().__init__(name="poster", daemon=True)
        self._engine = engine
        self._catalogue = catalogue
        self._now_ms = now_ms
        self._today = today
        self._at_once = at_once
        self._folding = Folding(engine, catalogue, now_ms)
        self._judge = Judge(catalogue, self._folding)
        self._touched: queue.Queue[ItemId | None] = queue.Queue(waiting_max)
        self._owing = Owing(engine, waiting_max)
        self._stopping = threading.Event()

    def touched(self, items: frozenset[str]) -> None:
        """Say that *items* have new facts; any thread may."""
        # Bounded: what does not fit is found in the ledger, as after a restart.
        with contextlib.suppress(queue.Full):
            for item in sorted(items):
                self._touched.put_nowait(ItemId(item))

    def stop(self) -> None:
        """Return when the thread is gone, or say that it would not go."""
        self._stopping.set()
        with contextlib.suppress(queue.Full):
            self._touched.put_nowait(None)
        self.join(STOP_SECONDS_MAX)
        if self.is_alive():
            raise RuntimeError(f"{self.name} did not stop in {STOP_SECONDS_MAX} s")

    def run(self) -> None:
        """Post what is owed from before, then what is touched, until told to stop."""
        looked, wait = -math.inf, 0.01
        while self._hears(wait):
            if time.monotonic() - looked >= LOOK_SECONDS:
                looked = time.monotonic()
                self._if_possible(self.look)
            elif self._owing.behind:
                self._if_possible(self.catch_up)
            self.post_waiting()
            # A backlog goes on at once; a catalogue that is silent is not asked all the time.
            at_once = self._owing.behind and self._owing.goes_well
            wait = 0.01 if at_once else LOOK_SECONDS

    def _hears(self, seconds: float) -> bool:
        """Queue up what was touched by now, some of it often; return False where told to stop."""
        with contextlib.suppress(queue.Empty):
            for _ in range(HEARD_AT_ONCE):
                item = self._touched.get(timeout=seconds)
                if item is None:
                    return False
                self._owing.take_if_room(item)
                seconds = 0.0
        return not self._stopping.is_set()

    def _if_possible(self, look: Callable[[], None]) -> None:
        try:
            look()
        except Exception as error:  # noqa: BLE001 - a busy database today is free tomorrow
            log.error("not_looked", **where(error))

    def look(self) -> None:
        """Have posted what nobody told us of: staff lend too, and exports are taken."""
        try:
            with self._catalogue.at_one_moment():
                with reading(self._engine) as db:
                    looked, stood = _kept(db, LOOKED), _kept(db, STOOD)
                    unknown = exceptions.unknown_items(db)
                version = self._catalogue.version()
                changes = self._catalogue.standing_changed(stood)
                self.queue_up(self._catalogue.changed_behind_us(looked))
                self.queue_up(item for item in unknown if self._catalogue.item(item, lately=True))
                self.queue_up([*changes.items, *self._shown(changes.cards), *self.owed()])
        except CatalogueUnavailableError:
            return
        self.post_waiting()
        if not self._owing and (version, changes.version) != (looked, stood):
            with self._engine.begin() as db:
                _keep(db, LOOKED, version)
                _keep(db, STOOD, changes.version)

    def catch_up(self) -> None:
        """Have posted the next of what is owed."""
        self.queue_up(self.owed())

    def _shown(self, cards: list[CardNumber]) -> list[ItemId]:
        """Return the items that were borrowed with *cards*, as far as it is not forgotten."""
        if not cards:
            return []
        with reading(self._engine) as db:
            return [ItemId(item) for item in db.scalars(_BORROWED, {"cards": cards})]

    def queue_up(self, items: Iterable[ItemId]) -> None:
        """Have *items* posted at the next `post_waiting`."""
        self._owing.take(items)

    def post_waiting(self) -> None:
        """Post what waits; what the catalogue cannot take now goes on waiting."""
        silent = threading.Event()
        items = self._owing.items
        if self._at_once == 1 or len(items) < 2:
            posted = [item for item in items if self._try(item, silent)]
        else:
            with ThreadPoolExecutor(self._at_once, thread_name_prefix="poster") as helpers:
                done = list(helpers.map(lambda item: self._try(item, silent), items))
            posted = [item for item, was in zip(items, done, strict=True) if was]
        self._owing.posted(posted)

    def _try(self, item: ItemId, silent: threading.Event) -> bool:
        """Return whether *item* is posted; once the catalogue is *silent*, nothing is tried."""
        if silent.is_set() or self._stopping.is_set():
            return False
        try:
            self.post(item)
        except CatalogueUnavailableError as error:
            silent.set()
            problem = str(error)[:200]
            log.warning("catalogue_silent", waiting=len(self._owing), problem=problem)
            return False
        except Exception as error:  # noqa: BLE001 - one item must not keep others from it
            # Its own words may name a card: where it arose is enough to mend it.
            log.error("not_posted", **where(error))
            self._owing.failed(item)
            return False
        return True

    def owed(self) -> list[ItemId]:
        """Return the next items with facts that the catalogue does not show yet, oldest first."""
        return self._owing.next()

    def post(self, item: ItemId) -> None:
        """Make the catalogue show what has happened to *item*."""
        with self._catalogue.at_one_moment():
            standing = self._catalogue.item(item)
            life = self._folding.life(item)
        if life.told.undecided:
            return
        if standing is None:
            self._unknown(item, life.told)
            return
        found = self._write(standing, life.folded, life.told)
        # Only now: what others have open is read from the catalogue as it is after this.
        with self._catalogue.at_one_moment():
            judged = self._judge.judged(life)
        with self._engine.begin() as db:
            judging.keep(db, judged)
            for each in found:
                exceptions.open_one(db, each)
            self._posted(db, item)

    def _unknown(self, item: ItemId, told: Told) -> None:
        with self._engine.begin() as db:
            for event in told.happenings:
                exceptions.open_one(db, named(item, "unknown_item", event, source=FOLD))
            self._posted(db, item)

    def _posted(self, db: Connection, item: ItemId) -> None:
        _POSTED.do(db, {"of": item, "at_ms": self._now_ms()})

    # --- the difference ------------------------------------------------------------------
    #
    # One fact may lead to more than one write: a late one undoes what it led to, a later one
    # wants it back. So a write is named by its fact and by the log's version that it differs from.

    def _write(self, standing: ItemStanding, folded: Folded, told: Told) -> list[Named]:
        """Write what differs, and return what a librarian must know of it."""
        wanted, actual = folded.holder, standing.loan
        if wanted is None:
            return self._take_back(standing, folded, told, cause=folded.last) if actual else []
        if actual is not None and actual.patron == wanted.patron:
            return self._extend(standing, wanted, told) if wanted.due > actual.due else []
        return self._lend(standing, folded, wanted, told)

    def _lend(
        self, standing: ItemStanding, folded: Folded, wanted: Holder, told: Told
    ) -> list[Named]:
        item, card = standing.item, told.cards.get(wanted.patron)
        name = wanted.by.posting
        if wanted.by.station == CATALOGUE:
            # A loan of staff's own, ended by a return that a late fact shows to be another's.
            card = card or self._catalogue.card_of(wanted.patron)
            if card is None:
                return []
            name = postings.name(CATALOGUE, wanted.by.epoch, wanted.by.seq, wanted.by.hash)
        if card is None:
            # It came back, and who had it is forgotten: facts this late lend it to nobody.
            return [named(item, "too_late", wanted.by, source=POSTER)]
        found = self._broken(standing, wanted, card)
        if standing.loan and (kept := self._take_back(standing, folded, told, cause=wanted.by)):
            return [*found, *kept]
        name = f"{name}+lent@{standing.version}"
        at_ms = min(wanted.by.rank, self._now_ms())
        verdict = self._call(
            name,
            item,
            "loan",
            lambda id_: self._catalogue.checkout(
                item, card, posting=id_, at_ms=at_ms, due=wanted.due, no_block=True
            ),
        )
        if isinstance(verdict, Accepted) and verdict.due < wanted.due:
            found += self._told_later(item, wanted.by)
        return [*found, *self._refused(item, wanted.by, name, verdict)]

    def _told_later(self, item: ItemId, by: Happening) -> list[Named]:
        """Return what a librarian must know where a visitor was told a day that does not hold."""
        if self._catalogue.capabilities.told_days or not rules.unasked(by):
            return []
        one = named(item, exceptions.REFUSED_BY_CATALOGUE, by, source=POSTER)
        return [structs.replace(one, told="later_day")]

    def _refused(self, item: ItemId, by: Happening, posting: str, verdict: Verdict) -> list[Named]:
        """Return what a librarian must know of a refusal, in the catalogue's own words."""
        if not isinstance(verdict, Refused):
            return []
        one = named(item, exceptions.REFUSED_BY_CATALOGUE, by, source=POSTER)
        return [structs.replace(one, told=self._catalogue.said(posting) or one.told)]

    def _broken(self, standing: ItemStanding, wanted: Holder, card: CardNumber) -> list[Named]:
        """Return what a loan breaks now, of the rules whose past the catalogue does not know."""
        if not rules.unasked(wanted.since):
            return []
        found = []
        if self._catalogue.card_past(card) is None:
            now = self._catalogue.standing(card, BranchCode(""), self._today())
            found += ["patron_blocked"] if now.refused else []
        if self._catalogue.holds_past(standing.item) is None:
            mine = standing.reserved_for in (None, wanted.patron)
            found += [] if mine else ["lent_over_hold"]
        return [
            named(standing.item, kind, wanted.since, source=POSTER, card=card) for kind in found
        ]

    def _extend(self, standing: ItemStanding, wanted: Holder, told: Told) -> list[Named]:
        item = standing.item
        if (card := told.cards.get(wanted.patron)) is None:
            return []
        wished = wanted.by.kind is Kind.RENEWAL and rules.unasked(wanted.by)
        if not wished and not self._catalogue.capabilities.told_days:
            # To it this would be a renewal, and nobody wished for one; or it has been granted,
            # and the day was brought forward since.
            return self._told_later(item, wanted.by)
        name = f"{wanted.by.posting}+due@{standing.version}"
        at_ms = min(wanted.by.rank, self._now_ms())
        verdict = self._call(
            name,
            item,
            "renewal",
            lambda id_: self._catalogue.renew(item, card, posting=id_, at_ms=at_ms, due=wanted.due),
        )

        return self._refused(item, wanted.by, name, verdict)

    def _take_back(
        self, standing: ItemStanding, folded: Folded, told: Told, *, cause: Happening | None
    ) -> list[Named]:
        item = standing.item
        branch = BranchCode(cause.branch) if cause and cause.branch else told.branch
        # A return that comes late was made when it was made: nobody pays for the line.
        at_ms = came_back_ms(folded, self._now_ms())
        # Without a cause of its own this undoes what was posted for a question since dropped.
        name = cause.posting if cause and cause.posting else told.latest

        def checkin(id_: str) -> Verdict:
            is_in = self._catalogue.checkin(item, branch, posting=id_, at_ms=at_ms)
            return Accepted(self._today()) if is_in else Refused(Reason.NOT_ON_LOAN)

        posting = f"{name}+in@{standing.version}"
        verdict = self._call(posting, item, "return", checkin)
        by = cause or max(told.happenings, key=lambda each: each.order, default=None)
        return self._refused(item, by, posting, verdict) if by else []

    def _call(self, id_: str, item: ItemId, change: str, call: Callable[[str], Verdict]) -> Verdict:
        # The difference was read just now, so a write that was begun before and is still
        # wanted did not happen: the catalogue itself was asked, not our own notes.
        now_ms = self._now_ms()
        with self._engine.begin() as db:
            postings.begin(db, id_, item=item, change=change, due=None, now_ms=now_ms)
        verdict = call(id_)
        with self._engine.begin() as db:
            postings.end(db, id_, verdict, self._now_ms())
        log.info("posted", posting=id_, change=change, refused=isinstance(verdict, Refused))
        return verdict


def _kept(db: Connection, name: str) -> int:
    return int(_META.scalar(db, {"of": name}) or 0)


def _keep(db: Connection, name: str, version: int) -> None:
    insert_once(db, hub_meta, {"name": name, "value": "0"})
    _KEEP.do(db, {"of": name, "value": str(version)})
