"""News is heard to its end, by whom it is for and by nobody else."""

import pytest

from circulation.utterances import Chunk, text_of
from station.effects import AskCall, Hush, Say
from station.events import CallAnswered, HeadphonesChanged, HoldAnswered, NewsHeard, StaffComing
from station.session import news
from tests.station.menus import MENU
from tests.station.session.test_wishes import (
    COMING,
    MIO,
    UNMET,
    Visitor,
    calling,
    goes_on_to,
    reserve_mio,
)

WORDS = (Chunk("Klart.", "sv"),)


def says_of(effects):
    return [text_of(each.private) for each in effects if isinstance(each, Say)]


@pytest.fixture
def visit():
    """Somebody with headphones who has gone on from what they reserved, and was told of it."""
    visitor = Visitor(menu=MENU)
    visitor.happens(HeadphonesChanged(plugged=True))
    visitor.card_accepted()
    visitor.press("browse")
    ask = reserve_mio(visitor).ask
    goes_on_to("the next choice", visitor)
    visitor.happens(HoldAnswered(ask=ask, refused=None, place=2))
    return visitor


def test_what_was_cut_off_is_heard_after_the_next_words_and_the_next(visit):
    for _ in range(2):
        said = says_of(visit.keys("right"))
        assert len(said) == 2
        assert said[1].startswith(MIO)
        assert visit.last(Say).after


def test_what_was_heard_to_its_end_is_not_heard_again(visit):
    visit.happens(NewsHeard(news=visit.last(Say).news))

    assert len(says_of(visit.keys("right"))) == 1


def test_the_repeat_key_says_what_was_heard_last_with_the_news(visit):
    visit.keys("right")
    before = visit.all(Say)[-2]
    visit.happens(NewsHeard(news=visit.last(Say).news))

    (again,) = visit.keys("repeat")

    assert text_of(again.private).startswith(text_of(before.private))
    assert "Den är reserverad" in text_of(again.private)
    assert not again.after


def test_silence_that_was_asked_for_is_silence_and_the_news_comes_with_the_next_words(visit):
    assert news.again(visit.session, (Hush(),)) == (Hush(),)


def test_what_follows_other_words_cuts_nothing_off(visit):
    follows = Say(private=WORDS, loud=WORDS, after=True)

    assert news.again(visit.session, (follows,)) == (follows,)


def test_news_of_what_one_reads_waits_for_headphones():
    visitor = Visitor(menu=MENU)
    visitor.card_accepted()
    visitor.press("browse")
    ask = reserve_mio(visitor).ask
    visitor.keys("right")

    visitor.happens(HoldAnswered(ask=ask, refused=None, place=2))
    assert visitor.last(Say).loud == ()

    said = visitor.happens(HeadphonesChanged(plugged=True))
    assert "Den är reserverad" in says_of(said)[-1]


def test_the_news_of_an_ended_visit_is_nobodys(visit):
    told = visit.last(Say).news
    visit.wait(70)
    assert visit.session.news == ()

    visit.happens(NewsHeard(news=told))

    assert "Mio" not in repr(visit.session.said)


def test_that_staff_come_is_heard_though_a_key_cuts_it_off():
    waiting = calling()
    waiting.happens(CallAnswered(ask=waiting.last(AskCall).ask, called=True))
    waiting.happens(StaffComing())

    assert says_of(waiting.keys("right"))[1] == COMING
    waiting.keys("clear", "clear", "clear")
    assert waiting.said == COMING


def test_the_latest_of_a_call_takes_the_place_of_what_was_said_of_it_before():
    waiting = calling()
    waiting.happens(CallAnswered(ask=waiting.last(AskCall).ask, called=True))
    waiting.wait(121)
    assert waiting.said.startswith(UNMET)
    waiting.keys("centre")
    waiting.happens(CallAnswered(ask=waiting.last(AskCall).ask, called=True))

    waiting.happens(StaffComing())

    assert says_of(waiting.keys("right"))[1:] == [COMING]
