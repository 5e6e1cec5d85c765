"""Answers what a device asks: writes by way of the ledger, everything else from the catalogue."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import structlog
from msgspec import Struct, structs

from circulation.facts import Asked, Checkin, Checkout, Wish
from circulation.identifiers import BranchCode, CardNumber, ItemId, TitleId
from circulation.instants import Instant
from circulation.verdicts import Accepted, Reason, Refused, Verdict
from hub.catalogue.port import Catalogue
from hub.catalogue.region_days import LOAN_DAYS
from hub.errors import CatalogueUnavailableError
from hub.fleet import Enrolled
from hub.selfchecks.lane import DeviceLane, request_key
from hub.selfchecks.numbering import Numbering
from hub.selfchecks.saying import Sayer
from hub.sip2 import dates
from hub.sip2.codec import Message

MINUTE_MS = 60_000
TITLES_MS = 10 * MINUTE_MS
TITLES_MAX = 10_000
LATE_DAYS_MAX = 365
"""How long ago what a device tells of may have happened."""
DUE_DAYS_MAX = 3660
"""How far ahead a day may be that a device has told; no rule lends for longer."""

log = structlog.get_logger()


class Device(Struct, frozen=True, kw_only=True):
    """One device, and what it may."""

    enrolled: Enrolled
    institution: str
    renews: bool
    lists_without_pin: bool


class Service:
    """Answers one device; any thread may ask."""

    def __init__(
        self,
        device: Device,
        lane: DeviceLane,
        catalogue: Catalogue,
        *,
        zone: ZoneInfo,
        numbering: Numbering,
        title_of: Callable[[ItemId], TitleId | None],
        touched: Callable[[frozenset[str]], None],
    ) -> None:
        """Write by *lane*, about what *numbering* says; *touched* hears which items have facts."""
        self._device = device
        self._lane = lane
        self._catalogue = catalogue
        self._zone = zone
        self._numbering = numbering
        self._title_of = title_of
        self._touched = touched
        self._say = Sayer(device.institution, zone)
        self._titles: dict[ItemId, tuple[int, str]] = {}

    def answer(self, asked: Message) -> Message | None:
        """Return the answer to *asked*; None where the catalogue cannot be asked now."""
        try:
            return self._answer(asked)
        except CatalogueUnavailableError:
            log.warning("catalogue_silent", station=self._device.enrolled.id)
            return self._silent(asked)

    def _answer(self, asked: Message) -> Message | None:
        does = _DOES.get(asked.code)
        return does(self, asked) if does else None

    def _status(self, _asked: Message) -> Message:
        able = self._catalogue.capabilities
        return self._say.status(able, self._at_ms, renewals=self._device.renews)

    # --- writes, each once -----------------------------------------------------------------

    def _charge(self, asked: Message) -> Message:
        key = self._key(asked)
        if asked.get("AD"):
            # A repeat is no new try of a PIN.
            if (told := self._lane.told(key)) is not None:
                return _message(told)
            if (refused := self._pin_refused(asked)) is not None:
                return self._say.not_lent(asked, Refused(refused), "", self._at_ms)
        if asked.code == "11" and asked.yes("no_block"):
            return self._has_lent(asked, key)
        return self._ask(asked, key)

    def _ask(self, asked: Message, key: str) -> Message:
        item, card = self._item_of(asked), self._card_of(asked)
        wish, title = self._wish(asked, item, card), self._title(item)
        question = Asked(at=self._lane.now(), wish=wish, item=item, card=card)

        def tell(verdict: Verdict) -> bytes:
            return msgspec.json.encode(self._verdict(asked, verdict, title))

        told = self._lane.asked(key, question, tell)
        self._touched(frozenset((item,)))
        return _message(told)

    def _wish(self, asked: Message, item: ItemId, card: CardNumber) -> Wish:
        if asked.code == "29":
            return Wish.RENEWAL
        if not (self._device.renews and asked.yes("renewal_policy")):
            return Wish.LOAN
        standing = self._catalogue.item(item)
        patron = self._catalogue.standing(card, self._branch, self._today).patron
        loan = standing.loan if standing else None
        return Wish.RENEWAL if loan is not None and loan.patron == patron else Wish.LOAN

    def _verdict(self, asked: Message, verdict: Verdict, title: str) -> Message:
        if isinstance(verdict, Accepted):
            return self._say.lent(asked, verdict.due, title, self._at_ms)
        return self._say.not_lent(asked, verdict, title, self._at_ms)

    def _has_lent(self, asked: Message, key: str) -> Message:
        item = self._item_of(asked)
        day = dates.day(asked.fixed.get("nb_due_date", ""))
        last = self._today + timedelta(days=DUE_DAYS_MAX)
        if day is None or not self._today <= day <= last:
            day = self._today + timedelta(days=LOAN_DAYS)
        answer = self._say.lent(asked, day, self._title(item), self._at_ms)
        lent = Checkout(at=self._when(asked, "date"), item=item, card=self._card_of(asked), due=day)
        told = self._lane.done(key, lent, lambda: msgspec.json.encode(answer))
        self._touched(frozenset((item,)))
        return _message(told)

    def _take_back(self, asked: Message) -> Message:
        key, item = self._key(asked), self._item_of(asked)

        def tell() -> bytes:
            try:
                standing = self._catalogue.item(item)
                goes_to = self._catalogue.goes_to(item, self._branch)
            except CatalogueUnavailableError:
                # It is back whatever the catalogue says; only who waits for it is not known.
                standing, goes_to = None, None
            answer = self._say.taken_back(
                asked, standing, self._branch, self._at_ms, goes_to=goes_to
            )
            return msgspec.json.encode(answer)

        back = Checkin(at=self._when(asked, "return_date"), item=item)
        told = self._lane.done(key, back, tell)
        self._touched(frozenset((item,)))
        return _message(told)

    def _renew_all(self, asked: Message) -> Message:
        refused, pin_right = self._standing(asked)
        if refused or pin_right is False:
            return self._say.all_renewed([], [], self._at_ms)
        account = self._catalogue.account(self._card_of(asked), self._branch, self._today)
        yes: list[ItemId] = []
        no: list[ItemId] = []
        for loan in account.loans:
            fields = (*asked.fields, ("AB", loan.item))
            one = Message("29", {"date": asked.fixed.get("date", "")}, fields)
            (yes if self._charge(one).yes("ok") else no).append(loan.item)
        return self._say.all_renewed(yes, no, self._at_ms)

    # --- questions ---------------------------------------------------------------------------

    def _item(self, asked: Message) -> Message:
        return self._say.item(asked, self._catalogue.item(self._item_of(asked)), self._at_ms)

    def _patron_status(self, asked: Message) -> Message:
        refused, pin_right = self._standing(asked)
        return self._say.patron_status(asked, refused, pin_right=pin_right, at_ms=self._at_ms)

    def _patron(self, asked: Message) -> Message:
        refused, pin_right = self._standing(asked)
        found = None
        if refused is None:
            card = self._card_of(asked)
            account = self._catalogue.account(card, self._branch, self._today)
            found = (account, self._catalogue.holds(card))
        return self._say.patron(
            asked,
            refused,
            found,
            today=self._today,
            pin_right=pin_right,
            listed=pin_right is True or (pin_right is None and self._device.lists_without_pin),
            at_ms=self._at_ms,
        )

    def _standing(self, asked: Message) -> tuple[Reason | None, bool | None]:
        refused = self._catalogue.standing(self._card_of(asked), self._branch, self._today).refused
        pin = asked.get("AD") or ""
        if refused is not None or not pin:
            return refused, None if not pin else False
        return None, self._catalogue.pin_refused(self._card_of(asked), pin, self._at_ms) is None

    def _pin_refused(self, asked: Message) -> Reason | None:
        """Return why the PIN that was shown is not right; none shown is the device's own matter."""
        return self._catalogue.pin_refused(self._card_of(asked), asked.get("AD") or "", self._at_ms)

    def _hold(self, asked: Message) -> Message:
        return self._say.held(asked, place=self._place(asked), at_ms=self._at_ms)

    def _place(self, asked: Message) -> int | None:
        refused, pin_right = self._standing(asked)
        title = self._title_of(self._item_of(asked))
        mode = asked.fixed.get("mode", "")
        if (
            refused
            or pin_right is not True
            or title is None
            or not self._catalogue.capabilities.holds
        ):
            return None
        card, at_ms = self._card_of(asked), self._at_ms
        if mode == "-":
            return 1 if self._catalogue.cancel_hold(title, card, at_ms=at_ms) else None
        if mode != "+":
            return None
        pickup = BranchCode((asked.get("BS") or "").strip() or self._branch)
        made = self._catalogue.place_hold(title, card, pickup=pickup, at_ms=at_ms)
        return None if made.refused else made.place

    def _title(self, item: ItemId) -> str:
        """Return the title of *item*, as it was a little while ago."""
        at_ms, known = self._titles.get(item, (0, ""))
        if known and self._at_ms - at_ms < TITLES_MS:
            return known
        try:
            standing = self._catalogue.item(item, lately=True)
        except CatalogueUnavailableError:
            return known
        title = standing.title if standing else ""
        if len(self._titles) >= TITLES_MAX:
            self._titles.clear()
        self._titles[item] = self._at_ms, title
        return title

    def _silent(self, asked: Message) -> Message | None:
        if asked.code in ("11", "29"):
            return self._say.not_lent(asked, Refused(Reason.CATALOGUE_SILENT), "", self._at_ms)
        return None

    def _item_of(self, asked: Message) -> ItemId:
        return self._numbering.item((asked.get("AB") or "").strip()[:64])

    def _card_of(self, asked: Message) -> CardNumber:
        return self._numbering.card((asked.get("AA") or "").strip()[:64])

    # --- where and when ----------------------------------------------------------------------

    @property
    def _at_ms(self) -> int:
        return self._lane.now().wall_ms

    @property
    def _branch(self) -> BranchCode:
        return BranchCode(self._device.enrolled.branch)

    @property
    def _today(self) -> date:
        return datetime.fromtimestamp(self._at_ms / 1000, UTC).astimezone(self._zone).date()

    def _when(self, asked: Message, name: str) -> Instant:
        """Return when what *asked* tells of happened: by its own date where that may be."""
        now = self._lane.now()
        if not asked.yes("no_block"):
            return now
        told = dates.instant(asked.fixed.get(name, ""), self._zone)
        if told is None:
            return now
        told_ms = int(told.timestamp() * 1000)
        if not now.wall_ms - LATE_DAYS_MAX * 86_400_000 <= told_ms <= now.wall_ms:
            return now
        ago_ms = now.wall_ms - told_ms
        return structs.replace(now, wall_ms=told_ms, mono_ms=max(0, now.mono_ms - ago_ms))

    def _key(self, asked: Message) -> str:
        # Without a date nothing tells a repeat from a wish but that it comes at once.
        date = asked.fixed.get("date", "").strip() or str(self._at_ms // MINUTE_MS)
        told = (date, self._card_of(asked), self._item_of(asked))
        return request_key(self._device.enrolled.id, asked.code, *told)


def _message(told: bytes) -> Message:
    return msgspec.json.decode(told, type=Message)


_DOES: dict[str, Callable[[Service, Message], Message]] = {
    "99": Service._status,
    "11": Service._charge,
    "29": Service._charge,
    "09": Service._take_back,
    "65": Service._renew_all,
    "17": Service._item,
    "23": Service._patron_status,
    "01": Service._patron_status,
    "25": Service._patron_status,
    "63": Service._patron,
    "15": Service._hold,
    "19": lambda one, asked: one._say.no_properties(asked, one._at_ms),
    "37": lambda one, asked: one._say.no_payment(asked, one._at_ms),
    "35": lambda one, asked: one._say.ended(asked, one._at_ms),
}
