"""What a session has a station do, in the order in which it is to be done."""

from datetime import date

from msgspec import Struct

from circulation.facts import Outcome, Wish
from circulation.identifiers import CardNumber, ItemId, TitleId
from circulation.messages import Manner
from circulation.tags.counter import TagCounter
from circulation.utterances import Utterance
from circulation.verdicts import Reason


class _Effect(Struct, frozen=True, kw_only=True):
    pass


class Gate(_Effect, frozen=True, kw_only=True):
    """The alarm of the tag *uid* is to be switched once the fact about *item* is on disk."""

    uid: str
    item: ItemId
    armed: bool
    counter: TagCounter | None = None
    """What the tag has counted until now; it is to count one more."""


class AskCard(_Effect, frozen=True, kw_only=True):
    """Ask the hub whether *card* is good (and *pin* right); writes nothing."""

    ask: int
    card: CardNumber
    pin: str | None


class AskWrite(_Effect, frozen=True, kw_only=True):
    """Journal an `Asked`, then ask the hub; answered by WriteAnswered, NoAnswer or NotRecorded."""

    ask: int
    wish: Wish
    item: ItemId
    card: CardNumber


class AskAccount(_Effect, frozen=True, kw_only=True):
    """Ask the hub for the account; writes nothing."""

    ask: int
    card: CardNumber
    pin: str


class LookUp(_Effect, frozen=True, kw_only=True):
    """Look *title* up on the shelf; answered by TitleFound."""

    title: TitleId


class AskCopies(_Effect, frozen=True, kw_only=True):
    """Ask the hub where *title*'s copies are; writes nothing."""

    ask: int
    title: TitleId


class AskHold(_Effect, frozen=True, kw_only=True):
    """Ask the hub to put *card* in the queue for *title*; writes nothing here."""

    ask: int
    card: CardNumber
    pin: str
    title: TitleId


class AskManner(_Effect, frozen=True, kw_only=True):
    """Ask the hub to keep *manner* for *card*, or to forget it (None); writes nothing here."""

    ask: int
    card: CardNumber
    pin: str
    manner: Manner | None


class AskList(_Effect, frozen=True, kw_only=True):
    """Ask the hub for *card*'s list, with *keep* put there and *drop* taken away first."""

    ask: int
    card: CardNumber
    pin: str
    keep: TitleId | None = None
    drop: TitleId | None = None


class AskCall(_Effect, frozen=True, kw_only=True):
    """Ask the hub to tell staff that somebody here wants help."""

    ask: int


class Settle(_Effect, frozen=True, kw_only=True):
    """Journal how *ask* ended, then answer with Recorded(ref=ask)."""

    ask: int
    outcome: Outcome
    due: date | None = None
    reason: Reason | None = None
    pin_waived: bool = False
    gates: tuple[Gate, ...] = ()


class RecordCheckout(_Effect, frozen=True, kw_only=True):
    """Journal a loan made while the line is down, then answer with Recorded."""

    ref: int
    item: ItemId
    card: CardNumber
    due: date
    pin_waived: bool
    gates: tuple[Gate, ...] = ()


class RecordCheckin(_Effect, frozen=True, kw_only=True):
    """Journal a return, then answer with Recorded."""

    ref: int
    item: ItemId
    gates: tuple[Gate, ...] = ()


class Say(_Effect, frozen=True, kw_only=True):
    """Speak now, cutting what is being spoken; *private* words go to headphones only.

    What comes *after* is spoken when that has ended, or never, where something new is said first.
    """

    private: Utterance
    loud: Utterance
    after: bool = False
    slower: int = 0
    """So many steps slower than the visitor has chosen, as far as there are any."""
    news: int | None = None
    """The news that it brings, answered by NewsHeard once it was heard to its end."""


class Hush(_Effect, frozen=True, kw_only=True):
    """Stop speaking at once."""


class Earcon(_Effect, frozen=True, kw_only=True):
    """A short sound: `found`, `done`, `problem`, `digit`."""

    name: str


class Lamp(_Effect, frozen=True, kw_only=True):
    """Show *pattern* on the status lamp: `ready`, `busy`, `done`, `problem`, `offline`, `off`."""

    pattern: str


class Volume(_Effect, frozen=True, kw_only=True):
    """Change the volume by *steps*, or reset it where *steps* is 0."""

    steps: int


class VisitEnded(_Effect, frozen=True, kw_only=True):
    """Write the visit's one log line: counts only."""

    lent: int
    returned: int
    refused: int


Effect = (
    AskCard
    | AskWrite
    | AskAccount
    | LookUp
    | AskCopies
    | AskHold
    | AskManner
    | AskList
    | AskCall
    | Settle
    | RecordCheckout
    | RecordCheckin
    | Say
    | Hush
    | Earcon
    | Lamp
    | Volume
    | VisitEnded
)
