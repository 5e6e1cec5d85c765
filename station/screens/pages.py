"""What each state has to say, as phrases; one function for one screen."""

from collections.abc import Callable

from msgspec.structs import replace

from circulation.phrases.medium import counted
from circulation.phrases.texts import Phrase, code, day, number, phrase
from station.events import World
from station.faults import JOURNAL_ASIDE
from station.screens.account import account, renew
from station.screens.browse import browse_page
from station.screens.copies import whereabouts
from station.screens.model import Page
from station.screens.rows import row_words, told, where
from station.visit import Did, Row, Session, State, Task, lacks


def page(session: Session, world: World) -> Page:
    """Return what the present state has to say.

    What a visitor is to do with a book or a card is said aloud too, wherever they are.
    """
    plain = _PAGES[session.state](session, world)
    if session.notice not in _ASKED_LOUD or session.state is State.IDLE:
        return plain
    asked = _said(session, world)
    lines = plain.lines if asked in plain.lines else (*plain.lines, asked)
    return replace(plain, lines=lines, loud=asked)


def seconds_left(session: Session, world: World) -> int:
    """Return how long the visit goes on if nobody stirs."""
    left_ms = world.session_seconds * 1000 - (world.mono_ms - session.last_ms)
    return max(0, -(-left_ms // 1000))


def _idle(session: Session, world: World) -> Page:
    ui = session.lang
    lines = [phrase(ui, "idle.line1"), phrase(ui, "idle.line2")]
    if not world.line_up:
        lines.append(phrase(ui, "idle.line_down"))
    return Page(
        heading=phrase(ui, "idle.heading", branch=world.branch_name),
        lines=(*lines, *_notice(session, world)),
        hint=phrase(ui, "idle.hint"),
    )


def _checking(session: Session, _world: World) -> Page:
    return _plain(session, "checking", "line1")


def _pin(session: Session, _world: World) -> Page:
    ui = session.lang
    filled = phrase(ui, "pin.line1", filled=number(len(session.pin), ui))
    wrong = (phrase(ui, "pin.wrong"),) if session.pin_wrong else ()
    return Page(
        heading=phrase(ui, "pin.heading"), lines=(*wrong, filled), hint=phrase(ui, "pin.hint")
    )


def _menu(session: Session, world: World) -> Page:
    ui = session.lang
    lines = [phrase(ui, "menu.card", last=code((session.card or "")[-4:], ui))]
    if holds := session.holds_ready:
        key = "menu.hold_one" if holds == 1 else "menu.hold_many"
        lines.append(phrase(ui, key, holds=number(holds, ui)))
    return Page(
        heading=phrase(ui, "menu.heading"),
        lines=(*lines, *_notice(session, world)),
        hint=phrase(ui, "menu.hint"),
        loud=phrase(ui, "menu.loud"),
    )


def _offline(session: Session, world: World) -> Page:
    plain = _plain(session, "offline", "line1", "line2")
    return Page(
        heading=plain.heading,
        lines=(*plain.lines, *_notice(session, world)),
        hint=phrase(session.lang, "offline.hint"),
        loud=phrase(session.lang, "offline.loud"),
    )


def _borrow(session: Session, world: World) -> Page:
    plain = _plain(session, "borrow", "line1")
    return Page(heading=plain.heading, lines=(*plain.lines, *_notice(session, world)))


def _reading(session: Session, _world: World) -> Page:
    ui = session.lang
    found = len(session.pending)
    key = "reading.found_one" if found == 1 else "reading.found_many"
    return Page(
        heading=phrase(ui, "reading.heading"),
        lines=(phrase(ui, key, found=number(found, ui)),),
        loud=phrase(ui, "reading.loud"),
    )


def _loans(session: Session, world: World) -> Page:
    ui = session.lang
    rows = [row for row in session.rows if row.did is not Did.RETURNED]
    lent = sum(row.did is Did.LENT for row in rows)
    how = "mixed" if lent < len(rows) else "lent"
    key = f"loans.{how}_{'one' if lent == 1 else 'many'}" if lent else "loans.none"
    refused = number(len(rows) - lent, ui)
    return Page(
        heading=phrase(ui, key, lent=number(lent, ui), refused=refused),
        lines=_notice(session, world),
        rows=tuple(row_words(row, ui, world) for row in rows),
        loud=phrase(ui, "loans.loud"),
    )


def _return(session: Session, world: World) -> Page:
    ui = session.lang
    rows = _returned(session)
    if not rows:
        begun = any(waits.task is Task.CHECKIN for waits in session.pending)
        lines = () if begun else (phrase(ui, "return.empty_line"),)
        heading = phrase(ui, "return.reading" if begun else "return.empty")
        return Page(heading=heading, lines=(*lines, *_notice(session, world)))
    books = counted([row.kind for row in rows], ui)
    return Page(
        heading=phrase(ui, "return.heading", books=books),
        lines=_notice(session, world),
        rows=tuple(row_words(row, ui, world) for row in rows),
        loud=phrase(ui, "return.thanks"),
    )


def _receipt(session: Session, world: World) -> Page:
    ui = session.lang
    lent = [row for row in session.rows if row.did is Did.LENT]
    returned = counted([row.kind for row in _returned(session)], ui)
    lines = []
    if dues := sorted({row.due for row in lent if row.due}):
        key = "receipt.due" if len(dues) == 1 else "receipt.due_first"
        lines.append(phrase(ui, key, due=day(dues[0], ui, world.today)))
    if any(row.offline for row in lent):
        lines.append(phrase(ui, "receipt.saved"))
    if session.proof:
        lines.append(phrase(ui, "receipt.proof", code=code(session.proof, ui)))
        lines.append(phrase(ui, "receipt.proof_why"))
    kinds = counted([row.kind for row in lent], ui)
    if lent and _returned(session):
        heading = phrase(ui, "receipt.both", lent=kinds, returned=returned)
    else:
        key = "receipt.lent" if lent else "receipt.returned"
        heading = phrase(ui, key, books=kinds if lent else returned)
    return Page(heading=heading, lines=tuple(lines), loud=phrase(ui, "receipt.loud"))


def _listening(session: Session, world: World) -> Page:
    ui = session.lang
    lines = [phrase(ui, "listening.welcome")]
    if session.notice:
        lines += _notice(session, world)
    elif session.sign:
        lines.append(phrase(ui, "listening.heard_sign", title=session.sign))
    elif title := session.title:
        heard = ", ".join(part for part in (title.title, title.author) if part)
        # Heard in the book's own language, after the lines: see drawing.
        lines.append(phrase(ui, "listening.heard", title=Phrase(heard, "")))
        if session.whereabouts is not None:
            lines += whereabouts(session.whereabouts, ui)
    loud = phrase(ui, "listening.loud")
    return Page(
        heading=phrase(ui, "listening.heading"),
        lines=tuple(lines),
        hint=phrase(ui, "listening.hint"),
        loud=None if world.kind == "listening" else loud,
    )


def _help(session: Session, world: World) -> Page:
    ui = session.lang
    how = "help.listening" if world.kind == "listening" else "help.line1"
    lines = [phrase(ui, how), told(ui, "help.line2", world)]
    if not world.staffed and world.drop and world.kind == "loan":
        lines.append(phrase(ui, "help.line3_unstaffed", drop=where(ui, world)))
    return Page(heading=phrase(ui, "help.heading"), lines=tuple(lines))


def _timeout(session: Session, world: World) -> Page:
    ui = session.lang
    left = seconds_left(session, world)
    key = "timeout.line1_one" if left == 1 else "timeout.line1"
    seconds = number(left, ui)
    return Page(
        heading=phrase(ui, "timeout.heading"),
        lines=(phrase(ui, key, seconds=seconds),),
        hint=phrase(ui, "timeout.hint"),
        loud=phrase(ui, "timeout.loud", seconds=seconds),
    )


def _carderror(session: Session, world: World) -> Page:
    ui = session.lang
    if session.silent:
        return _plain(session, "carderror", "silent_line", heading="silent_heading")
    line = told(ui, session.notice or "carderror.line1", world)
    return Page(heading=phrase(ui, "carderror.heading"), lines=(line,))


def _fault(session: Session, world: World) -> Page:
    ui = session.lang
    codes = session.faults or (JOURNAL_ASIDE,)
    named = Phrase(", ".join(codes), ", ".join(code(each, ui).said for each in codes))
    what = "fault.listening" if world.kind == "listening" else "fault.line1"
    lines = (told(ui, what, world), told(ui, "fault.line2", world, code=named))
    return Page(
        heading=phrase(ui, "fault.heading"),
        lines=lines,
        rows=tuple(row_words(row, ui, world) for row in session.rows),
        loud=phrase(ui, "fault.loud", code=named),
    )


def _bye(session: Session, world: World) -> Page:
    heading = phrase(session.lang, "bye.heading")
    return Page(heading=heading, lines=_notice(session, world))


def _plain(session: Session, state: str, *lines: str, heading: str = "heading") -> Page:
    ui = session.lang
    return Page(
        heading=phrase(ui, f"{state}.{heading}"),
        lines=tuple(phrase(ui, f"{state}.{line}") for line in lines),
    )


_ASKED_LOUD = frozenset(
    {
        "notice.gate_put_back",
        "notice.gate_refused",
        "notice.gate_undone",
        "notice.part_missing",
        "notice.foreign_book",
        "notice.return_later",
        "notice.one_card",
    }
)


def _notice(session: Session, world: World) -> tuple[Phrase, ...]:
    return (_said(session, world),) if session.notice else ()


def _said(session: Session, world: World) -> Phrase:
    lacking = lacks(session)
    if session.notice != "notice.part_missing" or lacking is None:
        return told(session.lang, session.notice, world)
    part, parts = (number(each, session.lang) for each in lacking)
    return told(session.lang, session.notice, world, part=part, parts=parts)


def _returned(session: Session) -> list[Row]:
    return [row for row in session.rows if row.did is Did.RETURNED]


_PAGES: dict[State, Callable[[Session, World], Page]] = {
    State.IDLE: _idle,
    State.CHECKING: _checking,
    State.PIN: _pin,
    State.MENU: _menu,
    State.OFFLINE: _offline,
    State.BORROW: _borrow,
    State.READING: _reading,
    State.LOANS: _loans,
    State.RETURN: _return,
    State.RECEIPT: _receipt,
    State.RENEW: renew,
    State.ACCOUNT: account,
    State.LISTENING: _listening,
    State.BROWSE: browse_page,
    State.HELP: _help,
    State.TIMEOUT: _timeout,
    State.CARDERROR: _carderror,
    State.FAULT: _fault,
    State.BYE: _bye,
}
