"""Any sequence of events: what must hold however visitors, hub and disk behave."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from circulation.messages import ShelfMenu
from circulation.verdicts import Accepted, Reason, Refused
from station.effects import (
    AskAccount,
    AskCall,
    AskCard,
    AskCopies,
    AskHold,
    AskList,
    AskManner,
    AskWrite,
    RecordCheckin,
    RecordCheckout,
    Say,
    Settle,
    VisitEnded,
)
from station.events import (
    AccountAnswered,
    Alarm,
    BookPlaced,
    CallAnswered,
    CardAnswered,
    CopiesAnswered,
    FaultChanged,
    GateOutcome,
    GateSwitched,
    HeadphonesChanged,
    HoldAnswered,
    LineChanged,
    ListAnswered,
    MannerAnswered,
    NoAnswer,
    NotRecorded,
    Place,
    Pointed,
    Recorded,
    TagTaken,
    WriteAnswered,
)
from station.menu import Menu
from station.session.keys import _BROWSES
from station.visit import Did, State
from tests.station.menus import PLACES
from tests.station.rehearsal import (
    CARD,
    DUE,
    EMMA,
    LEJONHJARTA,
    NATTER,
    OTHER_CARD,
    PROOF,
    RONJA,
    Rehearsal,
    book,
    loan_of,
)

HELP = ShelfMenu(id="help", parent="services", order=9, name="Hjälp", text="Ring.", calls=True)
FULL_MENU = Menu((*PLACES, HELP))
GATED = book(8, alarms=(Alarm(uid="04000000000008"),))
BOOKS = (LEJONHJARTA, RONJA, GATED, NATTER)
MOVES = (
    "card", "other card", "place", "take", "accept", "refuse", "silence", "record", "fail",
    "press", "right", "centre", "wait", "long wait", "line", "fault", "jack", "point", "pin",
    "grant", "browse", "browse", "gate", "gate",
)  # fmt: skip


class World(Rehearsal):
    """A rehearsal in which questions and facts may be answered late, wrongly or never."""

    def __init__(self, **world: object) -> None:
        super().__init__(**{"menu": FULL_MENU} | world)
        self.asked: list[int] = []
        self.wished: list[object] = []
        self.owed: list[int] = []
        self.settled: list[int] = []
        self.card_now: object = None
        self.booked: list[tuple[object, object]] = []

    def happens(self, *events):
        for event in events:
            made = super().happens(event)
            for effect in made:
                self._carry_out(effect)
        return made

    def _carry_out(self, effect) -> None:
        if isinstance(effect, AskCard | AskAccount | AskWrite):
            self.asked.append(effect.ask)
        if isinstance(effect, AskCopies | AskHold | AskList | AskManner | AskCall):
            self.wished.append(effect)
        if isinstance(effect, AskWrite | RecordCheckout):
            self.booked.append((effect.card, self.card_now))
        if isinstance(effect, Settle):
            self.settled.append(effect.ask)
            self.owed.append(effect.ask)
        if isinstance(effect, RecordCheckin | RecordCheckout):
            self.owed.append(effect.ref)

    def move(self, name: str, number: int) -> None:
        getattr(self, "_" + name.replace(" ", "_"))(number)

    def _card(self, number):
        self.card_now = CARD.card
        self.happens(TagTaken(place=Place.CARD, uid=OTHER_CARD.uid), CARD)

    def _other_card(self, number):
        self.card_now = OTHER_CARD.card
        self.happens(TagTaken(place=Place.CARD, uid=CARD.uid), OTHER_CARD)

    def _place(self, number):
        self.happens(BookPlaced(book=BOOKS[number % len(BOOKS)]))

    def _take(self, number):
        self.happens(TagTaken(place=Place.PAD, uid=BOOKS[number % len(BOOKS)].uid))

    def _accept(self, number):
        self._answer(number, None, Accepted(DUE))

    def _refuse(self, number):
        self._answer(number, Reason.PIN_WRONG, Refused(Reason.RESERVED))

    def _answer(self, number, refused, verdict):
        if not self.asked:
            return
        ask = self.asked[number % len(self.asked)]
        self.happens(CardAnswered(ask=ask, refused=refused, holds_ready=1))
        self.happens(WriteAnswered(ask=ask, verdict=verdict))
        self.happens(
            AccountAnswered(
                ask=ask,
                refused=refused,
                loans=(loan_of("77", "Emil"), loan_of("78", "Mio")),
                holds_ready=0,
                holds_waiting=1,
                fees_ore=0,
            )
        )

    def _silence(self, number):
        if self.asked:
            self.happens(NoAnswer(ask=self.asked[number % len(self.asked)]))
        if self.wished:
            self.happens(NoAnswer(ask=self.wished[number % len(self.wished)].ask))

    def _grant(self, number):
        """Answer one of the wishes, however old, kindly or not."""
        if not self.wished:
            return
        wish, kind = self.wished[number % len(self.wished)], number % 2 == 0
        refused = None if kind else Reason.CARD_REFUSED
        answers = {
            AskCopies: CopiesAnswered(ask=wish.ask, known=kind, places=(), waiting=number),
            AskHold: HoldAnswered(ask=wish.ask, refused=refused, place=1),
            AskManner: MannerAnswered(ask=wish.ask, refused=refused),
            AskList: ListAnswered(
                ask=wish.ask, refused=refused, titles=("mio", "gone"), full=number % 3 == 0
            ),
            AskCall: CallAnswered(ask=wish.ask, called=kind),
        }
        self.happens(answers[type(wish)])

    def _gate(self, number):
        outcome = list(GateOutcome)[number % 3]
        self.happens(GateSwitched(uid=GATED.uid, armed=number % 2 == 1, outcome=outcome))

    def _browse(self, number):
        """Go somewhere in the menu, and open what stands there."""
        self.press("browse") if "browse" in {each.id for each in self.shown.buttons} else None
        self.keys(*["right"] * (number % 9), "centre")

    def _record(self, number):
        if self.owed:
            self.happens(Recorded(ref=self.owed.pop(number % len(self.owed)), proof=PROOF))

    def _fail(self, number):
        if self.owed:
            self.happens(NotRecorded(ref=self.owed.pop(number % len(self.owed))))

    def _press(self, number):
        offered = self.shown.pressable
        self.press(offered[number % len(offered)].id)

    def _right(self, number):
        self.keys("right")

    def _centre(self, number):
        self.keys("centre")

    def _wait(self, number):
        self.wait(number % 30)

    def _long_wait(self, number):
        self.wait(61)

    def _line(self, number):
        self.set(line_up=number % 2 == 0)
        self.happens(LineChanged(up=number % 2 == 0))

    def _fault(self, number):
        self.happens(FaultChanged(codes=("R2",) if number % 3 == 0 else ()))

    def _jack(self, number):
        self.happens(HeadphonesChanged(plugged=number % 2 == 0))

    def _point(self, number):
        self.happens(Pointed(book=EMMA))

    def _pin(self, number):
        self.keys("1", "2", "3", "4")


moves = st.lists(
    st.tuples(st.sampled_from(MOVES), st.integers(min_value=0, max_value=59)), max_size=40
)


def live(world: World, plan: list[tuple[str, int]]) -> None:
    """Move by move; only the disk's word may add a row that tells of something done."""
    for name, number in plan:
        rows = len(world.session.rows)
        world.move(name, number)
        assert world.shown.spoken, "a screen without words"
        if name not in ("record", "fail"):
            assert all(row.did == "not_lent" for row in world.session.rows[rows:])
        became = [row.did for row in world.session.rows if row.item == GATED.item]
        assert became.count(Did.LENT) + became.count(Did.UNDONE) <= 1


@settings(max_examples=150, deadline=None)
@given(moves, st.booleans())
def test_nothing_is_booked_to_a_session_older_than_its_last_card(plan, pin):
    world = World(pin_to_borrow=pin)
    live(world, plan)
    assert all(card == now for card, now in world.booked)


@settings(max_examples=150, deadline=None)
@given(moves)
def test_every_question_that_writes_is_settled_once_and_none_forgotten(plan):
    world = World()
    live(world, plan)
    world.wait(200)
    asked = [ask.ask for ask in world.all(AskWrite)]
    assert len(world.settled) == len(set(world.settled))
    assert sorted(asked) == sorted(set(world.settled))
    assert world.session.question is None


@settings(max_examples=100, deadline=None)
@given(moves)
def test_a_station_left_alone_forgets_its_visitor(plan):
    world = World()
    live(world, plan)
    world.wait(400)
    assert world.session.state in (State.IDLE, State.FAULT)
    assert (world.session.card, world.session.rows, world.session.pending) == (None, (), ())
    assert world.session.lent == ()
    assert world.session.pin == world.session.pin_checked == ""
    assert (world.session.account, world.session.hearing) == (None, None)
    assert (world.session.mine, world.session.whereabouts) == ((), None)
    assert (world.session.errands, world.session.news) == ((), ())


@settings(max_examples=100, deadline=None)
@given(moves, st.sampled_from(["loan", "listening"]))
def test_every_button_of_every_screen_is_reached_by_the_keys(plan, kind):
    world = World(kind=kind)
    live(world, plan)
    offered = {button.id for button in world.shown.pressable}
    if world.state is State.BROWSE:
        # There each key does what its button does; size and contrast are one step back.
        assert {button.id for button in world.shown.buttons} == set(_BROWSES.values())
        return
    reached = set()
    for _ in offered:
        world.keys("right")
        reached.add(world.shown.focus)
    assert reached == offered


BROWSING = ("browse", "right", "centre", "grant", "silence", "line", "jack", "point", "wait")
browsed = st.lists(
    st.tuples(st.sampled_from(BROWSING), st.integers(min_value=0, max_value=59)), max_size=60
)


@settings(max_examples=150, deadline=None)
@given(browsed)
def test_whoever_browses_by_card_is_always_told_something_and_leaves_nothing_behind(plan):
    world = World()
    world.happens(HeadphonesChanged(plugged=True))
    world.card_accepted()
    world.session = replace(world.session, pin_checked="1234")
    world.press("browse")
    live(world, plan)
    if world.state is State.BROWSE:
        before = len(world.effects)
        world.keys("right")
        said = [each for each in world.effects[before:] if isinstance(each, Say)]
        assert all(chunk.text for chunk in said[-1].private)
    world.wait(400)
    assert (world.session.card, world.session.mine) == (None, ())
    assert (world.session.errands, world.session.news) == ((), ())


def test_a_visit_is_counted_once():
    world = World()
    world.card_accepted()
    world.place(RONJA)
    world.answered(Accepted(DUE))
    world.press("done", "done")
    world.wait(100)
    assert len(world.all(VisitEnded)) == 1


@pytest.mark.parametrize("seconds", [30, 60, 300])
def test_the_warning_always_comes_before_the_end(seconds):
    world = World(session_seconds=seconds)
    world.card_accepted()
    world.wait(seconds - 1)
    assert world.state == State.TIMEOUT
