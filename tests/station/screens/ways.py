"""A way to every screen of a station."""

from msgspec.structs import replace

from circulation.verdicts import Accepted, Reason, Refused
from station.effects import AskAccount
from station.events import (
    AccountAnswered,
    CardAnswered,
    Pointed,
)
from station.visit import State
from tests.station.menus import MENU
from tests.station.rehearsal import (
    CARD,
    DUE,
    EMMA,
    LEJONHJARTA,
    NATTER,
    RONJA,
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


def _browse(station):
    station.set(menu=MENU)
    station.press("listen", "browse", "open", "next")


def _timeout(station):
    station.card_accepted()
    station.wait(47)


def _refused(station):
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
    State.BROWSE: _browse,
    State.LISTENING: lambda station: station.happens(Pointed(book=EMMA)),
    State.HELP: lambda station: station.press("help"),
    State.TIMEOUT: _timeout,
    State.CARDERROR: _refused,
    State.FAULT: _fault,
    State.BYE: _bye,
}


def at(state, lang, **world):
    """A station at *state* with its screen in *lang*."""
    station = Rehearsal(**world)
    WAYS[state](station)
    station.session = replace(station.session, lang=lang)
    assert station.state == state
    return station
