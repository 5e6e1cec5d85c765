"""What a station remembers of the visit at hand, and nothing of the one before."""

from datetime import date
from enum import IntEnum, StrEnum

from msgspec import Struct
from msgspec.structs import replace

from circulation.identifiers import CardNumber, ItemId, TitleId
from circulation.messages import (
    RATES,
    VERBOSITIES,
    VERBOSITY_USUAL,
    AccountLoan,
    Manner,
    ShelfTitle,
)
from circulation.phrases.numbers import Ui
from circulation.utterances import Utterance
from circulation.verdicts import Reason
from station import faults
from station.effects import Say
from station.events import (
    AccountAnswered,
    Book,
    CopiesAnswered,
    HoldAnswered,
)

PIN_DIGITS = 4


class State(StrEnum):
    """Which screen is up."""

    IDLE = "idle"
    CHECKING = "checking"
    PIN = "pin"
    MENU = "menu"
    OFFLINE = "offline"
    BORROW = "borrow"
    READING = "reading"
    LOANS = "loans"
    RETURN = "return"
    RECEIPT = "receipt"
    RENEW = "renew"
    ACCOUNT = "account"
    LISTENING = "listening"
    BROWSE = "browse"
    HELP = "help"
    TIMEOUT = "timeout"
    CARDERROR = "carderror"
    FAULT = "fault"
    BYE = "bye"


PAD_LENDS = frozenset(
    {
        State.MENU,
        State.OFFLINE,
        State.BORROW,
        State.READING,
        State.LOANS,
        State.RECEIPT,
        State.RENEW,
        State.ACCOUNT,
        State.BROWSE,
    }
)
"""Where a book on the pad is lent to the card of the visit."""

PAD_WAITS = frozenset({State.CHECKING, State.PIN, State.CARDERROR})
"""Where a book on the pad must wait for its card."""


class Did(StrEnum):
    """What became of one book in this visit."""

    LENT = "lent"
    NOT_LENT = "not_lent"
    RETURNED = "returned"
    RENEWED = "renewed"
    NOT_RENEWED = "not_renewed"
    PROBLEM = "problem"
    """It could not be written down, so it did not happen."""
    UNDONE = "undone"
    """Lent, and taken back at once: its alarm could not be released."""


DONE = frozenset({Did.LENT, Did.RETURNED, Did.RENEWED})


class Row(Struct, frozen=True, kw_only=True):
    """One book and what became of it."""

    item: ItemId
    did: Did
    text: str
    """Its title, empty where the shelf does not know it."""
    language: str
    """MARC code of the title's language."""
    kind: str
    due: date | None = None
    reason: Reason | None = None
    said: str = ""
    """Why not, in the library system's own words, where we have none for it."""
    reserved: bool = False
    offline: bool = False


class Task(StrEnum):
    """What is being done with a book."""

    LOAN = "loan"
    RENEWAL = "renewal"
    CHECKIN = "checkin"


class Pending(Struct, frozen=True, kw_only=True):
    """Something begun and not yet both on disk and told."""

    ref: int
    task: Task
    item: ItemId
    book: Book | None = None
    loan: AccountLoan | None = None
    """The loan that is to be renewed."""
    row: Row | None = None
    """What to show once it is on disk; None while the hub has yet to answer."""


class Lying(Struct, frozen=True):
    """A book on the pad, and since when."""

    book: Book
    since_ms: int


RATES_WPM = (110, 135, 160, 195, 235, 275, 320)
"""How fast a station may speak, in words a minute."""
RATE_DEFAULT = 2
assert len(RATES_WPM) == RATES, "another number of rates than the hub may keep"


class Verbosity(IntEnum):
    """How much is said."""

    BRIEF = 0
    """Titles, authors and what became of it: neither choices nor where one stands."""
    USUAL = VERBOSITY_USUAL
    FULL = VERBOSITIES - 1
    """What a second touch would add is said at the first."""


class Told(StrEnum):
    """What is being told in a list, in the place of where one stands."""

    PLACE = "place"
    """The words of the place, or a library's hours."""
    MORE = "more"
    SPELLED = "spelled"
    RATE = "rate"
    RATE_END = "rate_end"
    VERBOSITY = "verbosity"
    COPIES = "copies"
    HELD = "held"
    ITSELF = "itself"
    """The title that was just come to, and opened already."""
    LISTED = "listed"
    UNLISTED = "unlisted"
    LIST_FULL = "list_full"
    CALLED = "called"
    NOT_CALLED = "not_called"
    COMING = "coming"
    UNMET = "unmet"
    """Staff were called, and nobody has said that they come."""
    KEPT = "kept"
    FORGOTTEN = "forgotten"
    ASKING = "asking"
    SILENT = "silent"


class Browsing(Struct, frozen=True, kw_only=True):
    """Where somebody stands in the spoken menu."""

    path: tuple[str, ...] = ()
    """The places that are opened, outermost first."""
    at: int = 0
    kept: tuple[tuple[str, int], ...] = ()
    """Where one stood in each place that was left."""
    title: ShelfTitle | None = None
    """The title at hand, once it was looked up."""
    wishes: Manner | None = None
    """How to be met from now on, asked of the hub; None where it is to forget."""
    opened: bool = False
    """The title at hand is opened: what stands there is what can be done with it."""
    arriving: bool = False
    """The list has just been come to, and its name is still to be said."""
    telling: Told | None = None
    copies: CopiesAnswered | None = None
    held: HoldAnswered | None = None
    listing: Told | None = None
    """What is being done to one's list, told once it is done; None: it is to be opened."""


class Errand(Struct, frozen=True, kw_only=True):
    """Something the hub was asked to do, which is done though its visitor has gone on."""

    ask: int
    told: Told
    """What is told of it once it is done."""
    title: ShelfTitle | None = None
    """The title that it is about."""


class News(Struct, frozen=True, kw_only=True):
    """Words that a visitor is to hear to their end, wherever they are meanwhile."""

    ref: int
    words: Utterance
    private: bool
    """In headphones only; otherwise it is of a call for staff."""


class Session(Struct, frozen=True, kw_only=True):
    """A visit as it stands; the machine's own state lives on between visits."""

    state: State = State.IDLE
    since_ms: int = 0
    """When *state* was entered."""
    last_ms: int = 0
    """When the visitor, or an answer to them, was last heard of."""
    ticked_ms: int = 0
    """The last second counted down, so that a warning is a new session every second."""
    before: State | None = None
    """What help or the warning covers."""
    lang: Ui = "sv"
    large: bool = False
    theme: str = "light"
    focus: str | None = None
    card: CardNumber | None = None
    known_offline: bool = False
    used_today: int = 0
    pin: str = ""
    """Digits typed so far."""
    pin_checked: str = ""
    """The PIN the hub found right in this visit; never said, shown or logged."""
    pin_wrong: bool = False
    verified: bool = False
    """The hub itself has found the card good."""
    admitted: bool = False
    """The visitor has been let in: past card and PIN."""
    going: State = State.MENU
    """Where a right card or PIN leads."""
    silent: bool = False
    """The card could not be checked, as nobody answered."""
    question: int | None = None
    """The question about card or account that waits for its answer."""
    holds_ready: int = 0
    account: AccountAnswered | None = None
    loans_shown: bool = False
    rows: tuple[Row, ...] = ()
    renewals: tuple[Row, ...] = ()
    lent: tuple[Book, ...] = ()
    """Books with an alarm that were lent in this visit: the alarm may yet refuse."""
    pending: tuple[Pending, ...] = ()
    proof: str = ""
    notice: str = ""
    """Key of a sentence that explains what just did not work."""
    hearing: Book | None = None
    heard_more: bool = False
    wonders: int | None = None
    """The question where the copies are of the book that is being heard."""
    whereabouts: CopiesAnswered | None = None
    """Where they are, once that is known."""
    called_ms: int | None = None
    """Since when somebody here waits for staff to say that they come."""
    errands: tuple[Errand, ...] = ()
    """What the hub was asked to do in this visit and has yet to answer."""
    news: tuple[News, ...] = ()
    """What is still to be heard."""
    mine: tuple[TitleId, ...] = ()
    """The titles on one's list, once it was opened; never on a disk here."""
    browsing: Browsing = Browsing()
    rate: int = RATE_DEFAULT
    verbosity: Verbosity = Verbosity.USUAL
    """Which of `RATES_WPM`."""
    sign: str = ""
    said: Say | None = None
    """The last that was said, for the repeat key."""
    repeated: int = 0
    """How often that key was pressed since."""
    next_ref: int = 1
    """Never used twice, so that a late answer finds nobody."""
    waiting: tuple[Book, ...] = ()
    """Books on the pad that wait for their card."""
    handled: frozenset[str] = frozenset()
    """Tags on the pad that are done with until they are lifted."""
    lately: tuple[Lying, ...] = ()
    """Books that were taken back and still lie on the pad: a card may follow them."""
    sets: tuple[Lying, ...] = ()
    """Parts of sets on the pad of which not all lie there."""
    cards_lying: frozenset[str] = frozenset()
    """Tags of cards on the card reader."""
    asked_back: frozenset[str] = frozenset()
    """Tags that were lifted before their alarm was switched."""
    faults: tuple[str, ...] = ()
    headphones: bool = False
    lamp: str = ""

    def __repr__(self) -> str:
        """Say which screen is up, and nothing of whose."""
        return f"<Session {self.state}>"

    @property
    def title(self) -> ShelfTitle | None:
        """Return the title that is being listened to."""
        if self.state is State.BROWSE:
            return self.browsing.title
        return self.hearing.title if self.hearing else None


def lacks(session: Session) -> tuple[int, int] | None:
    """Return the first part that lacks, and how many there are, of the set that lies longest."""
    if not session.sets:
        return None
    book = session.sets[0].book
    there = {each.book.part for each in session.sets if each.book.item == book.item}
    lack = [part for part in range(1, book.parts + 1) if part not in there]
    return (lack[0], book.parts) if lack else None


def blank(session: Session, now_ms: int) -> Session:
    """Return a session for the next visitor; only what the machine itself knows is kept."""
    return Session(
        since_ms=now_ms,
        last_ms=now_ms,
        next_ref=session.next_ref,
        handled=session.handled | {book.uid for book in session.waiting},
        sets=session.sets,
        cards_lying=session.cards_lying,
        faults=session.faults,
        headphones=session.headphones,
        lamp=session.lamp,
    )


def enter(session: Session, state: State, now_ms: int) -> Session:
    """Return *session* with screen *state* up and no button chosen."""
    return replace(session, state=state, since_ms=now_ms, focus=None)


STOPS_LENDING = frozenset(
    {faults.CARD_READER, faults.PAD_READER, faults.JOURNAL_ASIDE, faults.JOURNAL_FULL}
)
"""Card reader, pad, and a journal set aside or full: without them no loan can be promised."""


def lending_stopped(session: Session, kind: str) -> bool:
    """Return True where a fault keeps a station of *kind* from its work."""
    if kind == "listening":
        return faults.FINGER_READER in session.faults
    return not STOPS_LENDING.isdisjoint(session.faults)


def home(session: Session, kind: str) -> State:
    """Return the screen that a station of *kind* rests in."""
    if lending_stopped(session, kind):
        return State.FAULT
    return State.LISTENING if kind == "listening" else State.IDLE


def at_rest(session: Session, kind: str) -> Session:
    """Return *session*, which has just been made, in the screen where a station of *kind* rests."""
    if session.state is not State.IDLE:
        return session
    return replace(session, state=home(session, kind))
