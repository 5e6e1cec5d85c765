"""What is said to a device, as SIP2 has it; nothing here asks or does anything."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from circulation.identifiers import ItemId
from circulation.phrases.texts import phrase
from circulation.verdicts import Reason, Refused
from hub.catalogue.port import Account, Capabilities, ItemStanding, PatronHold
from hub.sip2 import dates
from hub.sip2.codec import Message
from hub.sip2.forms import SUPPORTED

NOBODY = "YYYY" + " " * 10
GOOD = " " * 14
HOLD_ALERT, HOLD_ELSEWHERE_ALERT, SEND_ALERT, UNKNOWN_ALERT = "01", "02", "04", "99"
CHARGED, ON_HOLD_SHELF, AVAILABLE, OTHER = "04", "08", "03", "01"
IN_TRANSIT = "10"
DIGITS_MAX = 4
_CURRENCY = "SEK"
_BLANKS = str.maketrans("|\r\n", "   ")


class Sayer:
    """Writes answers for one institution, in its local time."""

    def __init__(self, institution: str, zone: ZoneInfo) -> None:
        """Name *institution* (AO) in each."""
        self._institution = institution
        self._zone = zone

    def login(self, *, ok: bool) -> Message:
        """94."""
        return Message("94", {"ok": "1" if ok else "0"})

    def status(self, able: Capabilities, at_ms: int, *, renewals: bool) -> Message:
        """98: what may be asked here; letters of BX in the order of the specification."""
        cannot = {"fee_paid", "item_status_update"}
        if not able.holds:
            cannot.add("hold")
        if not able.renewals:
            cannot |= {"renew", "renew_all"}
        letters = "".join("N" if name in cannot else "Y" for name in SUPPORTED)
        fixed = {
            "online": "Y",
            "checkin_ok": "Y",
            "checkout_ok": "Y",
            "renewal_policy": "Y" if renewals and able.renewals else "N",
            "status_update_ok": "N",
            "offline_ok": "Y",
            "timeout": "100",
            "retries": "005",
            "date_time_sync": self._stamp(at_ms),
            "version": "2.00",
        }
        return Message("98", fixed, (("AO", self._institution), ("BX", letters)))

    def lent(self, asked: Message, due: date, title: str, at_ms: int) -> Message:
        """12 or 30: yes, until *due*."""
        return self._charge(asked, title, at_ms, due=due)

    def not_lent(self, asked: Message, why: Refused, title: str, at_ms: int) -> Message:
        """12 or 30: no, and why."""
        said = why.said or phrase("sv", f"reason.{why.reason}").seen
        return self._charge(asked, title, at_ms, said=said)

    def _charge(
        self, asked: Message, title: str, at_ms: int, *, due: date | None = None, said: str = ""
    ) -> Message:
        renewing = asked.code == "29"
        fixed = {
            "ok": "1" if due else "0",
            "renewal_ok": "Y" if due and renewing else "N",
            "magnetic": "N",
            "desensitize": "Y" if due and not renewing else "N",
            "date": self._stamp(at_ms),
        }
        fields = [
            *self._about(asked, "AA", "AB"),
            ("AJ", title),
            ("AH", dates.end_of(due) if due else ""),
        ]
        return self._message("30" if renewing else "12", fixed, fields, said)

    def taken_back(
        self,
        asked: Message,
        standing: ItemStanding | None,
        branch: str,
        at_ms: int,
        *,
        goes_to: str | None = None,
    ) -> Message:
        """10: it is back; an alert where it goes to somebody who waits, or is unknown.

        So is one where it *goes_to* another library, which a sorter goes by (CT).
        """
        alert = _alert(standing, goes_to)
        fixed = {
            "ok": "1",
            "resensitize": "Y",
            "magnetic": "N",
            "alert": "Y" if alert else "N",
            "date": self._stamp(at_ms),
        }
        fields = [
            *self._about(asked, "AB"),
            ("AQ", branch),
            ("AJ", standing.title if standing else ""),
            *([("CT", goes_to)] if goes_to else []),
            *([("CV", alert)] if alert else []),
        ]
        return self._message("10", fixed, fields)

    def all_renewed(self, yes: list[ItemId], no: list[ItemId], at_ms: int) -> Message:
        """66."""
        fixed = {
            "ok": "1" if yes or not no else "0",
            "renewed": f"{len(yes):04d}",
            "unrenewed": f"{len(no):04d}",
            "date": self._stamp(at_ms),
        }
        lists = [*(("BM", each) for each in yes), *(("BN", each) for each in no)]
        return self._message("66", fixed, lists)

    def item(self, asked: Message, standing: ItemStanding | None, at_ms: int) -> Message:
        """18."""
        circulation = OTHER
        if standing is not None:
            circulation = _circulation(standing)
        fixed = {
            "circulation_status": circulation,
            "security_marker": "00",
            "fee_type": "01",
            "date": self._stamp(at_ms),
        }
        title = _clean(standing.title) if standing else ""
        fields = [("AB", asked.get("AB") or ""), ("AJ", title)]
        if standing is not None and standing.loan is not None:
            fields.append(("AH", dates.end_of(standing.loan.due)))
        return Message("18", fixed, tuple(fields))

    def no_properties(self, asked: Message, at_ms: int) -> Message:
        """20: nothing of the sort is kept."""
        fixed = {"properties_ok": "0", "date": self._stamp(at_ms)}
        return Message("20", fixed, (("AB", asked.get("AB") or ""),))

    def patron_status(
        self, asked: Message, refused: Reason | None, *, pin_right: bool | None, at_ms: int
    ) -> Message:
        """24 or 26; *pin_right* is None where no PIN was shown."""
        fixed = {
            "patron_status": NOBODY if refused else GOOD,
            "language": _language(asked),
            "date": self._stamp(at_ms),
        }
        fields = [*self._about(asked, "AA"), *_validity(refused, pin_right)]
        return self._message("26" if asked.code == "25" else "24", fixed, fields)

    def patron(
        self,
        asked: Message,
        refused: Reason | None,
        found: tuple[Account, list[PatronHold]] | None,
        *,
        today: date,
        pin_right: bool | None,
        listed: bool,
        at_ms: int,
    ) -> Message:
        """64; what somebody has is named only where it may be *listed*."""
        account, holds = found or (Account([], 0, 0, 0), [])
        late = [loan for loan in account.loans if loan.due < today]
        counts = {
            "hold_items": account.holds_ready,
            "overdue_items": len(late),
            "charged_items": len(account.loans),
            "fine_items": 0,
            "recall_items": 0,
            "unavailable_holds": account.holds_waiting,
        }
        fixed = {
            "patron_status": NOBODY if refused else GOOD,
            "language": _language(asked),
            "date": self._stamp(at_ms),
        }
        fixed |= {name: f"{min(count, 9999):04d}" for name, count in counts.items()}
        fields = [*self._about(asked, "AA"), *_validity(refused, pin_right)]
        if account.fees_ore:
            fields += [("BH", _CURRENCY), ("BV", f"{account.fees_ore / 100:.2f}")]
        if listed:
            summary = asked.fixed.get("summary", "").ljust(10)
            asked_for = _part(asked)
            lists = (
                (0, "AS", [hold.title.title for hold in holds if hold.ready]),
                (1, "AT", [str(loan.item) for loan in late]),
                (2, "AU", [str(loan.item) for loan in account.loans]),
                (5, "CD", [hold.title.title for hold in holds if not hold.ready]),
            )
            for place, id_, listing in lists:
                if summary[place] == "Y":
                    fields += [(id_, each) for each in listing[asked_for]]
        return self._message("64", fixed, fields)

    def held(self, asked: Message, *, place: int | None, at_ms: int) -> Message:
        """16: a place in the queue, or none."""
        fixed = {
            "ok": "0" if place is None else "1",
            "available": "Y" if place == 0 else "N",
            "date": self._stamp(at_ms),
        }
        fields = [*self._about(asked, "AA", "AB")]
        if place:
            fields.append(("BR", str(place)))
        return self._message("16", fixed, fields)

    def no_payment(self, asked: Message, at_ms: int) -> Message:
        """38: the hub takes no money."""
        fixed = {"accepted": "N", "date": self._stamp(at_ms)}
        return self._message("38", fixed, self._about(asked, "AA"))

    def ended(self, asked: Message, at_ms: int) -> Message:
        """36."""
        fixed = {"end": "Y", "date": self._stamp(at_ms)}
        return self._message("36", fixed, self._about(asked, "AA"))

    def _about(self, asked: Message, *ids: str) -> list[tuple[str, str]]:
        return [(id_, asked.get(id_) or "") for id_ in ids]

    def _message(
        self, code: str, fixed: dict[str, str], fields: Iterable[tuple[str, str]], said: str = ""
    ) -> Message:
        told = [("AO", self._institution), *fields, *([("AF", said)] if said else [])]
        return Message(code, fixed, tuple((id_, _clean(value)) for id_, value in told))

    def _stamp(self, at_ms: int) -> str:
        return dates.stamp(datetime.fromtimestamp(at_ms / 1000, UTC), self._zone)


def _validity(refused: Reason | None, pin_right: bool | None) -> list[tuple[str, str]]:
    # A name is told to no machine; the field must be there.
    told = [("AE", ""), ("BL", "N" if refused else "Y")]
    return told if pin_right is None else [*told, ("CQ", "Y" if pin_right else "N")]


def _alert(standing: ItemStanding | None, goes_to: str | None) -> str:
    """Return why a copy that is back is not to be shelved here; empty where it is."""
    if standing is None:
        return UNKNOWN_ALERT
    if standing.reserved_for is not None:
        return HOLD_ELSEWHERE_ALERT if goes_to else HOLD_ALERT
    return SEND_ALERT if goes_to else ""


def _circulation(standing: ItemStanding) -> str:
    if standing.loan is not None:
        return CHARGED
    if standing.sent_to is not None:
        return IN_TRANSIT
    return ON_HOLD_SHELF if standing.reserved_for else AVAILABLE


def _part(asked: Message) -> slice:
    """Return which of a list is asked for, from BP to BQ, counted from one; all where neither."""
    first, last = (
        int(told) if told.isascii() and told.isdecimal() and len(told) <= DIGITS_MAX else None
        for told in ((asked.get(id_) or "").strip() for id_ in ("BP", "BQ"))
    )
    return slice(max(0, (first or 1) - 1), last)


def _language(asked: Message) -> str:
    told = asked.fixed.get("language", "")
    return told if re.fullmatch(r"[0-9]{3}", told, re.ASCII) else "000"


def _clean(value: str) -> str:
    """Return *value* without what a line cannot carry."""
    return value.translate(_BLANKS)
