"""Everything that is said on the wire, version 1; see docs/explanation/sync.md."""

from datetime import date
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from circulation.errors import UNREADABLE, MessageError
from circulation.identifiers import CardNumber, ItemId, Number, TitleId
from circulation.sealing import VouchedKey
from circulation.storable import HAS_UNSTORABLE, has_nul
from circulation.verdicts import Reason, Verdict


class _Message(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


RATES = 7
"""How many rates of speech a station has."""
VERBOSITIES = 3
"""How much a station says: briefly, as usual, in full."""
VERBOSITY_USUAL = 1

PHRASE_LIST_BYTES_MAX = 32 << 20


class FactBatch(_Message, frozen=True, kw_only=True):
    """`facts`: envelopes of one epoch in sequence, from *first* on."""

    epoch: Number
    first: Number
    envelopes: list[bytes]


class Ack(_Message, frozen=True, kw_only=True, tag="ack"):
    """`acks`: what the hub has committed; see DESIGN rule 3 of docs/explanation/sync.md."""

    hub: str
    epoch: int
    up_to_seq: int
    head: str
    safe_to_seq: int


class Resend(_Message, frozen=True, kw_only=True, tag="resend"):
    """`acks`: there is a gap; send again from *resend_from*."""

    hub: str
    epoch: int
    resend_from: int


class Ask(_Message, frozen=True, kw_only=True):
    """`ask`: a `Question` sealed to the hub; *id* names the answer."""

    id: str
    key: str
    sealed: bytes


class WriteQuestion(_Message, frozen=True, kw_only=True, tag="write"):
    """May it be lent or renewed? *envelope* is the journal's own `Asked`, byte for byte."""

    reply_to: bytes
    envelope: bytes


class CardQuestion(_Message, frozen=True, kw_only=True, tag="card"):
    """Ask whether this card may be used here, and *pin* is right (None: not asked for)."""

    reply_to: bytes
    card: CardNumber
    pin: str | None = None


class AccountQuestion(_Message, frozen=True, kw_only=True, tag="account"):
    """What has this card on loan, waiting and to pay? Answered for a right *pin* only."""

    reply_to: bytes
    card: CardNumber
    pin: str


class CopiesQuestion(_Message, frozen=True, kw_only=True, tag="copies"):
    """Ask where the copies of this title are, and how many wait for one."""

    reply_to: bytes
    title: TitleId


class HoldQuestion(_Message, frozen=True, kw_only=True, tag="hold"):
    """May *card* wait for this title, to fetch it at this branch? For a right *pin* only."""

    reply_to: bytes
    card: CardNumber
    pin: str
    title: TitleId


class Manner(_Message, frozen=True, kw_only=True):
    """How somebody wants to be met at any station, by their own wish."""

    rate: Annotated[int, msgspec.Meta(ge=0, le=RATES - 1)]
    """Which of the station's rates of speech, the slowest first."""
    large: bool
    """Greater text."""
    verbosity: Annotated[int, msgspec.Meta(ge=0, le=VERBOSITIES - 1)] = VERBOSITY_USUAL
    """How much is said: 0 briefly, 2 in full."""


class MannerQuestion(_Message, frozen=True, kw_only=True, tag="manner"):
    """Ask that *manner* be kept for *card*, or forgotten (None). For a right *pin* only."""

    reply_to: bytes
    card: CardNumber
    pin: str
    manner: Manner | None


class ListQuestion(_Message, frozen=True, kw_only=True, tag="list"):
    """Ask for the titles that whoever has *card* keeps to think about. For a right *pin* only.

    *keep* is put there first, *drop* taken away.
    """

    reply_to: bytes
    card: CardNumber
    pin: str
    keep: TitleId | None = None
    drop: TitleId | None = None


class CallQuestion(_Message, frozen=True, kw_only=True, tag="call"):
    """Ask that staff come to this station; nobody is named."""

    reply_to: bytes


Question = (
    WriteQuestion
    | CardQuestion
    | AccountQuestion
    | CopiesQuestion
    | HoldQuestion
    | MannerQuestion
    | ListQuestion
    | CallQuestion
)


class Answer(_Message, frozen=True, kw_only=True):
    """`answer`: an `AnswerBody` sealed to the question's *reply_to*."""

    id: str
    sealed: bytes


class WriteAnswer(_Message, frozen=True, kw_only=True, tag="write"):
    """The catalogue's verdict on a `WriteQuestion`."""

    verdict: Verdict


class CardAnswer(_Message, frozen=True, kw_only=True, tag="card"):
    """Whether the card is good, what waits for it at this branch, and how to meet whose it is."""

    refused: Reason | None = None
    holds_ready: int = 0
    manner: Manner | None = None


class AccountLoan(_Message, frozen=True, kw_only=True):
    """One open loan as its borrower sees it."""

    item: ItemId
    title: str
    language: str
    kind: str
    due: date
    renewable: bool


class AccountHold(_Message, frozen=True, kw_only=True):
    """One title somebody waits for, as they see it."""

    title: str
    language: str
    branch: str = ""
    """Where it is fetched; empty where that cannot be told."""
    ready: bool = False
    on_its_way: bool = False
    ahead: int | None = None
    """How many stand before in the queue; None where it cannot be told."""
    until: date | None = None
    """The last day to fetch what lies ready."""


class AccountAnswer(_Message, frozen=True, kw_only=True, tag="account"):
    """The account behind a card: loans, holds ready here and elsewhere, fees in öre."""

    refused: Reason | None = None
    loans: list[AccountLoan] = msgspec.field(default_factory=list)
    holds_ready: int = 0
    holds_waiting: int = 0
    holds: list[AccountHold] = msgspec.field(default_factory=list)
    fees_ore: int = 0


class CopiesHere(_Message, frozen=True, kw_only=True):
    """How many copies of a title one library has, and how many of them are in."""

    branch: str
    """Its name."""
    copies: int
    copies_in: int


class CopiesAnswer(_Message, frozen=True, kw_only=True, tag="copies"):
    """Where a title's copies are, this station's own branch first; *known* False: no answer."""

    known: bool = False
    places: list[CopiesHere] = msgspec.field(default_factory=list)
    waiting: int = 0


class HoldAnswer(_Message, frozen=True, kw_only=True, tag="hold"):
    """Why the hold was not made, or its *place* in the queue, from 1."""

    refused: Reason | None = None
    place: int = 0


class MannerAnswer(_Message, frozen=True, kw_only=True, tag="manner"):
    """Whether what was wished about a manner is done."""

    refused: Reason | None = None


class ListAnswer(_Message, frozen=True, kw_only=True, tag="list"):
    """What is on the list now, the newest first; *full* where no more could be put there."""

    refused: Reason | None = None
    titles: list[TitleId] = msgspec.field(default_factory=list)
    full: bool = False


class CallAnswer(_Message, frozen=True, kw_only=True, tag="call"):
    """Whether the wish stands before those who are at work."""

    called: bool = False


AnswerBody = (
    WriteAnswer
    | CardAnswer
    | AccountAnswer
    | CopiesAnswer
    | HoldAnswer
    | MannerAnswer
    | ListAnswer
    | CallAnswer
)


class State(_Message, frozen=True, kw_only=True):
    """`state`, retained: a station's birth and its last will (*alive* False)."""

    alive: bool
    connection: Number
    """Counts a station's connections; a will older than the birth is ignored."""
    version: str = ""
    kit: str = ""
    kind: str = ""
    epoch: Number = 0
    owed: Number = 0
    clock_trusted: bool = False
    shelf_version: str = ""
    shelf_parts_here: int = 0
    shelf_parts: int = 0
    """How many parts the shelf that is on its way has; 0 where none is."""
    phrases: int = 0
    """How many stored phrases are here."""
    phrases_bytes: int = 0
    phrases_missing: int = 0
    """How many of those that its list names are not."""
    faults: list[str] = msgspec.field(default_factory=list)
    keys: list[str] = msgspec.field(default_factory=list)
    """Ids of the sealing keys that it has facts under, or may seal to."""


class ShelfWant(_Message, frozen=True, kw_only=True):
    """`shelf/want`: the station has shelf *have*, empty for none, and wants the present one.

    Where the pack *pack* is half there, *missing* are some of the parts that are not.
    """

    have: str
    pack: str = ""
    missing: list[int] = msgspec.field(default_factory=list)


class ShelfPart(_Message, frozen=True, kw_only=True):
    """`shelf/part`: part *part* of *parts* of what makes shelf *version* out of *base*.

    *base* is empty for a whole shelf; *pack* names the bytes that the parts make together.
    """

    version: str
    base: str
    pack: str
    part: int
    parts: int
    catalogue_version: int
    data: bytes


class OfflineRules(_Message, frozen=True, kw_only=True):
    """What a station may do while the line is down; expires with *until_ms* (UTC)."""

    until_ms: int
    loans_per_card_day_max: int
    pin: str
    """`waive` or `refuse`."""
    cards_ms: int = 0
    """When the list of cards was made by another system (UTC); 0: the hub itself knows them."""


class PhraseList(_Message, frozen=True, kw_only=True):
    """The file that lists the sound a branch's stations are to have ready."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, msgspec.Meta(ge=0, le=PHRASE_LIST_BYTES_MAX)]
    """Bytes."""


class Settings(_Message, frozen=True, kw_only=True):
    """`settings`, retained: what the hub asks of a station.

    A station goes by no *version* lower than one it has gone by: an old message of the hub's
    own, said again by a broker, changes nothing.
    """

    version: Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)] = 0
    shelf_version: str
    pin_to_borrow: bool
    offline: OfflineRules
    session_seconds: int = 60
    warn_seconds: int = 20
    sealing: VouchedKey | None = None
    """What new facts are sealed to; None: the key that the station was given when it was set up."""
    phrases: PhraseList | msgspec.UnsetType = msgspec.UNSET
    """Left out where the hub has rendered none, so that an older station reads the rest."""


class SettingsInForce(_Message, frozen=True, kw_only=True):
    """`settings/in_force`, retained: what the station goes by."""

    settings: Settings | None
    problem: str = ""
    """Why it does not go by what it was asked last; empty where it does."""


IDENTIFY, SAY, SELF_TEST, RESEND, RENEW, UPDATE, RESTART, COMING = ORDER_KINDS = (
    "identify", "say", "self_test", "resend", "renew", "update", "restart", "coming",
)  # fmt: skip
"""What a station may be told to do; see docs/explanation/orders.md."""
SAID_LETTERS_MAX = 300
TOLD_LETTERS_MAX = 2000


class Order(_Message, frozen=True, kw_only=True):
    """`orders`: do *kind* once, if it is not later than *until_ms* (UTC)."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    kind: Annotated[str, msgspec.Meta(max_length=40)]
    """One of `ORDER_KINDS`, or one that only a newer program knows."""
    until_ms: int
    text: Annotated[str, msgspec.Meta(max_length=SAID_LETTERS_MAX)] = ""
    """What to say, of kind `say`."""


class OrderDone(_Message, frozen=True, kw_only=True):
    """`orders/done`: how the order *id* ended, and what is to be told of it."""

    id: str
    outcome: Literal["done", "failed", "expired", "refused"]
    told: Annotated[str, msgspec.Meta(max_length=TOLD_LETTERS_MAX)] = ""


class ShelfTitle(_Message, frozen=True, kw_only=True):
    """A title as a station can speak it without asking anyone."""

    id: TitleId
    title: str
    """Cleaned for speech and screen: no ISBD, no brackets."""
    author: str = ""
    kind: str = "book"
    language: str = "swe"
    """MARC language code of what is heard (041, else 008/35-37)."""
    part: str = ""
    summary: str = ""
    narrator: str = ""
    length_minutes: int = 0
    translator: str = ""
    illustrator: str = ""
    parallel: str = ""
    """The same title in another language, said on "more" only."""
    series: str = ""
    series_number: str = ""
    """Which one of *series* it is, as the record has it: `2`, `del 2`."""
    edition: str = ""
    pages: int = 0
    illustrated: bool = False
    talking_book: TitleId | None = None
    """The same as a talking book, where the region has one to lend."""


class ShelfItem(_Message, frozen=True, kw_only=True, omit_defaults=True):
    """One copy: which title, and whether it may be lent while the line is down."""

    id: ItemId
    title: TitleId
    branch: str
    lendable: bool = True
    reserved: bool = False
    asked_about: bool = False
    """It is lent only where the hub can be asked, whoever borrows."""
    loan_days: int = 0
    """How long it is lent while the line is down; 0: as the branch lends."""


class ShelfCard(_Message, frozen=True, kw_only=True):
    """A card that may borrow offline, as a keyed HMAC (see `circulation.cards`)."""

    token: str


class ShelfSign(_Message, frozen=True, kw_only=True):
    """A shelf sign with a tag: what it says when touched."""

    id: str
    """What its tag says where an item's number would stand."""
    text: str
    language: str = "swe"
    text_en: str = ""


class ShelfHours(_Message, frozen=True, kw_only=True):
    """One opening span: *weekday* 0 = Monday, minutes after local midnight."""

    weekday: int
    opens: int
    closes: int
    staffed: bool


class ShelfBranch(_Message, frozen=True, kw_only=True):
    """What a station must know of its own branch."""

    code: str
    name: str
    municipality: str
    telephone: str
    drop: str
    """Where returned books may be left, as the end of "Lägg böckerna ..."."""
    drop_en: str = ""
    """The same as the end of "Put the books ..."."""
    hours: list[ShelfHours]
    closed_days: list[date]
    loan_days: int


class ShelfMenu(_Message, frozen=True, kw_only=True):
    """One place of the spoken menu; see docs/explanation/listening.md."""

    id: str
    parent: str = ""
    """The place under which it stands; empty for the first list."""
    order: int = 0
    name: str
    name_en: str = ""
    text: str = ""
    text_en: str = ""
    titles: list[TitleId] = msgspec.field(default_factory=list)
    branch: ShelfBranch | None = None
    calls: bool = False
    """Whoever opens it asks staff to come; *text* is heard where nobody can."""
    day: date | None = None
    """The day of an event, after which it is not heard; None for whatever stands always."""
    minutes: int | None = None
    """When it begins, in minutes after midnight; None where no time was told."""


class ShelfSaying(_Message, frozen=True, kw_only=True):
    """How *written* is said; see `circulation.phrases.lexicon`."""

    id: str
    written: str
    said: str
    language: str = ""
    """Of the voice, as BCP 47 has it; empty for every one."""


M = TypeVar("M")


def encode(message: Any) -> bytes:
    """Return *message* as one JSON object."""
    return msgspec.json.encode(message)


def decode(body: bytes, kind: type[M]) -> M:
    """Return the *kind* in *body*; a stranger's bytes are a `MessageError`."""
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE as error:
        name = getattr(kind, "__name__", str(kind))
        raise MessageError(f"not a {name}: {error}") from error


def decode_to_keep(body: bytes, kind: type[M]) -> M:
    """Return the *kind* in *body*, whose texts a database can hold; else a `MessageError`."""
    if has_nul(body):
        raise MessageError(
            f"not a {getattr(kind, '__name__', kind)}: a text in it {HAS_UNSTORABLE}"
        )
    return decode(body, kind)
