"""Screens: the same for eye and ear, in both languages, and discreet over the speaker."""

import re
from datetime import date

import pytest
from msgspec.structs import replace

from circulation.facts import Outcome
from circulation.phrases.dates import spoken_date, written_date
from circulation.phrases.numbers import digits
from circulation.phrases.texts import phrase, texts
from circulation.utterances import text_of
from circulation.verdicts import Accepted, Reason, Refused
from station.events import (
    AskWrite,
    FaultChanged,
    NoAnswer,
    Place,
    Pointed,
    Recorded,
    Settle,
    SignPointed,
    StrangeTag,
)
from station.visit import Did, Row, State
from tests.station.rehearsal import (
    CARD,
    DUE,
    EMMA,
    LEJONHJARTA,
    NATTER,
    PROOF,
    RONJA,
    TODAY,
    WORLD,
    Rehearsal,
    book,
    loan_of,
)


def _lent(station):
    station.card_accepted(holds=2)
    station.place(LEJONHJARTA, RONJA, NATTER)
    station.answered(Accepted(DUE), Accepted(DUE), Refused(Reason.RESERVED))


def _account(station):
    station.card_accepted()
    station.press("account")
    station.account_opened(loan_of("1", "Emil i Lönneberga"), loan_of("2", "Mio"), fees_ore=1000)


def _renewed(station):
    _account(station)
    station.press("renew")
    station.happens(_account_again(station))
    station.press("renew_all")
    station.answered(Accepted(DUE), Refused(Reason.CATALOGUE_SILENT))


def _account_again(station):
    from station.events import AccountAnswered, AskAccount

    return AccountAnswered(
        ask=station.last(AskAccount).ask,
        refused=None,
        loans=(loan_of("1", "Emil i Lönneberga"), loan_of("2", "Mio")),
        holds_ready=0,
        holds_waiting=0,
        fees_ore=0,
    )


def _pin(station):
    station.card_accepted()
    station.press("account")
    station.keys("1", "2")


def _receipt(station):
    _lent(station)
    station.press("done")


def _offline(station):
    station.set(line_up=False)
    station.happens(CARD)


def _timeout(station):
    station.card_accepted()
    station.wait(47)


def _refused(station):
    from station.events import CardAnswered

    station.happens(CARD, CardAnswered(ask=1, refused=Reason.CARD_REFUSED, holds_ready=0))


def _fault(station):
    station.place(RONJA)
    station.not_recorded()


def _borrow(station):
    station.card_accepted()
    station.press("borrow")


def _reading(station):
    station.card_accepted()
    station.place(LEJONHJARTA, RONJA)


def _bye(station):
    station.card_accepted()
    station.press("finish")


WAYS = {
    State.IDLE: lambda station: None,
    State.CHECKING: lambda station: station.happens(CARD),
    State.PIN: _pin,
    State.MENU: lambda station: station.card_accepted(holds=1),
    State.OFFLINE: _offline,
    State.BORROW: _borrow,
    State.READING: _reading,
    State.LOANS: _lent,
    State.RETURN: lambda station: station.returned(RONJA, book(9, "Emil", reserved=True)),
    State.RECEIPT: _receipt,
    State.RENEW: _renewed,
    State.ACCOUNT: _account,
    State.LISTENING: lambda station: station.happens(Pointed(book=EMMA)),
    State.HELP: lambda station: station.press("help"),
    State.TIMEOUT: _timeout,
    State.CARDERROR: _refused,
    State.FAULT: _fault,
    State.BYE: _bye,
}
PRIVATE = re.compile(
    r"Ronja|Lejonhjärta|Nätter|Emil|Mio|\\bEmma|4821|fyra åtta|four eight|reserv|lånad|lånat|"
    r"omlån|borrowed|renewed|december|avgift|fees to|\d",
    re.IGNORECASE,
)


def _at(state, lang, **world):
    station = Rehearsal(**world)
    WAYS[state](station)
    station.session = replace(station.session, lang=lang)
    assert station.state == state
    return station


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
    screen = _at(state, lang, staffed=staffed).shown
    seen = [screen.heading, *screen.lines, *(button.text for button in screen.buttons)]
    for row in screen.rows:
        seen += [row.text, row.detail, row.status_word]
    spoken = set(_words(text_of(screen.spoken)))
    missing = set(_words(_in_words(" . ".join(seen), lang))) - spoken
    assert missing == set()


@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("state", State)
def test_the_speaker_tells_no_title_no_card_and_no_loan(state, lang):
    said = text_of(_at(state, lang).shown.spoken_loud)
    buttons = {button.text for button in _at(state, lang).shown.buttons}
    for text in buttons:
        said = said.replace(text, "")
    assert said
    assert PRIVATE.findall(said) == []


@pytest.mark.parametrize("state", State)
def test_no_figure_is_left_to_the_voice(state):
    for lang in ("sv", "en"):
        assert not re.search(r"\d", text_of(_at(state, lang).shown.spoken))


@pytest.mark.parametrize("state", State)
def test_no_screen_shows_a_whole_card_number(state):
    shown = str(_at(state, "sv").shown)
    assert CARD.card not in shown
    assert not re.search(r"\d{6}[-+]?\d{4}", shown)


def test_both_languages_have_every_text():
    assert set(texts("sv")) == set(texts("en"))
    assert all(text.strip() for lang in ("sv", "en") for text in texts(lang).values())


def test_every_refusal_has_a_sentence_in_both_languages():
    for reason in Reason:
        for lang in ("sv", "en"):
            assert phrase(lang, f"reason.{reason}", telephone="1", drop="").seen


@pytest.mark.parametrize("did", list(Did))
def test_whatever_became_of_a_book_can_be_shown(did):
    station = Rehearsal()
    row = Row(
        item=RONJA.item, did=did, text="", language="", kind="film", due=DUE, reason=Reason.RESERVED
    )
    station.session = replace(station.session, state=State.FAULT, rows=(row,))
    assert station.shown.rows[0].detail


def test_a_title_is_spoken_by_a_voice_of_its_own_language():
    station = Rehearsal()
    station.card_accepted()
    station.place(EMMA)
    station.answered(Accepted(DUE))
    tongues = {chunk.language: chunk.text for chunk in station.shown.spoken}
    assert tongues["en"] == "Emma."
    assert station.shown.rows[0].text_lang == "en"


def test_without_staff_the_help_is_a_telephone_and_a_place():
    station = _at(State.HELP, "sv", staffed=False)
    assert "0933-14 000" in station.shown.lines[1]
    assert "i inkastet vid entrén" in station.shown.lines[2]
    assert "Personalen" not in str(station.shown.lines)


def test_a_loan_kept_here_says_so_on_its_receipt():
    station = Rehearsal()
    station.card_accepted()
    station.place(RONJA)
    ask = station.last(AskWrite).ask
    station.happens(NoAnswer(ask=ask), Recorded(ref=ask, proof=PROOF))
    assert station.last(Settle).outcome is Outcome.OFFLINE
    assert station.shown.rows[0].detail == "Sparad här. Lämnas tillbaka senast den 22 december"
    station.press("done")
    assert any("sparade här" in line for line in station.shown.lines)


def test_a_receipt_for_a_loan_and_a_return_names_both():
    station = Rehearsal()
    station.card_accepted()
    station.place(RONJA)
    station.answered(Accepted(DUE))
    station.press("done")
    station.session = replace(station.session, state=State.RETURN)
    station.returned(LEJONHJARTA)
    station.press("done")
    assert station.shown.heading == "Klart! Du har lånat en bok och lämnat tillbaka en bok"


def test_the_receipts_code_is_said_sign_by_sign():
    station = _at(State.RECEIPT, "sv")
    assert "noll fyra R, noll åtta noll" in text_of(station.shown.spoken)


def test_where_no_address_is_known_the_receipt_has_no_qr():
    station = _at(State.RECEIPT, "sv", portal_url="")
    assert (station.shown.proof, station.shown.qr) == (PROOF, "")


def test_loans_with_several_days_name_the_first_of_them():
    station = Rehearsal()
    station.card_accepted()
    station.place(RONJA, NATTER)
    station.answered(Accepted(DUE), Accepted(date(2026, 12, 1)))
    station.press("done")
    assert "Den första ska lämnas tillbaka senast den 1 december." in station.shown.lines


@pytest.mark.parametrize("kind", ["unknown", "foreign", "unreadable"])
def test_a_book_on_the_pad_that_cannot_be_read_is_spoken_of_and_shown(kind):
    station = Rehearsal()
    station.happens(StrangeTag(place=Place.PAD, uid="1", kind=kind))
    assert "går inte att läsa" in station.said
    assert "går inte att läsa" in station.shown.lines[-1]


def test_a_sign_is_shown_as_it_is_said():
    station = Rehearsal(kind="listening")
    station.happens(SignPointed(text="Deckare", language="swe"))
    assert station.shown.lines[-1] == "Skylten säger: Deckare"


def test_the_faults_own_code_is_shown():
    station = Rehearsal()
    station.happens(FaultChanged(codes=("R2",)))
    assert "Felkod R2." in station.shown.lines[1]
    assert "Felkod R två" in station.said_loud
