"""Renews every loan of an account that may be renewed."""

from msgspec.structs import replace

from circulation.facts import Wish
from circulation.identifiers import CardNumber
from circulation.messages import AccountLoan
from station.effects import AskWrite, Earcon, Effect
from station.events import (
    World,
)
from station.session.cards import menu
from station.session.ending import Decision
from station.session.undertakings import loan_row, with_pending
from station.visit import Did, Pending, Session, Task


def renew_all(session: Session, world: World) -> Decision:
    """Return a question for each loan not yet dealt with in this visit; none on a line down."""
    if not world.line_up:
        # The account was opened before the line broke: nothing of it can be done now.
        told = replace(session, notice="notice.menu_silent", focus=None)
        return menu(told, world), (Earcon(name="problem"),)
    assert session.account is not None, "renewals without an account"
    assert session.card is not None, "renewals without a card"
    asks: list[Effect] = []
    card, dealt = session.card, {row.item for row in session.renewals}
    for loan in session.account.loans:
        if loan.item not in dealt:
            session, asked = _renew(session, loan, card)
            asks += asked
    return replace(session, focus=None), tuple(asks)


def _renew(session: Session, loan: AccountLoan, card: CardNumber) -> Decision:
    if not loan.renewable:
        row = loan_row(loan, Did.NOT_RENEWED)
        return replace(session, renewals=(*session.renewals, row)), ()
    ref = session.next_ref
    waits = Pending(ref=ref, task=Task.RENEWAL, item=loan.item, loan=loan)
    ask = AskWrite(ask=ref, wish=Wish.RENEWAL, item=loan.item, card=card)
    return with_pending(session, waits), (ask,)
