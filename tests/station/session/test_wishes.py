"""One's own list, help, and what is reserved: asked by ear, answered by the hub."""

import pytest

from circulation.messages import ShelfMenu
from circulation.utterances import text_of
from circulation.verdicts import Reason
from station.effects import (
    AskCall,
    AskCard,
    AskCopies,
    AskHold,
    AskList,
    AskManner,
    Earcon,
    Hush,
    Say,
)
from station.events import (
    CallAnswered,
    CardAnswered,
    CopiesAnswered,
    HeadphonesChanged,
    HoldAnswered,
    ListAnswered,
    MannerAnswered,
    NoAnswer,
    Pointed,
    StaffComing,
)
from station.menu import Menu
from station.visit import State
from tests.station.menus import MENU, PLACES, TITLES
from tests.station.rehearsal import CARD, EMMA, Rehearsal

HELP = ShelfMenu(
    id="staff",
    parent="services",
    order=3,
    name="Be personalen komma hit",
    text="Personalen hjälper dig gärna när biblioteket är bemannat.",
    calls=True,
)
CALLED = "Klart. Personalen har fått veta att någon vill ha hjälp här."
COMING = "Någon i personalen kommer till dig nu."
UNMET = "Ingen i personalen har svarat än. Du kan be dem komma en gång till, eller gå till disken."
SILENT = "Vi får inget svar just nu. Försök igen om en stund."


class Visitor(Rehearsal):
    """Somebody with headphones, and with a card where they laid one on."""

    def goes_to(self, name):
        for _ in range(30):
            if self.said.startswith(name):
                return
            self.keys("right")
        raise AssertionError(f"nowhere on the way: {name}; but {self.said}")

    def keys_pin(self):
        self.keys("1", "2", "3", "4")
        ask = self.last(AskCard).ask
        self.happens(CardAnswered(ask=ask, refused=None, holds_ready=0))

    def told(self, *titles, refused=None, full=False):
        ask = self.last(AskList).ask
        self.happens(ListAnswered(ask=ask, refused=refused, titles=titles, full=full))


@pytest.fixture
def visit():
    visitor = Visitor(menu=MENU)
    visitor.happens(HeadphonesChanged(plugged=True))
    visitor.card_accepted()
    visitor.press("browse")
    return visitor


def keep_mio(visit):
    visit.keys("centre", "centre")
    visit.goes_to("Lägg den på min lista")
    visit.keys("centre")
    visit.keys_pin()
    return visit.last(AskList)


def test_what_one_hears_is_kept_on_ones_list_by_card_and_pin(visit):
    asked = keep_mio(visit)
    assert (asked.card, asked.pin, asked.keep, asked.drop) == (CARD.card, "1234", "mio", None)

    visit.told("mio")

    assert visit.said == "Klart. Den står på din lista."
    assert visit.last(Earcon).name == "done"
    visit.goes_to("Ta bort den från min lista")


def test_the_list_is_heard_like_any_other_and_its_titles_are_taken_off_again(visit):
    visit.goes_to("Min lista")
    visit.keys("centre")
    visit.keys_pin()
    assert (visit.last(AskList).keep, visit.last(AskList).drop) == (None, None)
    visit.told("natt", "mio")
    assert visit.said == "Min lista. Nätter i Umeå. Ett av två."

    visit.keys("right", "centre")
    visit.goes_to("Ta bort den från min lista")
    visit.keys("centre")
    assert visit.last(AskList).drop == "mio"
    visit.told("natt")
    assert visit.said == "Klart. Den är borta från din lista."

    visit.keys("right", "right", "centre", "left")
    assert visit.said == "Nätter i Umeå. Ett av ett."


def test_an_empty_list_says_so(visit):
    visit.goes_to("Min lista")
    visit.keys("centre")
    visit.keys_pin()
    visit.told()

    assert visit.said == "Min lista. Listan är tom. Gå tillbaka."


def test_a_list_that_is_full_says_so_and_keeps_what_is_there(visit):
    keep_mio(visit)
    visit.told("natt", full=True)

    assert visit.said.startswith("Din lista är full.")
    assert visit.last(Earcon).name == "problem"
    visit.goes_to("Lägg den på min lista")


@pytest.mark.parametrize("how", ["refused", "silent"])
def test_a_list_that_could_not_be_asked_about_is_said_kindly(visit, how):
    asked = keep_mio(visit)
    if how == "refused":
        visit.told(refused=Reason.CARD_REFUSED)
    else:
        visit.happens(NoAnswer(ask=asked.ask))

    assert visit.said == SILENT
    assert visit.state is State.BROWSE


def test_with_the_line_down_nothing_is_kept_and_it_is_said(visit):
    visit.keys("centre", "centre")
    visit.goes_to("Lägg den på min lista")
    visit.set(line_up=False)
    visit.keys("centre")

    assert visit.said == SILENT
    assert visit.all(AskList) == []


def test_a_listed_title_that_no_library_has_any_more_is_told_to_be_gone(visit):
    visit.goes_to("Min lista")
    visit.keys("centre")
    visit.keys_pin()
    visit.told("gone")

    assert visit.said == "Min lista. Den finns inte kvar. Ett av ett."


def test_nothing_of_a_list_is_said_over_the_speaker_or_left_to_the_next(visit):
    visit.goes_to("Min lista")
    visit.keys("centre")
    visit.keys_pin()
    visit.told("mio")
    assert TITLES["mio"].title not in text_of(visit.last(Say).loud)

    visit.happens(HeadphonesChanged(plugged=False))
    visit.wait(61)

    assert visit.session.mine == ()
    assert "mio" not in repr(visit.session)


def test_without_a_card_there_is_no_list():
    visitor = Visitor(kind="listening", menu=MENU)
    visitor.happens(HeadphonesChanged(plugged=True))
    visitor.keys("centre")
    heard = set()
    for _ in range(12):
        visitor.keys("right")
        heard.add(visitor.said)

    assert not [said for said in heard if "lista" in said]


def calling(*, plugged=True, kind="listening", **world):
    visitor = Visitor(kind=kind, menu=Menu((*PLACES, HELP)), **world)
    if plugged:
        visitor.happens(HeadphonesChanged(plugged=True))
    visitor.press("listen", "browse") if kind == "loan" else visitor.keys("centre")
    visitor.goes_to("Bibliotekets service")
    visitor.keys("centre")
    visitor.goes_to("Be personalen")
    visitor.keys("centre")
    return visitor


def test_staff_are_called_and_it_is_said_that_they_know():
    visitor = calling()
    visitor.happens(CallAnswered(ask=visitor.last(AskCall).ask, called=True))

    assert visitor.said == CALLED
    assert visitor.last(Earcon).name == "done"


@pytest.mark.parametrize("world", [{"staffed": False}, {"line_up": False}])
def test_where_nobody_can_come_the_telephone_is_told_and_nobody_is_asked(world):
    visitor = calling(**world)

    assert visitor.all(AskCall) == []
    assert "Personalen hjälper dig gärna när biblioteket är bemannat." in visitor.said
    assert visitor.said.endswith("Du kan ringa noll nio tre, tre ett fyra, noll noll noll.")


@pytest.mark.parametrize("how", ["silent", "not called"])
def test_a_call_that_reached_nobody_is_told_with_the_telephone(how):
    visitor = calling()
    ask = visitor.last(AskCall).ask
    visitor.happens(NoAnswer(ask=ask) if how == "silent" else CallAnswered(ask=ask, called=False))

    assert "Du kan ringa noll nio tre" in visitor.said
    assert visitor.last(Earcon).name == "problem"


@pytest.fixture
def waiting():
    """Somebody with headphones who has called for staff."""
    visitor = calling()
    visitor.happens(CallAnswered(ask=visitor.last(AskCall).ask, called=True))
    return visitor


def test_whoever_called_hears_that_somebody_comes_after_what_they_are_hearing(waiting):
    waiting.happens(StaffComing())

    assert waiting.said == COMING
    assert waiting.last(Say).after
    assert waiting.last(Earcon).name == "done"
    assert COMING in waiting.shown.lines


def test_it_is_heard_wherever_one_has_gone_meanwhile_and_once(waiting):
    waiting.keys("right")
    waiting.happens(StaffComing())
    assert waiting.said == COMING

    before = len(waiting.all(Say))
    waiting.happens(StaffComing())
    assert len(waiting.all(Say)) == before


def test_it_is_heard_too_by_whoever_has_left_the_menu_but_not_the_headphones(waiting):
    waiting.keys("clear", "clear", "clear")
    assert waiting.state is State.LISTENING

    waiting.happens(StaffComing())

    assert waiting.said == COMING


def test_whoever_goes_on_before_the_hub_has_answered_hears_it_too():
    visitor = calling()
    ask = visitor.last(AskCall).ask
    visitor.keys("right")
    visitor.happens(CallAnswered(ask=ask, called=True))

    visitor.happens(StaffComing())

    assert visitor.said == COMING


@pytest.mark.parametrize("how", ["silent", "not called"])
def test_whoever_goes_on_hears_too_that_the_call_reached_nobody(how):
    visitor = calling()
    ask = visitor.last(AskCall).ask
    visitor.keys("right")
    visitor.happens(NoAnswer(ask=ask) if how == "silent" else CallAnswered(ask=ask, called=False))

    assert visitor.said == f"{UNMET} Du kan ringa noll nio tre, tre ett fyra, noll noll noll."
    assert visitor.last(Say).after
    before = len(visitor.all(Say))
    visitor.wait(130)
    assert len(visitor.all(Say)) == before


@pytest.mark.parametrize("how", ["silent", "not called"])
def test_where_the_call_reached_nobody_nobody_is_waited_for(how):
    visitor = calling()
    ask = visitor.last(AskCall).ask
    visitor.happens(NoAnswer(ask=ask) if how == "silent" else CallAnswered(ask=ask, called=False))
    before = len(visitor.all(Say))

    visitor.wait(130)

    assert len(visitor.all(Say)) == before


def test_where_nobody_called_nothing_is_heard(visit):
    before = len(visit.all(Say))

    visit.happens(StaffComing())

    assert len(visit.all(Say)) == before


def test_whoever_has_left_is_told_nothing(waiting):
    waiting.happens(HeadphonesChanged(plugged=False))
    before = len(waiting.all(Say))

    waiting.happens(StaffComing())
    waiting.wait(200)

    assert len(waiting.all(Say)) == before


def test_where_nobody_has_answered_in_two_minutes_it_is_said_what_else_to_do(waiting):
    waiting.wait(119)
    assert waiting.said == CALLED

    waiting.wait(2)

    assert waiting.said == f"{UNMET} Du kan ringa noll nio tre, tre ett fyra, noll noll noll."
    assert waiting.last(Say).after
    assert UNMET in waiting.shown.lines
    before = len(waiting.all(Say))
    waiting.wait(20)
    assert len(waiting.all(Say)) == before


def test_without_headphones_one_is_waited_with_too_but_a_card_is_not_left_open():
    waiting = calling(plugged=False)
    waiting.happens(CallAnswered(ask=waiting.last(AskCall).ask, called=True))

    waiting.wait(110)

    assert waiting.state is State.BROWSE
    waiting.wait(80)
    assert waiting.state is State.LISTENING


def test_without_headphones_too_what_else_can_be_done_is_heard_to_its_end():
    waiting = calling(plugged=False)
    waiting.happens(CallAnswered(ask=waiting.last(AskCall).ask, called=True))
    waiting.wait(121)
    assert waiting.said.startswith(UNMET)

    waiting.wait(20)

    assert waiting.all(Hush) == []
    waiting.keys("centre")
    assert waiting.last(AskCall) is waiting.all(AskCall)[1]


@pytest.fixture
def seen():
    """Somebody who called for staff at a screen, without a card and without headphones."""
    visitor = calling(kind="loan", plugged=False)
    visitor.happens(CallAnswered(ask=visitor.last(AskCall).ask, called=True))
    visitor.happens(Pointed(book=EMMA))
    return visitor


def test_a_screen_is_left_after_the_usual_minute_though_staff_were_called(seen):
    seen.wait(59)
    assert "Emma" in str(seen.shown.lines)

    seen.wait(1)

    assert seen.state is State.IDLE
    assert (seen.session.hearing, seen.session.browsing.path) == (None, ())


def test_whoever_still_stands_there_is_told_aloud_that_staff_come(seen):
    seen.wait(70)

    seen.happens(StaffComing())

    assert seen.said_loud == COMING


def test_whoever_still_stands_there_is_told_aloud_what_else_to_do(seen):
    seen.wait(119)
    before = len(seen.all(Say))

    seen.wait(2)

    assert seen.said_loud.startswith(UNMET)
    seen.wait(200)
    assert len(seen.all(Say)) == before + 1
    assert seen.session.news == ()


def test_staff_that_another_called_are_not_announced_to_whoever_comes_with_a_card(seen):
    seen.wait(70)
    seen.card_accepted()
    before = len(seen.all(Say))

    seen.happens(StaffComing())
    seen.wait(30)

    assert len(seen.all(Say)) == before


def test_whoever_called_and_then_lays_a_card_on_still_waits(seen):
    seen.wait(10)
    seen.card_accepted()

    seen.happens(StaffComing())

    assert seen.said_loud == COMING


def test_a_visit_with_a_card_ends_as_every_other_though_staff_were_called():
    visitor = Visitor(menu=Menu((*PLACES, HELP)))
    visitor.card_accepted()
    visitor.press("browse")
    visitor.goes_to("Bibliotekets service")
    visitor.keys("centre")
    visitor.goes_to("Be personalen")
    visitor.keys("centre")
    visitor.happens(CallAnswered(ask=visitor.last(AskCall).ask, called=True))

    visitor.wait(61)

    assert visitor.state is State.IDLE


MIO = "Mio, min Mio. av Astrid Lindgren."


def reserve_mio(visit):
    visit.keys("centre", "centre")
    visit.goes_to("Reservera")
    visit.keys("centre")
    visit.keys_pin()
    return visit.last(AskHold)


def goes_on_to(where, visit):
    """Go somewhere else before the hub has answered."""
    if where == "another book":
        visit.happens(Pointed(book=EMMA))
    elif where == "the menu of the station":
        visit.keys("clear", "clear", "clear")
        assert visit.state is State.MENU
    else:
        visit.keys("right")


@pytest.mark.parametrize("where", ["the next choice", "another book", "the menu of the station"])
def test_whoever_goes_on_hears_what_became_of_it_after_what_they_are_hearing(visit, where):
    asked = reserve_mio(visit)
    goes_on_to(where, visit)

    visit.happens(HoldAnswered(ask=asked.ask, refused=None, place=2))

    told = visit.last(Say)
    assert visit.said == (
        f"{MIO} Klart. Den är reserverad. Du hämtar den på Vindelns bibliotek. "
        "Du har plats två i kön."
    )
    assert told.after
    assert told.loud == ()
    assert visit.last(Earcon).name == "done"


@pytest.mark.parametrize("how", ["refused", "silent"])
def test_whoever_goes_on_hears_too_that_it_was_not_done(visit, how):
    ask = reserve_mio(visit).ask
    visit.keys("right")

    if how == "silent":
        visit.happens(NoAnswer(ask=ask))
        assert visit.said == f"{MIO} {SILENT}"
    else:
        visit.happens(HoldAnswered(ask=ask, refused=Reason.LOAN_LIMIT, place=0))
        assert visit.said.startswith(f"{MIO} Den gick inte att reservera på det här kortet.")
    assert visit.last(Earcon).name == "problem"
    assert visit.last(Say).after


def test_an_answer_to_something_else_is_none(visit):
    ask = reserve_mio(visit).ask
    visit.keys("right")

    visit.happens(ListAnswered(ask=ask, refused=None, titles=(), full=False))

    assert visit.said == f"{MIO} {SILENT}"


def test_a_list_that_was_changed_meanwhile_is_the_one_that_is_known(visit):
    keep_mio(visit)
    visit.keys("right")

    visit.told("mio")

    assert visit.said == f"{MIO} Klart. Den står på din lista."
    assert visit.session.mine == ("mio",)


def test_a_voice_that_was_kept_meanwhile_is_told_of_without_a_title(visit):
    visit.goes_to("Kom ihåg")
    visit.keys("centre")
    visit.keys_pin()
    ask = visit.last(AskManner).ask
    visit.keys("right")

    visit.happens(MannerAnswered(ask=ask, refused=None))

    assert visit.said.startswith("Klart. Nästa gång du lägger på ditt kort")


def test_each_of_two_errands_is_told_of(visit):
    hold = reserve_mio(visit).ask
    visit.goes_to("Lägg den på min lista")
    visit.keys("centre")
    listed = visit.last(AskList).ask
    visit.keys("right")

    visit.happens(ListAnswered(ask=listed, refused=None, titles=("mio",), full=False))
    assert visit.said.endswith("Den står på din lista.")
    visit.happens(HoldAnswered(ask=hold, refused=None, place=1))
    assert "Den är reserverad" in visit.said


def test_nothing_is_told_to_whoever_comes_after_the_card_has_gone(visit):
    ask = reserve_mio(visit).ask
    visit.keys("right", "clear", "clear", "clear")
    visit.press("finish")
    before = len(visit.all(Say))

    visit.happens(HoldAnswered(ask=ask, refused=None, place=2))
    visit.happens(HeadphonesChanged(plugged=True))

    assert all("Mio" not in text_of(each.private) for each in visit.all(Say)[before:])
    assert (visit.session.errands, visit.session.news) == ((), ())


@pytest.mark.parametrize("how", ["answered", "silent"])
def test_what_was_only_asked_for_is_dropped_by_whoever_leaves_the_menu(visit, how):
    visit.keys("centre", "centre")
    visit.goes_to("Var den finns")
    visit.keys("centre")
    ask = visit.last(AskCopies).ask
    visit.keys("clear", "clear", "clear")
    assert visit.state is State.MENU
    before = len(visit.all(Say))

    known = CopiesAnswered(ask=ask, known=True, places=(), waiting=0)
    visit.happens(known if how == "answered" else NoAnswer(ask=ask))

    assert len(visit.all(Say)) == before
    assert visit.session.notice == ""
