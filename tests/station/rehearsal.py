"""A station without hardware or hub: a session, a world, and everything that came of it."""

from datetime import date

from msgspec.structs import replace

from circulation.identifiers import CardNumber, ItemId, TitleId
from circulation.messages import AccountLoan, ShelfTitle
from circulation.utterances import text_of
from station.effects import (
    AskAccount,
    AskCard,
    AskWrite,
    Effect,
    LookUp,
    RecordCheckin,
    RecordCheckout,
    Say,
    Settle,
)
from station.events import (
    AccountAnswered,
    Book,
    BookPlaced,
    ButtonPressed,
    CardAnswered,
    CardTouched,
    Event,
    KeyPressed,
    NotRecorded,
    Recorded,
    Tick,
    TitleFound,
    World,
    WriteAnswered,
)
from station.screens import Screen, draw
from station.session import Session, begin, step
from tests.station.menus import TITLES

TODAY = date(2026, 11, 23)
DUE = date(2026, 12, 21)
PROOF = "04R0-8000-07Q"

WORLD = World(
    mono_ms=1_000,
    today=TODAY,
    line_up=True,
    staffed=True,
    branch_name="Vindelns bibliotek",
    telephone="0933-14 000",
    drop="i inkastet vid entrén",
    drop_en="in the slot by the entrance",
    offline_due=date(2026, 12, 22),
    offline_allowed=True,
    offline_loans_max=5,
    pin_to_borrow=False,
    pin_offline_waived=True,
    session_seconds=60,
    warn_seconds=20,
    kind="loan",
    portal_url="https://bibliotek.example",
)


def title(name: str, author: str = "Astrid Lindgren", language: str = "swe") -> ShelfTitle:
    return ShelfTitle(id=TitleId(name), title=name, author=author, language=language)


def book(number: int, name: str = "Ronja rövardotter", **known: object) -> Book:
    made = Book(uid=f"04{number:012X}", item=ItemId(f"3010{number:05}"), title=title(name))
    return replace(made, **known)


LEJONHJARTA = book(1, "Bröderna Lejonhjärta")
RONJA = book(2, "Ronja rövardotter")
NATTER = book(3, "Nätter i Umeå", title=title("Nätter i Umeå", ""))
EMMA = book(4, title=title("Emma", "Jane Austen", "eng"))
STRANGER = book(5, title=None)

CARD = CardTouched(uid="04AA", card=CardNumber("20000004821"), known_offline=True)
OTHER_CARD = CardTouched(uid="04BB", card=CardNumber("20000009977"), known_offline=True)


def loan_of(item: str, name: str, *, renewable: bool = True) -> AccountLoan:
    return AccountLoan(
        item=ItemId(item), title=name, language="swe", kind="book", due=DUE, renewable=renewable
    )


class Rehearsal:
    """Drives a session by hand; nothing answers unless it is told to."""

    def __init__(self, **world: object) -> None:
        self.world = replace(WORLD, **world)
        self.session: Session = begin(self.world)
        self.effects: list[Effect] = []
        self.happens(Tick())
        self.effects.clear()

    def happens(self, *events: Event) -> tuple[Effect, ...]:
        """Step through *events*; return the effects of the last."""
        made: tuple[Effect, ...] = ()
        for event in events:
            self.session, made = step(self.session, event, self.world)
            self.effects += made
            for looked in (effect for effect in made if isinstance(effect, LookUp)):
                made = self.happens(TitleFound(title=TITLES.get(looked.title)))
        return made

    def set(self, **world: object) -> None:
        self.world = replace(self.world, **world)

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.world = replace(self.world, mono_ms=self.world.mono_ms + 1000)
            self.happens(Tick())

    def place(self, *books: Book) -> tuple[Effect, ...]:
        return self.happens(*(BookPlaced(book=each) for each in books))

    def press(self, *buttons: str) -> tuple[Effect, ...]:
        return self.happens(*(ButtonPressed(button=name) for name in buttons))

    def keys(self, *keys: str) -> tuple[Effect, ...]:
        return self.happens(*(KeyPressed(key=name) for name in keys))

    def card_accepted(self, card: CardTouched = CARD, holds: int = 0) -> None:
        self.happens(card)
        self.happens(CardAnswered(ask=self.last(AskCard).ask, refused=None, holds_ready=holds))

    def account_opened(self, *loans: AccountLoan, fees_ore: int = 0) -> None:
        self.keys("1", "2", "3", "4")
        ask = self.last(AskAccount).ask
        self.happens(
            AccountAnswered(
                ask=ask,
                refused=None,
                loans=loans,
                holds_ready=1,
                holds_waiting=0,
                fees_ore=fees_ore,
            )
        )

    def answered(self, *verdicts: object) -> None:
        """Answer the newest questions in order, each settled and recorded."""
        asks = self.all(AskWrite)[-len(verdicts) :]
        for ask, verdict in zip(asks, verdicts, strict=True):
            self.happens(WriteAnswered(ask=ask.ask, verdict=verdict))
            self.happens(Recorded(ref=ask.ask, proof=PROOF))

    def returned(self, *books: Book) -> None:
        self.place(*books)
        for record in self.all(RecordCheckin)[-len(books) :]:
            self.happens(Recorded(ref=record.ref, proof=PROOF))

    def not_recorded(self) -> None:
        owed = [e for e in self.effects if isinstance(e, RecordCheckin | RecordCheckout)]
        self.happens(NotRecorded(ref=owed[-1].ref))

    def all(self, kind):
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def last(self, kind):
        return self.all(kind)[-1]

    @property
    def shown(self) -> Screen:
        return draw(self.session, self.world)

    @property
    def state(self) -> str:
        return self.session.state

    @property
    def said(self) -> str:
        return text_of(self.last(Say).private)

    @property
    def said_loud(self) -> str:
        return text_of(self.last(Say).loud)

    def outcomes(self) -> list[str]:
        return [settle.outcome for settle in self.all(Settle)]
