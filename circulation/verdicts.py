"""What the catalogue answers when a station asks."""

from datetime import date
from enum import StrEnum

from msgspec import Struct


class Reason(StrEnum):
    """Why a loan or renewal is refused; each has a sentence in `phrases`."""

    CARD_REFUSED = "card_refused"
    """Unknown, blocked, lost or expired: one answer for all four, for the patron's sake."""
    PIN_WRONG = "pin_wrong"
    PIN_LOCKED = "pin_locked"
    ITEM_UNKNOWN = "item_unknown"
    NOT_FOR_LOAN = "not_for_loan"
    RESERVED = "reserved"
    """Someone else waits for it."""
    AGE_LIMIT = "age_limit"
    TALKING_BOOK = "talking_book"
    """Made under the exception in the copyright law, and this patron is not entitled to it."""
    LOAN_LIMIT = "loan_limit"
    RENEWAL_LIMIT = "renewal_limit"
    NOT_ON_LOAN = "not_on_loan"
    OFFLINE_LIMIT = "offline_limit"
    """As many as a card may borrow while the line is down."""
    CATALOGUE_SILENT = "catalogue_silent"
    """The catalogue gave no answer; nothing was done."""


class Accepted(Struct, frozen=True, forbid_unknown_fields=True, tag="accepted"):
    """The catalogue has it so; *due* is the last day, a local date."""

    due: date


class Refused(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="refused"):
    """The catalogue will not, and why."""

    reason: Reason
    said: str = ""
    """The library system's own sentence, where none of ours is known to say the same."""


Verdict = Accepted | Refused
