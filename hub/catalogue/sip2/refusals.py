"""What a library system says when it will not, as our own reasons where it is known.

SIP2 has no codes for this: there are only sentences for people (AF). Those below are of Koha
(C4/SIP/ILS.pm and ILS/Transaction/*.pm) and of Evergreen's and openncip's SIPServer, as read in
their sources; matched without regard to case.
"""

from circulation.verdicts import Reason, Refused

_SENTENCES = (
    ("invalid patron", Reason.CARD_REFUSED),
    ("patron blocked", Reason.CARD_REFUSED),
    ("patron expired", Reason.CARD_REFUSED),
    ("patron debarred", Reason.CARD_REFUSED),
    ("card lost", Reason.CARD_REFUSED),
    ("invalid item", Reason.ITEM_UNKNOWN),
    ("item not found", Reason.ITEM_UNKNOWN),
    ("on hold for another", Reason.RESERVED),
    ("reserved for another", Reason.RESERVED),
    ("cannot be checked out", Reason.NOT_FOR_LOAN),
    ("not_for_loan", Reason.NOT_FOR_LOAN),
    ("not for loan", Reason.NOT_FOR_LOAN),
    ("age_restriction", Reason.AGE_LIMIT),
    ("age restriction", Reason.AGE_LIMIT),
    ("too_many", Reason.LOAN_LIMIT),
    ("too many", Reason.LOAN_LIMIT),
    ("renewals not permitted", Reason.RENEWAL_LIMIT),
    ("not checked out", Reason.NOT_ON_LOAN),
)

ELSE_OF_LOAN = Reason.AGE_LIMIT
"""Its sentence says no more than is known: this one cannot be borrowed on this card."""
ELSE_OF_RENEWAL = Reason.RENEWAL_LIMIT


def reason(said: str, otherwise: Reason) -> Reason:
    """Return our reason for what was *said*, or *otherwise* where the sentence is not known."""
    return _known(said) or otherwise


def refused(said: str, otherwise: Reason) -> Refused:
    """Return the refusal of what was *said*: as our own reason, or as it came."""
    known = _known(said)
    return Refused(known) if known else Refused(otherwise, " ".join(said.split()))


def _known(said: str) -> Reason | None:
    folded = said.casefold()
    return next((each for sentence, each in _SENTENCES if sentence in folded), None)
