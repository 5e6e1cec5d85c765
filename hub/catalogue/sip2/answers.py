"""What a library system's answers mean, as far as they can be read."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from msgspec import Struct, structs

from circulation.identifiers import CardNumber, ItemId, PatronId
from circulation.verdicts import Reason
from hub.sip2 import dates
from hub.sip2.codec import Message

SOMEBODY = PatronId("somebody")
"""Who has a book of which the library system does not say who has it."""

_ON_LOAN = {"04", "05", "07", "11", "12"}
"""Charged, charged and recalled, recalled, claimed returned, lost: somebody's still."""
_ON_HOLD_SHELF = "08"
_SAYS_NOTHING = {"", "01"}
_KINDS = {
    "000": "other",
    "001": "book",
    "002": "periodical",
    "003": "periodical",
    "004": "recording",
    "005": "film",
    "006": "recording",
    "007": "other",
}
"""By the media type (CK); of a book with something in it, from 008 on, it is the book."""
_CHARGE_DENIED, _CARD_LOST, _TOO_MANY = 0, 4, 5
_BIRTH = re.compile(r"(1[89]|20)\d\d")


class SeenCopy(Struct, frozen=True, kw_only=True):
    """One copy as Item Information (18) has it."""

    item: ItemId
    title: str
    on_loan: bool
    due: date | None
    reserved_for: PatronId | None
    waiting: int
    kind: str


class SeenPatron(Struct, frozen=True, kw_only=True):
    """Who stands behind a card, as Patron Information (64) has it."""

    patron: PatronId | None
    """None where nobody does."""
    refused: Reason | None
    pin_right: bool
    charged: tuple[str, ...]
    charged_count: int
    waiting_for: tuple[str, ...]
    holds_ready: int
    holds_waiting: int
    holds_told: bool
    """Whether it counts them at all; blank is that it does not."""
    fees_ore: int
    birth_year: int
    """0 where it is not told."""

    def has(self, item: ItemId, is_it: Callable[[str, ItemId], bool]) -> bool | None:
        """Return whether *item* is on loan to this patron; None where it is not all listed.

        *is_it* tells whether a number in the list may be that of *item*.
        """
        if any(is_it(each, item) for each in self.charged):
            return True
        complete = self.patron is not None and len(self.charged) >= self.charged_count
        return False if complete else None

    def with_charged(self, charged: list[str]) -> "SeenPatron":
        """Return this with a longer list of what is on loan."""
        return structs.replace(self, charged=tuple(charged))


def copy(item: ItemId, answer: Message) -> SeenCopy | None:
    """Return what an 18 says of *item*, None where the library system does not know it."""
    status = answer.fixed.get("circulation_status", "").strip()
    title = (answer.get("AJ") or "").strip()
    if status in _SAYS_NOTHING and not title:
        return None
    on_loan = status in _ON_LOAN
    reserved = (answer.get("CY") or "").strip()
    if not reserved and status == _ON_HOLD_SHELF:
        reserved = SOMEBODY
    return SeenCopy(
        item=item,
        title=title,
        on_loan=on_loan,
        due=dates.day(answer.get("AH") or "") if on_loan else None,
        reserved_for=PatronId(reserved) if reserved else None,
        waiting=_number(answer.get("CF")),
        kind=_KINDS.get((answer.get("CK") or "").strip(), "book"),
    )


def patron(card: CardNumber, answer: Message) -> SeenPatron:
    """Return what a 64 says of who stands behind *card*."""
    status = answer.fixed.get("patron_status", "").ljust(14)
    named = bool((answer.get("AE") or "").strip())
    known = (answer.get("BL") or ("Y" if named else "N")).upper().startswith("Y")
    number = (answer.get("AA") or "").strip() or card
    return SeenPatron(
        patron=PatronId(number) if known else None,
        refused=None if known and _may_borrow(status) else Reason.CARD_REFUSED,
        pin_right=known and (answer.get("CQ") or "").upper() == "Y",
        charged=tuple(each.strip() for each in answer.all("AU") if each.strip()),
        charged_count=_number(answer.fixed.get("charged_items")),
        waiting_for=tuple(each.strip() for each in (*answer.all("AS"), *answer.all("CD"))),
        holds_ready=_number(answer.fixed.get("hold_items")),
        holds_waiting=_number(answer.fixed.get("unavailable_holds")),
        holds_told=bool((answer.fixed.get("unavailable_holds") or "").strip()),
        fees_ore=_ore(answer.get("BV")),
        birth_year=_birth_year(answer.get("PB")),
    )


def due(answer: Message) -> date | None:
    """Return the due date of a 12 or 30, None where it cannot be read."""
    return dates.day(answer.get("AH") or "")


def place(answer: Message) -> int:
    """Return the place in the queue that a 16 tells, 0 where it tells none."""
    return _number(answer.get("BR"))


def words(answer: Message) -> str:
    """Return what the library system says to people, as it came."""
    return " ".join(each.strip() for each in answer.all("AF"))


def _may_borrow(status: str) -> bool:
    # Of the fourteen letters few keep anybody from borrowing: not a hold denied, nor a late book.
    # As many loans as allowed is said when one more is asked for.
    denied = status[_CHARGE_DENIED] == "Y" and status[_TOO_MANY] != "Y"
    return not denied and status[_CARD_LOST] != "Y"


def _number(text: str | None) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() else 0


def _ore(text: str | None) -> int:
    try:
        amount = Decimal((text or "0").strip().replace(" ", "").replace(",", ".") or "0")
        return max(0, int(amount * 100))
    except (InvalidOperation, ValueError, OverflowError):
        return 0


def _birth_year(text: str | None) -> int:
    found = _BIRTH.match((text or "").strip())
    return int(found[0]) if found else 0
