"""One book on the screen: its title, what became of it, and what a bystander may hear."""

from circulation.messages import AccountHold, AccountLoan
from circulation.phrases.languages import voice_for
from circulation.phrases.numbers import Ui
from circulation.phrases.texts import Phrase, code, day, knows, number, phrase
from station.events import World
from station.screens.model import RowWords
from station.visit import Did, Row, Session

_STATUS = {
    Did.LENT: "ok",
    Did.NOT_LENT: "stop",
    Did.RETURNED: "ok",
    Did.RENEWED: "ok",
    Did.NOT_RENEWED: "stop",
    Did.PROBLEM: "stop",
    Did.UNDONE: "stop",
}


def row_words(row: Row, ui: Ui, world: World) -> RowWords:
    """Return what became of one book, in words."""
    return RowWords(
        status="info" if row.reserved else _STATUS[row.did],
        title=row.text or phrase(ui, "row.nameless").seen,
        language=voice_for(row.text, row.language, ui),
        detail=_detail(row, ui, world),
        loud=_loud(row, ui),
    )


def account_rows(session: Session, world: World) -> tuple[RowWords, ...]:
    """Return every loan of the account, with what became of the wish to renew it."""
    assert session.account is not None, "no account to show"
    done = {row.item: row for row in session.renewals}
    return tuple(
        row_words(done[loan.item], session.lang, world)
        if loan.item in done
        else _loan(loan, session.lang, world)
        for loan in session.account.loans
    )


def hold_rows(session: Session, world: World) -> tuple[RowWords, ...]:
    """Return every title that is waited for, and how it stands with it."""
    assert session.account is not None, "no account to show"
    ui = session.lang
    return tuple(
        RowWords(
            status="ok" if hold.ready else "info",
            title=hold.title or phrase(ui, "row.nameless").seen,
            language=voice_for(hold.title, hold.language, ui) if hold.title else ui,
            detail=_waiting(hold, ui, world),
        )
        for hold in session.account.holds
    )


def _waiting(hold: AccountHold, ui: Ui, world: World) -> Phrase:
    if hold.ready:
        key = "ready" if hold.branch else "ready_somewhere"
        until = day(hold.until, ui, world.today) if hold.until else ""
        return phrase(
            ui, f"row.hold_{key}{'_until' if hold.until else ''}", branch=hold.branch, until=until
        )
    if hold.on_its_way and hold.branch:
        return phrase(ui, "row.hold_on_its_way", branch=hold.branch)
    if hold.ahead is None:
        return phrase(ui, "row.hold_waits")
    key = {0: "next", 1: "ahead_one"}.get(hold.ahead, "ahead")
    return phrase(ui, f"row.hold_{key}", ahead=number(hold.ahead, ui))


def told(ui: Ui, key: str, world: World, **fillers: Phrase | str) -> Phrase:
    """Return the text *key*, in the form for a branch without staff where that is so."""
    unstaffed = f"{key}_unstaffed"
    reachable = world.telephone and world.drop
    alone = not world.staffed and reachable and knows(ui, unstaffed)
    chosen = unstaffed if alone else key
    telephone = code(world.telephone, ui)
    return phrase(ui, chosen, telephone=telephone, drop=where(ui, world), **fillers)


def _loan(loan: AccountLoan, ui: Ui, world: World) -> RowWords:
    return RowWords(
        status="info",
        title=loan.title,
        language=voice_for(loan.title, loan.language, ui),
        detail=phrase(ui, "row.lent", due=day(loan.due, ui, world.today)),
    )


def _detail(row: Row, ui: Ui, world: World) -> Phrase:
    due = day(row.due, ui, world.today) if row.due else ""
    match row.did:
        case Did.NOT_LENT:
            return _why_not_lent(row, ui, world)
        case Did.LENT:
            return phrase(ui, "row.lent_offline" if row.offline else "row.lent", due=due)
        case Did.RETURNED:
            return phrase(ui, "row.returned_reserved" if row.reserved else "row.returned")
        case Did.NOT_RENEWED:
            return _why_not_renewed(row, ui, due)
        case Did.RENEWED:
            return phrase(ui, "row.renewed", due=due)
        case Did.PROBLEM:
            return phrase(ui, "row.problem")
        case Did.UNDONE:
            return phrase(ui, "row.undone")


def _why_not_lent(row: Row, ui: Ui, world: World) -> Phrase:
    assert row.reason is not None, "refused without a reason"
    if row.said:
        return phrase(ui, "row.not_lent_said", said=row.said)
    return told(ui, f"reason.{row.reason}", world)


def _why_not_renewed(row: Row, ui: Ui, due: Phrase | str) -> Phrase:
    if row.said:
        return phrase(ui, "row.not_renewed_said", said=row.said, due=due)
    key = f"row.not_renewed_{row.reason}"
    return phrase(ui, key if knows(ui, key) else "row.not_renewed", due=due)


def _loud(row: Row, ui: Ui) -> Phrase | None:
    if row.did is not Did.RETURNED:
        return None
    return phrase(ui, "row.returned_reserved_loud" if row.reserved else "row.returned_loud")


def where(ui: Ui, world: World) -> str:
    """Return where returned books may be left, as the end of a sentence in *ui*."""
    return world.drop_en if ui == "en" and world.drop_en else world.drop
