"""What can happen to a station, and what its session may know besides."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from circulation.identifiers import CardNumber, ItemId, TitleId
from circulation.messages import (
    AccountHold,
    AccountLoan,
    CopiesHere,
    Manner,
    ShelfHours,
    ShelfTitle,
)
from circulation.tags.counter import TagCounter
from circulation.verdicts import Reason, Verdict
from station.menu import NOTHING, Menu


class Place(StrEnum):
    """Where a tag can be held."""

    CARD = "card"
    PAD = "pad"
    FINGER = "finger"


class _Event(Struct, frozen=True, kw_only=True):
    pass


class Alarm(_Event, frozen=True, kw_only=True):
    """A tag that a gate listens for."""

    uid: str
    counter: TagCounter | None = None
    """How often the tag says that it was lent and returned, where this station counts."""


class Book(_Event, frozen=True, kw_only=True):
    """What this station knows of the copy a tag belongs to."""

    uid: str
    item: ItemId
    title: ShelfTitle | None
    """None where the shelf does not know it."""
    lendable_offline: bool = True
    asked_about: bool = False
    """It is lent only where the hub can be asked."""
    loan_days: int = 0
    """How long it is lent offline; 0: until the world's `offline_due`."""
    returnable_offline: bool = True
    reserved: bool = False
    part: int = 1
    parts: int = 1
    alarms: tuple[Alarm, ...] = ()
    """Its tags that have an alarm, which a gate listens for."""
    foreign: bool = False
    """Its tag says that another library owns it."""


class CardTouched(_Event, frozen=True, kw_only=True):
    """A loan card lies on the card reader."""

    uid: str
    card: CardNumber
    known_offline: bool
    """On the hub's signed, unexpired list."""
    used_today: int = 0
    """Loans by this card while the line was down today."""


class BookPlaced(_Event, frozen=True, kw_only=True):
    """A book lies on the pad, stable."""

    book: Book


class Pointed(_Event, frozen=True, kw_only=True):
    """The finger-reader touches a book."""

    book: Book


class SignPointed(_Event, frozen=True, kw_only=True):
    """The finger-reader touches a shelf sign."""

    text: str
    language: str
    text_en: str = ""


class StrangeTag(_Event, frozen=True, kw_only=True):
    """A tag we cannot use; *kind* is `unknown`, `foreign`, `identity` or `unreadable`."""

    place: Place
    uid: str
    kind: str


class TagTaken(_Event, frozen=True, kw_only=True):
    """The tag *uid* left *place*."""

    place: Place
    uid: str


class KeyPressed(_Event, frozen=True, kw_only=True):
    """A key by its name: a digit, `clear`, `ok`, an arrow, `centre`, `repeat`, `louder`..."""

    key: str


class ButtonPressed(_Event, frozen=True, kw_only=True):
    """A button of the present screen, by its id."""

    button: str


class HeadphonesChanged(_Event, frozen=True, kw_only=True):
    """The jack."""

    plugged: bool


class CardAnswered(_Event, frozen=True, kw_only=True):
    """The hub on `AskCard` *ask*."""

    ask: int
    refused: Reason | None
    holds_ready: int
    manner: Manner | None = None
    """How whose card it is wants to be met."""


class WriteAnswered(_Event, frozen=True, kw_only=True):
    """The hub on `AskWrite` *ask*."""

    ask: int
    verdict: Verdict


class AccountAnswered(_Event, frozen=True, kw_only=True):
    """The hub on `AskAccount` *ask*."""

    ask: int
    refused: Reason | None
    loans: tuple[AccountLoan, ...]
    holds_ready: int
    holds_waiting: int
    fees_ore: int
    holds: tuple[AccountHold, ...] = ()


class TitleFound(_Event, frozen=True, kw_only=True):
    """What the shelf has of the title that was looked up; None where it has nothing."""

    title: ShelfTitle | None


class CopiesAnswered(_Event, frozen=True, kw_only=True):
    """The hub on `AskCopies` *ask*; *known* False where the catalogue gave no answer."""

    ask: int
    known: bool
    places: tuple[CopiesHere, ...]
    waiting: int


class HoldAnswered(_Event, frozen=True, kw_only=True):
    """The hub on `AskHold` *ask*."""

    ask: int
    refused: Reason | None
    place: int


class MannerAnswered(_Event, frozen=True, kw_only=True):
    """The hub on `AskManner` *ask*."""

    ask: int
    refused: Reason | None


class ListAnswered(_Event, frozen=True, kw_only=True):
    """The hub on `AskList` *ask*."""

    ask: int
    refused: Reason | None
    titles: tuple[TitleId, ...]
    full: bool


class StaffComing(_Event, frozen=True):
    """Somebody of the staff has said that they come here."""


class CallAnswered(_Event, frozen=True, kw_only=True):
    """The hub on `AskCall` *ask*."""

    ask: int
    called: bool


class NewsHeard(_Event, frozen=True, kw_only=True):
    """The words of `Say` with the *news* were heard to their end."""

    news: int


class NoAnswer(_Event, frozen=True, kw_only=True):
    """Three seconds have passed since *ask*."""

    ask: int


class Recorded(_Event, frozen=True, kw_only=True):
    """The fact *ref* is on disk; *proof* is its code for the receipt."""

    ref: int
    proof: str


class NotRecorded(_Event, frozen=True, kw_only=True):
    """The fact *ref* could not be written: nothing has happened, and a fault is shown."""

    ref: int


class LineChanged(_Event, frozen=True, kw_only=True):
    """The hub can be reached, or not."""

    up: bool


class FaultChanged(_Event, frozen=True, kw_only=True):
    """The machine's own faults, as codes such as `R2` (pad) or `J1` (journal)."""

    codes: tuple[str, ...]


class GateOutcome(StrEnum):
    """How the switching of a tag's alarm ended."""

    DONE = "done"
    """Switched and read back, or the tag has nothing to switch."""
    GONE = "gone"
    """The tag did not lie there long enough."""
    REFUSED = "refused"
    """It lies there and does not take it."""


class GateSwitched(_Event, frozen=True, kw_only=True):
    """The alarm of the tag *uid* has been switched, or not."""

    uid: str
    armed: bool
    """What was asked for."""
    outcome: GateOutcome


class Tick(_Event, frozen=True, kw_only=True):
    """A second has passed."""


Event = (
    CardTouched
    | BookPlaced
    | Pointed
    | SignPointed
    | StrangeTag
    | TagTaken
    | KeyPressed
    | ButtonPressed
    | HeadphonesChanged
    | CardAnswered
    | WriteAnswered
    | AccountAnswered
    | TitleFound
    | CopiesAnswered
    | HoldAnswered
    | MannerAnswered
    | ListAnswered
    | CallAnswered
    | StaffComing
    | NewsHeard
    | NoAnswer
    | Recorded
    | NotRecorded
    | LineChanged
    | FaultChanged
    | GateSwitched
    | Tick
)


class World(Struct, frozen=True, kw_only=True):
    """What the session may know besides the event, looked up by the app before each step."""

    mono_ms: int
    today: date
    line_up: bool
    staffed: bool
    """By opening hours where the clock is trusted, else False."""
    branch_name: str
    telephone: str
    drop: str
    """Where returned books may be left, as the end of a Swedish sentence."""
    drop_en: str
    offline_due: date
    """Due date for a loan made offline now: never a closed day."""
    hours: list[ShelfHours] = []
    closed_days: list[date] = []
    offline_allowed: bool
    """The offline rules are signed, unexpired, and the journal has room."""
    offline_loans_max: int
    pin_to_borrow: bool
    pin_offline_waived: bool
    session_seconds: int
    warn_seconds: int
    kind: str
    """`loan` or `listening`."""
    portal_url: str = ""
    """Where the public site is, for the return proof's QR code."""
    menu: Menu = NOTHING
    """What can be browsed."""
    minute: int = 0
    """Minutes after local midnight."""
    clock_trusted: bool = True
