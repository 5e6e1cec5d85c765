"""What the session may know besides the event: shelf, settings and clock become a `World`."""

from datetime import date, datetime, timedelta

from msgspec import Struct

from circulation.messages import Settings, ShelfBranch
from circulation.open_days import due_day, staffed_at
from station.events import World
from station.menu import NOTHING, Menu

LOAN_DAYS = 28


class Moment(Struct, frozen=True):
    """The time as the clock has it; *wall_ms* is UTC milliseconds."""

    mono_ms: int
    wall_ms: int
    local: datetime
    trusted: bool


class Standing(Struct, frozen=True):
    """What does not change by itself."""

    kind: str
    branch_code: str
    portal_url: str


def world(
    standing: Standing,
    moment: Moment,
    branch: ShelfBranch | None,
    settings: Settings | None,
    *,
    menu: Menu = NOTHING,
    line_up: bool,
    journal_open: bool,
) -> World:
    """Return the world at *moment*; without a shelf or settings, nothing is lent offline."""
    today = moment.local.date()
    offline = settings.offline if settings else None
    return World(
        mono_ms=moment.mono_ms,
        today=today,
        line_up=line_up,
        staffed=_staffed(moment, branch),
        branch_name=branch.name if branch else standing.branch_code,
        telephone=branch.telephone if branch else "",
        drop=branch.drop if branch else "",
        drop_en=branch.drop_en if branch else "",
        offline_due=_due(today, branch),
        hours=branch.hours if branch else [],
        closed_days=branch.closed_days if branch else [],
        offline_allowed=bool(
            journal_open and branch and offline and moment.wall_ms < offline.until_ms
        ),
        offline_loans_max=offline.loans_per_card_day_max if offline else 0,
        pin_to_borrow=settings.pin_to_borrow if settings else True,
        pin_offline_waived=bool(offline and offline.pin == "waive"),
        session_seconds=settings.session_seconds if settings else 60,
        warn_seconds=settings.warn_seconds if settings else 20,
        kind=standing.kind,
        portal_url=standing.portal_url,
        menu=menu,
        minute=moment.local.hour * 60 + moment.local.minute,
        clock_trusted=moment.trusted,
    )


def _staffed(moment: Moment, branch: ShelfBranch | None) -> bool:
    if branch is None or not moment.trusted:
        return False
    return staffed_at(moment.local, branch.hours, branch.closed_days)


def _due(today: date, branch: ShelfBranch | None) -> date:
    if branch is None:
        return today + timedelta(days=LOAN_DAYS)
    return due_day(
        today, branch.loan_days, waiting=0, hours=branch.hours, closed=branch.closed_days
    )
