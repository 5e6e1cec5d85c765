"""What the poster and the pages need of any catalogue."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from circulation.identifiers import BranchCode, CardNumber, ItemId, PatronId
from circulation.messages import AccountLoan
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


class ItemStanding(Struct, frozen=True):
    """One copy as the catalogue has it (SIP2 Item Information, 17/18)."""

    item: ItemId
    title: str
    loan: Loan | None
    reserved_for: PatronId | None
    """Whose hold it would be trapped for, if anyone's."""
    version: int = 0
    """The number of the newest entry on it in the log: what a difference was read at."""


class Borrowing(Struct, frozen=True):
    """Who borrows with a card, as far as statistics must know."""

    patron: PatronId
    birth_year: int


class Catalogue(Protocol):
    """The shared catalogue; every call may raise `CatalogueUnavailableError`."""

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
        """Take *item* back at *branch*; return whether it was known."""
        ...

    def renew(
        self, item: ItemId, card: CardNumber, *, posting: str, at_ms: int, due: date | None
    ) -> Verdict:
        """Extend the loan; *due* is given where the patron has already been told."""
        ...

    def item(self, item: ItemId) -> ItemStanding | None:
        """Return what is so of *item* (SIP2 17/18), None where it is unknown."""
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

    def kind_and_language(self, item: ItemId) -> tuple[str, str]:
        """Return what sort of thing *item* is, and its MARC language code."""
        ...

    def forget(
        self, item: ItemId, *, keep: PatronId | None, name: Callable[[PatronId], str]
    ) -> None:
        """Put *name* in the place of every patron in *item*'s log but the one to *keep*."""
        ...

    def version(self) -> int:
        """Return the number of the newest entry of the log."""
        ...
