"""Screens: the same for eye and ear, and discreet over the speaker."""

import re

import pytest
from msgspec import structs

from circulation.phrases.dates import spoken_date, written_date
from circulation.phrases.numbers import digits
from circulation.utterances import text_of
from circulation.verdicts import Accepted
from station.visit import Did, State, Told
from tests.station.rehearsal import (
    CARD,
    DUE,
    EMMA,
    PROOF,
    TODAY,
    WORLD,
    Rehearsal,
)
from tests.station.screens.ways import WAYS, at

PRIVATE = re.compile(
    r"Ronja|Lejonhjärta|Nätter|Emil|Mio|\\bEmma|4821|fyra åtta|four eight|reserv|lånad|lånat|"
    r"omlån|borrowed|renewed|december|avgift|fees to|\d",
    re.IGNORECASE,
)


def _words(text):
    return re.findall(r"\w+", text.lower())


def _in_words(text, lang):
    """Put the figures of a screen into words, as the voice says them."""
    for day in (DUE, WORLD.offline_due):
        text = text.replace(written_date(day, lang, TODAY), spoken_date(day, lang, TODAY))
    for code in (PROOF, WORLD.telephone, "4821", "J1"):
        text = text.replace(code, digits(code, lang))
    return text


def test_every_state_has_a_way_to_be_seen_here():
    assert set(WAYS) == set(State)


@pytest.mark.parametrize("staffed", [True, False])
@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("state", State)
def test_every_visible_word_is_spoken_in_headphones(state, lang, staffed):
    all_is_spoken(at(state, lang, staffed=staffed).shown, lang)


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("told", sorted(set(Told) - {Told.COPIES, Told.HELD, Told.ITSELF}))
def test_every_word_that_is_told_while_browsing_is_spoken(told, lang):
    station = at(State.BROWSE, lang)
    telling = structs.replace(station.session.browsing, telling=told)
    station.session = structs.replace(station.session, browsing=telling)

    all_is_spoken(station.shown, lang)


@pytest.mark.parametrize("staffed", [True, False])
@pytest.mark.parametrize("lang", ["sv", "en"])
def test_every_word_about_a_loan_that_was_undone_is_spoken(lang, staffed):
    station = at(State.LOANS, lang, staffed=staffed)
    undone = structs.replace(station.session.rows[0], did=Did.UNDONE)
    station.session = structs.replace(station.session, rows=(undone,), notice="notice.gate_undone")

    all_is_spoken(station.shown, lang)
    assert not PRIVATE.search(text_of(station.shown.spoken_loud))


def all_is_spoken(screen, lang):
    seen = [screen.heading, *screen.lines, *(button.text for button in screen.buttons)]
    for row in screen.rows:
        seen += [row.text, row.detail, row.status_word]
    spoken = set(_words(text_of(screen.spoken)))
    missing = set(_words(_in_words(" . ".join(seen), lang))) - spoken
    assert missing == set()


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("state", State)
def test_the_speaker_tells_no_title_no_card_and_no_loan(state, lang):
    said = text_of(at(state, lang).shown.spoken_loud)
    buttons = {button.text for button in at(state, lang).shown.buttons}
    for text in buttons:
        said = said.replace(text, "")
    assert said
    assert PRIVATE.findall(said) == []


@pytest.mark.parametrize("state", State)
def test_no_figure_is_left_to_the_voice(state):
    for lang in ("sv", "en"):
        assert not re.search(r"\d", text_of(at(state, lang).shown.spoken))


@pytest.mark.parametrize("state", State)
def test_no_screen_shows_a_whole_card_number(state):
    shown = str(at(state, "sv").shown)
    assert CARD.card not in shown
    assert not re.search(r"\d{6}[-+]?\d{4}", shown)


def test_a_title_is_spoken_by_a_voice_of_its_own_language():
    station = Rehearsal()
    station.card_accepted()
    station.place(EMMA)
    station.answered(Accepted(DUE))
    tongues = {chunk.language: chunk.text for chunk in station.shown.spoken}
    assert tongues["en"] == "Emma."
    assert station.shown.rows[0].text_lang == "en"


def test_where_no_address_is_known_the_receipt_has_no_qr():
    station = at(State.RECEIPT, "sv", portal_url="")
    assert (station.shown.proof, station.shown.qr) == (PROOF, "")
