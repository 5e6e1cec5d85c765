"""Browsing by ear: five keys, headphones, and only what is heard counts."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from circulation.messages import CopiesHere, Manner, ShelfMenu
from circulation.phrases.dates import spoken_date
from circulation.utterances import text_of
from circulation.verdicts import Reason
from station.effects import (
    AskAccount,
    AskCard,
    AskCopies,
    AskHold,
    AskManner,
    Earcon,
    Say,
)
from station.events import (
    BookPlaced,
    CardAnswered,
    CopiesAnswered,
    HeadphonesChanged,
    HoldAnswered,
    LineChanged,
    MannerAnswered,
    NoAnswer,
    Pointed,
)
from station.menu import NOTHING, Menu
from station.visit import RATE_DEFAULT, RATES_WPM, State, Verbosity
from tests.station.menus import MENU
from tests.station.rehearsal import CARD, RONJA, TODAY, Rehearsal

HOW = "Vänster och höger pil går mellan valen. Knappen i mitten öppnar."


class Listener(Rehearsal):
    """Somebody with headphones who sees nothing."""

    def heard(self, *keys: str) -> str:
        """Return what is said after the last of *keys*."""
        before = len(self.effects)
        self.keys(*keys)
        said = [effect for effect in self.effects[before:] if isinstance(effect, Say)]
        return text_of(said[-1].private) if said else ""


@pytest.fixture
def station():
    listener = Listener(kind="listening", menu=MENU)
    listener.happens(HeadphonesChanged(plugged=True))
    return listener


@pytest.fixture
def visit():
    """A loan station with a card let in, at its menu."""
    listener = Listener(menu=MENU)
    listener.happens(HeadphonesChanged(plugged=True))
    listener.card_accepted()
    listener.press("browse")
    return listener


def to_new_titles(listener):
    return listener.heard("centre", "centre")


def test_the_centre_key_at_rest_begins_and_says_the_list_and_its_first(station):
    assert station.heard("centre") == "Bläddra. Nya talböcker. Ett av fyra. " + HOW


def test_one_goes_round_and_the_way_back_is_the_last(station):
    station.keys("centre")

    said = [station.heard("right") for _ in range(4)]

    assert [each.split(".")[0] for each in said] == [
        "Talböcker efter ämne",
        "Personalen tipsar",
        "Bibliotekets service",
        "Tala långsammare",
    ]
    assert [station.heard("right") for _ in range(5)] == [
        "Tala fortare.", "Hur mycket jag säger.", "English.", "Gå tillbaka.",
        "Nya talböcker. Ett av fyra.",
    ]  # fmt: skip
    assert station.heard("left") == "Gå tillbaka."


def test_a_title_is_said_in_its_own_language(station):
    assert to_new_titles(station) == (
        "Nya talböcker. Mio, min Mio. av Astrid Lindgren. Talbok, inläst av Samuel Fröler, "
        "fem timmar. Ett av tre."
    )

    station.keys("right")

    tongues = {chunk.language: chunk.text for chunk in station.last(Say).private}
    assert tongues["en"] == "Emma."


def test_a_title_that_the_shelf_has_lost_stops_nobody(station):
    to_new_titles(station)

    assert station.heard("right", "right") == "Den finns inte kvar. Tre av tre."
    assert station.heard("centre") == ""
    assert "Mio" in station.heard("right", "right")


def test_more_is_heard_of_a_title(station):
    to_new_titles(station)

    assert station.heard("centre") == "Titeln du står på. Mer om den."
    assert station.heard("centre") == "En pojke på en bänk."


def test_where_it_is_and_how_many_wait_comes_from_the_hub(station):
    to_new_titles(station)
    assert station.heard("centre", "right", "centre") == "Frågar katalogen. Ett ögonblick."

    ask = station.last(AskCopies)
    places = (
        CopiesHere(branch="Vindelns bibliotek", copies=2, copies_in=1),
        CopiesHere(branch="Umeå stadsbibliotek", copies=1, copies_in=0),
    )
    station.happens(CopiesAnswered(ask=ask.ask, known=True, places=places, waiting=3))

    assert ask.title == "mio"
    assert station.said == (
        "Vindelns bibliotek: ett inne. Umeå stadsbibliotek: utlånad. Tre står i kö."
    )


def test_an_answer_that_comes_after_one_has_gone_on_is_not_heard(station):
    to_new_titles(station)
    station.keys("centre", "right", "centre")
    ask = station.last(AskCopies).ask
    station.keys("right")
    before = len(station.effects)

    station.happens(CopiesAnswered(ask=ask, known=True, places=(), waiting=0), NoAnswer(ask=ask))

    assert station.effects[before:] == []


@pytest.mark.parametrize("how", ["down", "silent", "unknown"])
def test_a_catalogue_that_cannot_be_asked_is_said_kindly(station, how):
    station.set(line_up=how != "down")
    to_new_titles(station)
    station.keys("centre", "right", "centre")
    if how == "silent":
        station.happens(NoAnswer(ask=station.last(AskCopies).ask))
    elif how == "unknown":
        ask = station.last(AskCopies).ask
        station.happens(CopiesAnswered(ask=ask, known=False, places=(), waiting=0))
    else:
        assert station.all(AskCopies) == []

    assert station.said == "Vi får inget svar just nu. Försök igen om en stund."
    assert station.state is State.BROWSE


def test_a_list_remembers_where_one_was(station):
    to_new_titles(station)
    station.keys("right")

    back = station.heard("right", "right", "centre")

    assert back == "Bläddra. Nya talböcker. Ett av fyra."
    assert "Gå tillbaka" in station.heard("centre")


def test_coming_back_from_a_title_one_stands_at_it(station):
    to_new_titles(station)
    station.keys("right", "centre")

    assert "Emma" in station.heard("left", "centre")


def test_opening_hours_are_heard_today_and_for_the_week(station):
    station.keys("centre", *["left"] * 6)

    assert station.heard("centre") == "Bibliotekets service. Vindelns bibliotek. Ett av två."
    said = station.heard("centre")

    assert "Idag har Vindelns bibliotek öppet åtta till tio utan personal, tio till arton." in said
    assert "Tisdag tio trettio till sexton." in said
    assert said.endswith("Söndag stängt.")


def test_a_clock_that_nobody_trusts_tells_the_ordinary_week(station):
    station.set(clock_trusted=False)
    station.keys("centre", *["left"] * 6, "centre")

    said = station.heard("centre")

    assert "Idag" not in said
    assert "Måndag åtta till tio utan personal" in said


def test_what_staff_have_written_is_heard_in_both_languages(station):
    station.keys("centre", *["left"] * 6, "centre")
    assert station.heard("right", "centre") == (
        "Att få ett lånekort. Ta med legitimation till disken."
    )

    english = Listener(kind="listening", menu=MENU)
    english.press("lang", "browse", *["previous"] * 6, "open", "next")
    assert english.heard("centre") == "A card. Bring some identification."


def test_an_empty_place_says_so(station):
    station.keys("centre", "right", "right")

    assert "Personalen tipsar" in station.heard("centre")
    assert station.state is State.BROWSE


def test_a_book_that_is_touched_is_heard_and_the_place_is_kept(station):
    to_new_titles(station)
    station.keys("right")

    station.happens(Pointed(book=RONJA))
    assert station.said.startswith("Ronja rövardotter.")
    station.press("browse")

    assert "Emma" in station.said


def test_headphones_on_nobody_is_hurried_and_off_nothing_is_left(station):
    to_new_titles(station)
    station.wait(299)
    assert station.state is State.BROWSE
    station.wait(2)
    assert station.state is State.TIMEOUT
    station.keys("centre")
    assert station.state is State.BROWSE

    station.happens(HeadphonesChanged(plugged=False))

    assert station.state is State.LISTENING
    assert station.session.browsing.path == ()


def test_without_headphones_a_minute_without_a_key_ends_it():
    station = Listener(kind="listening", menu=MENU)
    station.keys("centre", "centre")
    station.wait(61)

    assert station.state is State.LISTENING
    assert station.session.browsing.path == ()


def test_a_station_without_a_menu_offers_none():
    station = Listener(kind="listening", menu=NOTHING)

    assert "browse" not in [button.id for button in station.shown.buttons]


def reserve(visit):
    visit.keys("centre", "centre", "right", "right")
    assert visit.said == "Reservera den."
    visit.keys("centre")


def test_a_title_is_reserved_by_card_and_pin_and_the_place_in_the_queue_heard(visit):
    reserve(visit)
    assert visit.state is State.PIN
    visit.keys("1", "2", "3", "4")
    ask = visit.last(AskCard)
    assert ask.pin == "1234"
    visit.happens(CardAnswered(ask=ask.ask, refused=None, holds_ready=0))
    assert visit.state is State.BROWSE

    visit.keys("centre")
    hold = visit.last(AskHold)
    assert (hold.card, hold.pin, hold.title) == (CARD.card, "1234", "mio")
    visit.happens(HoldAnswered(ask=hold.ask, refused=None, place=2))

    assert visit.said == (
        "Klart. Den är reserverad. Du hämtar den på Vindelns bibliotek. Du har plats två i kön."
    )


def test_a_refused_hold_says_no_reason(visit):
    reserve(visit)
    visit.keys("1", "2", "3", "4")
    visit.happens(CardAnswered(ask=visit.last(AskCard).ask, refused=None, holds_ready=0))
    visit.keys("centre")
    hold = visit.last(AskHold)

    visit.happens(HoldAnswered(ask=hold.ask, refused=Reason.LOAN_LIMIT, place=0))

    assert visit.said.startswith("Den gick inte att reservera på det här kortet.")


def test_nobody_reserves_without_a_card(station):
    to_new_titles(station)
    station.keys("centre")

    assert [station.heard("right") for _ in range(4)] == [
        "Var den finns.", "Bokstavera titeln.", "Gå tillbaka.", "Mer om den.",
    ]  # fmt: skip


def test_no_title_is_said_over_the_speaker_of_a_loan_station(visit):
    visit.keys("centre")

    assert "Mio" in visit.said
    assert visit.said_loud == "Bläddra. Sätt i hörlurar för att höra titlar."


def test_books_on_the_pad_are_lent_while_one_browses_with_a_card(visit):
    visit.place(RONJA)

    assert visit.state is State.READING


def test_a_card_laid_on_while_one_browses_without_one_begins_a_visit():
    station = Listener(menu=MENU)
    station.press("listen", "browse")
    station.happens(CARD)

    assert station.last(AskCard).card == CARD.card
    assert station.all(AskAccount) == []


def test_a_book_on_the_pad_without_a_card_is_taken_back():
    station = Listener(menu=MENU)
    station.press("listen", "browse")
    station.happens(BookPlaced(book=RONJA))

    assert station.state is State.RETURN


def test_the_way_back_from_the_first_list_leads_to_where_one_came_from(visit, station):
    visit.keys("left", "centre")
    assert visit.state is State.MENU
    station.keys("centre", "left", "centre")
    assert station.state is State.LISTENING


def test_the_line_that_goes_down_leaves_the_menu_as_it_is(station):
    to_new_titles(station)
    station.set(line_up=False)

    station.happens(LineChanged(up=False))

    assert station.state is State.BROWSE
    assert "Emma" in station.heard("right")


def test_a_title_is_spelled(station):
    to_new_titles(station)

    assert station.heard("centre", "right", "right", "centre") == (
        "Martin, Ivar, Olof, mellanslag, Martin, Ivar, Niklas, mellanslag, Martin, Ivar, Olof."
    )


def test_one_speaks_slower_and_faster_in_seven_steps_and_the_next_visitor_hears_the_usual(station):
    station.keys("centre", "left", "left", "left", "left")
    rates = []
    for _ in range(6):
        rates.append(RATES_WPM[station.session.rate])
        said = station.heard("centre")
    assert said == "Det går inte längre åt det hållet."
    station.keys("left", *["centre"] * 7)
    assert RATES_WPM[station.session.rate] == 110 == min(RATES_WPM)
    assert (rates[-1], len(RATES_WPM)) == (320, 7)

    station.happens(HeadphonesChanged(plugged=False))

    assert station.session.rate == RATE_DEFAULT


def speaking(listener, verbosity):
    """Choose *verbosity* by the keys, and go back to rest."""
    listener.press("browse")
    go_left_to(listener, "Hur mycket jag säger.")
    while listener.session.verbosity is not verbosity:
        listener.keys("centre")
    return listener


def test_whoever_wants_to_hear_little_hears_names_and_no_choices(station):
    speaking(station, Verbosity.BRIEF)
    assert station.said == "Nu säger jag bara det viktigaste."
    assert station.heard("right", "right", "right") == "Nya talböcker."
    assert station.heard("centre") == "Nya talböcker. Mio, min Mio. av Astrid Lindgren."

    station.happens(Pointed(book=RONJA))

    assert station.said == f"{RONJA.title.title}. av {RONJA.title.author}."
    assert "Du kan välja" not in "".join(chunk.text for chunk in station.shown.spoken)


def test_whoever_wants_to_hear_all_hears_at_the_first_touch_what_a_second_would_add(station):
    told = replace(RONJA, title=replace(RONJA.title, summary="Två barn i en borg."))
    speaking(station, Verbosity.FULL)

    for _ in range(2):
        station.happens(Pointed(book=told))
        assert station.said == "Ronja rövardotter. av Astrid Lindgren. Två barn i en borg."


def test_what_can_be_done_with_a_book_that_was_touched_is_a_list_too(station):
    station.happens(Pointed(book=RONJA))

    station.press("about")

    assert station.said == "Titeln du står på. Mer om den."
    station.keys("right", "centre")
    assert station.last(AskCopies).title == RONJA.title.id
    station.keys("left", "left", "centre")
    assert station.said.startswith("Bläddra.") or "Nya talböcker" in station.said


def test_another_language_is_chosen_by_ear(station):
    station.keys("centre")

    assert station.heard("left", "left", "centre") == "Browse. Svenska."
    assert station.heard("right", "right") == "New talking books. One of four."


def go_left_to(visit, said):
    for _ in range(20):
        if visit.said == said:
            return
        visit.keys("left")
    raise AssertionError(f"nowhere on the way: {said}")


def to_keep(visit):
    go_left_to(visit, "Kom ihåg hur jag vill ha det.")


def test_ones_manner_is_kept_by_card_and_pin_and_met_again_at_any_station(visit):
    visit.press("larger")
    go_left_to(visit, "Hur mycket jag säger.")
    visit.keys("centre")
    go_left_to(visit, "Tala fortare.")
    visit.keys("centre")
    to_keep(visit)
    visit.keys("centre")
    assert visit.state is State.PIN
    visit.keys("1", "2", "3", "4")
    visit.happens(CardAnswered(ask=visit.last(AskCard).ask, refused=None, holds_ready=0))

    ask = visit.last(AskManner)
    assert (ask.card, ask.pin) == (CARD.card, "1234")
    assert ask.manner == Manner(rate=RATE_DEFAULT + 1, large=True, verbosity=2)
    visit.happens(MannerAnswered(ask=ask.ask, refused=None))
    assert visit.said.startswith("Klart. Nästa gång du lägger på ditt kort")

    elsewhere = Listener(menu=MENU)
    elsewhere.happens(CARD)
    answer = CardAnswered(
        ask=elsewhere.last(AskCard).ask, refused=None, holds_ready=0, manner=ask.manner
    )
    elsewhere.happens(answer)
    met = elsewhere.session
    assert (met.rate, met.large, met.verbosity) == (RATE_DEFAULT + 1, True, Verbosity.FULL)
    elsewhere.press("finish")
    elsewhere.wait(5)
    assert elsewhere.session.rate == RATE_DEFAULT
    assert not elsewhere.session.large


def test_a_manner_is_forgotten_by_the_same_way(visit):
    to_keep(visit)
    visit.keys("right", "centre", "1", "2", "3", "4")
    visit.happens(CardAnswered(ask=visit.last(AskCard).ask, refused=None, holds_ready=0))
    visit.keys("centre")
    ask = visit.last(AskManner)
    assert ask.manner is None

    visit.happens(MannerAnswered(ask=ask.ask, refused=None))

    assert visit.said == "Klart. Det är glömt."


def test_a_manner_that_could_not_be_kept_is_said_kindly(visit):
    visit.set(line_up=False)
    to_keep(visit)
    visit.keys("centre")

    assert visit.said == "Vi får inget svar just nu. Försök igen om en stund."
    assert visit.all(AskManner) == []


def test_without_a_card_nothing_can_be_kept(station):
    station.keys("centre")

    assert "Kom ihåg" not in " ".join(station.heard("right") for _ in range(10))


def test_the_end_of_a_list_is_heard_before_its_beginning(station):
    station.keys("centre", "right")
    assert station.all(Earcon) == []

    station.keys("left", "left")

    assert [earcon.name for earcon in station.all(Earcon)] == ["end"]
    assert station.said == "Gå tillbaka."


def test_a_printed_book_leads_to_its_talking_book(station):
    printed = replace(RONJA, title=replace(RONJA.title, talking_book="mio"))
    station.happens(Pointed(book=printed))
    station.keys("centre")
    assert "Den finns som talbok." in "".join(text_of(say.private) for say in station.all(Say))
    station.press("about")

    assert station.heard("right", "right") == "Som talbok."
    said = station.heard("centre")

    assert "Mio, min Mio. av Astrid Lindgren. Talbok, inläst av Samuel Fröler" in said
    assert station.session.title.id == "mio"
    assert [station.heard("right") for _ in range(3)] == [
        "Var den finns.", "Bokstavera titeln.", "Gå tillbaka.",
    ]  # fmt: skip


def events(*days, **world):
    """Return somebody who has opened the events, of which there is one on each of *days*."""
    places = [
        ShelfMenu(id="events", order=0, name="Det händer", text="Fråga personalen."),
        *(
            ShelfMenu(id=f"own-{n}", parent="events", order=n, name="Högläsning", day=day,
                      minutes=1110 if n else None, text="För barn från tre år.")
            for n, day in enumerate(days)
        ),
    ]  # fmt: skip
    listener = Listener(kind="listening", menu=Menu(places), **world)
    listener.happens(HeadphonesChanged(plugged=True))
    listener.keys("centre")
    return listener


def test_events_are_heard_by_their_days_and_those_that_are_over_are_not():
    before, later = TODAY - timedelta(days=1), TODAY + timedelta(days=7)
    listener = events(TODAY, later, before)

    assert listener.heard("centre") == (
        f"Det händer. {spoken_date(TODAY, 'sv', TODAY).capitalize()}. Högläsning. Ett av två."
    )
    assert listener.heard("right") == (
        f"{spoken_date(later, 'sv', TODAY).capitalize()} klockan arton trettio. "
        "Högläsning. Två av två."
    )
    assert listener.heard("centre").endswith("Högläsning. För barn från tre år.")


def test_where_all_events_are_over_it_is_said_whom_to_ask():
    listener = events(TODAY - timedelta(days=1))

    assert listener.heard("centre") == "Det händer. Fråga personalen."


def test_where_nobody_knows_which_day_it_is_no_event_is_left_out():
    listener = events(TODAY - timedelta(days=1), clock_trusted=False)

    assert "Högläsning" in listener.heard("centre")
