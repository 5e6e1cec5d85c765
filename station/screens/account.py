"""The account and its renewals, as phrases."""

from circulation.phrases.numbers import Ui
from circulation.phrases.texts import Phrase, day, number, phrase
from station.events import AccountAnswered, World
from station.screens.model import Page, RowWords
from station.screens.rows import account_rows, hold_rows
from station.visit import Did, Session


def account(session: Session, world: World) -> Page:
    """Return the account: counts first, titles only when asked for."""
    ui = session.lang
    holds = session.account
    assert holds is not None, "no account to show"
    return Page(
        heading=phrase(ui, "account.heading"),
        lines=() if session.loans_shown else _counts(holds, ui, world),
        rows=_titles(session, world) if session.loans_shown else (),
        hint=phrase(ui, "account.hint"),
        loud=phrase(ui, "account.loud"),
    )


def _titles(session: Session, world: World) -> tuple[RowWords, ...]:
    return (*account_rows(session, world), *hold_rows(session, world))


def renew(session: Session, world: World) -> Page:
    """Return the loans that may be renewed, and what became of the wish."""
    ui = session.lang
    return Page(
        heading=phrase(ui, "renew.heading"),
        lines=_renewed(session, ui),
        rows=account_rows(session, world),
        loud=phrase(ui, "renew.loud"),
    )


def _renewed(session: Session, ui: Ui) -> tuple[Phrase, ...]:
    assert session.account is not None, "no account to show"
    if not session.account.loans:
        return (phrase(ui, "renew.none"),)
    if session.pending:
        return (phrase(ui, "renew.asking"),)
    if not session.renewals:
        return ()
    done = sum(row.did is Did.RENEWED for row in session.renewals)
    left = len(session.renewals) - done
    key = "renew.renewed_one" if done == 1 else "renew.renewed"
    if not left:
        return (phrase(ui, f"{key}_all", renewed=number(done, ui)),)
    return (phrase(ui, key, renewed=number(done, ui), refused=number(left, ui)),)


def _counts(held: AccountAnswered, ui: Ui, world: World) -> tuple[Phrase, ...]:
    kronor = number(held.fees_ore // 100, ui)
    fees = "account.fees" if held.fees_ore else "account.fees_none"
    return (
        _loans(held, ui, world),
        *_holds("ready", held.holds_ready, ui),
        *_holds("waiting", held.holds_waiting, ui),
        phrase(ui, fees, kronor=kronor),
    )


def _loans(held: AccountAnswered, ui: Ui, world: World) -> Phrase:
    if not held.loans:
        return phrase(ui, "account.loans_none")
    key = "account.loans_one" if len(held.loans) == 1 else "account.loans_many"
    due = day(min(loan.due for loan in held.loans), ui, world.today)
    return phrase(ui, key, loans=number(len(held.loans), ui, "ett"), due=due)


def _holds(which: str, count: int, ui: Ui) -> tuple[Phrase, ...]:
    if not count:
        return ()
    key = f"account.{which}_{'one' if count == 1 else 'many'}"
    return (phrase(ui, key, holds=number(count, ui)),)
