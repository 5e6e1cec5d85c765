"""What the poster and the pages need of any catalogue."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import date
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId, TitleId
from circulation.messages import AccountLoan, ShelfTitle
from circulation.verdicts import Reason, Verdict


class Loan(Struct, frozen=True):
    """One item, out with one patron, until a day."""

    item: ItemId
    patron: PatronId
    due: date


class Standing(Struct, frozen=True):
    """What a card is worth today; *patron* is None where the card is unknown."""

    patron: PatronId | None
    refused: Reason | None
    holds_ready: int = 0


class Account(Struct, frozen=True):
    """A patron's open matters."""

    loans: list[AccountLoan]
    holds_ready: int
    holds_waiting: int
    fees_ore: int


class PatronHold(Struct, frozen=True, kw_only=True):
    """A title someone waits for, and whether it lies ready at the branch they chose."""

    title: ShelfTitle
    """Its id is empty where the hub does not know the title."""
    branch_name: str = ""
    """Empty where this catalogue cannot tell."""
    ready: bool
    ahead: int | None = None
    """How many stand before in the queue, 0 for the next; None where it cannot be told."""
    on_its_way: bool = False
    """A copy is being sent to the branch they chose."""
    until: date | None = None
    """The last day to fetch what lies ready; None where it cannot be told."""


class Change(StrEnum):
    """What an entry of the catalogue's own log says."""

    LENT = "lent"
    RETURNED = "returned"
    RENEWED = "renewed"


class CatalogueEvent(Struct, frozen=True):
    """One entry of the catalogue's own log; *posting* names the hub's own write, if it was one."""

    version: int
    change: Change
    item: ItemId
    patron: PatronId | None
    due: date | None
    at_ms: int
    posting: str | None
    inferred: bool = False
    """Nobody told it: it follows from what was seen of the item before and after."""


class StandingChange(StrEnum):
    """What was changed about who may borrow what."""

    BLOCKED = "blocked"
    LIFTED = "lifted"
    LOST = "lost"
    FOUND = "found"
    PLACED = "placed"
    TRAPPED = "trapped"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """It was not fetched in time."""
    SENT = "sent"
    ARRIVED = "arrived"
    MOVED = "moved"
    """The copy belongs to another library."""
    ENTERED = "entered"
    WITHDRAWN = "withdrawn"
    REGISTERED = "registered"
    """Somebody is a patron from now on."""
    AMENDED = "amended"
    """What is told of them is other from now on."""
    ISSUED = "issued"
    """They have one card more."""
    PIN = "pin"
    """They have another PIN."""
    RULED = "ruled"
    """The circulation rules are others from now on."""


class CardSince(Struct, frozen=True):
    """From this instant on, to the next one's, a card was good or was not."""

    since_ms: int
    good: bool


class HoldEvent(Struct, frozen=True, kw_only=True):
    """What was done about one hold, and when; never by the hub itself."""

    version: int
    change: StandingChange
    patron: PatronId
    """Who waits; nobody waits for one title twice."""
    at_ms: int
    item: ItemId | None = None
    """The copy that was put on the hold shelf."""


class HoldsPast(Struct, frozen=True):
    """The queue for one title: its copies, and its log in the order in which it was written."""

    copies: list[ItemId]
    log: list[HoldEvent]


class OpenLoans(Struct, frozen=True):
    """What somebody has, and how many that may be."""

    limit: int
    items: list[ItemId]


class StandingChanges(Struct, frozen=True):
    """Which cards' standing and which queues have changed, through *version*."""

    version: int
    cards: list[CardNumber]
    items: list[ItemId]
    """One copy of each title."""


class ItemStanding(Struct, frozen=True):
    """One copy as the catalogue has it (SIP2 Item Information, 17/18)."""

    item: ItemId
    title: str
    loan: Loan | None
    reserved_for: PatronId | None
    """Whose hold it would be trapped for, if anyone's."""
    version: int = 0
    """The number of the newest entry on it in the log: what a difference was read at."""
    sent_to: BranchCode | None = None
    """The library that it is to be sent to or on its way to, where that is known."""


class CopiesAt(Struct, frozen=True):
    """How many copies of a title one library has, and how many of them can be taken now."""

    branch: BranchCode
    name: str
    copies: int
    copies_in: int


class Copies(Struct, frozen=True):
    """Where a title's copies are, and how many wait for one."""

    at: list[CopiesAt]
    waiting: int


class HoldVerdict(Struct, frozen=True):
    """Why a hold was not made, or its place in the queue, from 1; 0 where it is put aside."""

    refused: Reason | None
    place: int = 0


class Borrowing(Struct, frozen=True):
    """Who borrows with a card, as far as statistics must know."""

    patron: PatronId
    birth_year: int


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a catalogue can do, so that pages and stations offer nothing else."""

    holds: bool = True
    """`place_hold` and `cancel_hold`."""
    renewals: bool = True
    """`renew` at the patron's own wish."""
    fees: bool = True
    """`account` tells what somebody owes."""
    history: bool = True
    """It has a log of its own; else the hub infers one from what it sees."""
    kept_here: bool = True
    """Its queues and cards are worked at the hub's own desk; else at a desk of its own."""
    lists_cards: bool = True
    """It knows every card, so that stations can be told of them; else what was shown is noted."""
    told_days: bool = True
    """It takes the due date that a visitor was told; else a loan's day is its own."""


FORGOTTEN = "~"
"""What begins with what `Catalogue.forget` puts in somebody's place, and no number or name does."""


class Catalogue(Protocol):
    """The shared catalogue; every call may raise `CatalogueUnavailableError`."""

    @property
    def capabilities(self) -> Capabilities:
        """What this catalogue can do."""
        ...

    def standing(self, card: CardNumber, branch: BranchCode, today: date) -> Standing:
        """Return what *card* is worth; blocked, lost, expired and unknown are refused alike."""
        ...

    def pin_refused(self, card: CardNumber, pin: str, now_ms: int) -> Reason | None:
        """Return why *pin* is not accepted for *card*, or None.

        After five wrong tries the card rests for 15 minutes.
        """
        ...

    def checkout(
        self,
        item: ItemId,
        card: CardNumber,
        *,
        posting: str,
        at_ms: int,
        due: date | None,
        no_block: bool,
    ) -> Verdict:
        """Lend *item*; with *no_block* it has already happened, until *due*, and stands."""
        ...

    def checkin(self, item: ItemId, branch: BranchCode, *, posting: str, at_ms: int) -> bool:
        """Take *item* back at *branch*; return whether it was known, and is in now."""
        ...

    def said(self, posting: str) -> str:
        """Return why *posting* was refused in the catalogue's own words, which may name people.

        Empty where it said nothing, and some time after.
        """
        ...

    def renew(
        self, item: ItemId, card: CardNumber, *, posting: str | None, at_ms: int, due: date | None
    ) -> Verdict:
        """Extend the loan; *due* is given where the patron has already been told.

        Without a *posting* it is the patron's own wish at the site: an entry of the catalogue's
        own log. Wished again on the same day, it is one renewal.
        """
        ...

    def item(self, item: ItemId, *, lately: bool = False) -> ItemStanding | None:
        """Return what is so of *item* (SIP2 17/18), None where it is unknown.

        With *lately* what was so some hours ago will do, where asking anew costs more.
        """
        ...

    def goes_to(self, item: ItemId, at: BranchCode) -> BranchCode | None:
        """Return the library that *item* is to be sent to once it is taken back at *at*.

        None where it stays, and where that is not known.
        """
        ...

    def copies(self, title: TitleId) -> Copies | None:
        """Return where *title*'s copies are; None where this catalogue cannot tell."""
        ...

    def place_hold(
        self, title: TitleId, card: CardNumber, *, pickup: BranchCode, at_ms: int
    ) -> HoldVerdict:
        """Put the patron behind *card* last in the queue for *title*, to fetch it at *pickup*.

        Who waits already keeps the place: asking twice is one hold.
        """
        ...

    def cancel_hold(self, title: TitleId, card: CardNumber, *, at_ms: int) -> bool:
        """Take the patron behind *card* out of the queue for *title*; return whether in it."""
        ...

    def holds(self, card: CardNumber) -> list[PatronHold]:
        """Return what the patron behind *card* waits for, in the order in which it was asked."""
        ...

    def account(self, card: CardNumber, branch: BranchCode, today: date) -> Account:
        """Return the open matters of the patron behind *card*."""
        ...

    def log(self, item: ItemId) -> list[CatalogueEvent]:
        """Return the log's entries on *item*, oldest first."""
        ...

    def changed_behind_us(self, since: int) -> list[ItemId]:
        """Return the items with entries after version *since* that are not the hub's own."""
        ...

    def borrower(self, card: CardNumber) -> Borrowing | None:
        """Return who borrows with *card*, None where it is unknown."""
        ...

    def card_of(self, patron: PatronId) -> CardNumber | None:
        """Return a card of *patron*, a good one first; None where that cannot be told."""
        ...

    def kind_and_language(self, item: ItemId) -> tuple[str, str]:
        """Return what sort of thing *item* is, and its MARC language code."""
        ...

    def named(self, before_ms: int) -> list[ItemId]:
        """Return the items in whose log is somebody, since before *before_ms*, who has it no more.

        By their own name, and not by what `forget` put in its place.
        """
        ...

    def marked(self) -> list[ItemId]:
        """Return the items in whose log somebody stands by what `forget` put there."""
        ...

    def forget(
        self, item: ItemId, *, keep: PatronId | None, name: Callable[[PatronId], str]
    ) -> None:
        """Put *name* in the place of every patron in *item*'s log but the one to *keep*."""
        ...

    def served(self, item: ItemId, who: list[tuple[PatronId, int]]) -> None:
        """Keep that *item* was lent to *who*, each at an instant, and that they wait no more."""
        ...

    def strip(self, item: ItemId, *, through: int) -> None:
        """Take every name out of *item*'s log through version *through*."""
        ...

    def queues_left(self, before_ms: int) -> dict[TitleId, HoldsPast]:
        """Return the queues that somebody left before *before_ms*, in whose log they stand yet."""
        ...

    def forget_waits(
        self, title: TitleId, who: Collection[PatronId], *, before_ms: int, through: int
    ) -> None:
        """Take *who* out of the log of *title*'s queue.

        What was before *before_ms* goes, and of that what was written until version *through*.
        """
        ...

    def at_one_moment(self) -> AbstractContextManager[None]:
        """Return within what to ask many things that should be of one moment, and fast.

        Nothing is to be written within. Where each question goes over a line it changes nothing.
        """
        ...

    def version(self) -> int:
        """Return the number of the newest entry of the log."""
        ...

    # What stood when. A catalogue that cannot answer for the past returns None: then a loan is
    # judged by what stands when it is posted, and what is found is marked so.

    def card_past(self, card: CardNumber) -> list[CardSince] | None:
        """Return whether *card* was good, from when to when, oldest first; none if unknown."""
        ...

    def holds_past(self, item: ItemId) -> HoldsPast | None:
        """Return what staff and patrons did about the queue for *item*'s title."""
        ...

    def open_loans(self, patron: PatronId) -> OpenLoans | None:
        """Return what *patron* has, and how many that may be."""
        ...

    def standing_changed(self, since: int) -> StandingChanges:
        """Return whose cards and which queues others have changed after version *since*."""
        ...
