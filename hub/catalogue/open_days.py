"""Due dates: how long a loan is, and that it never ends on a day when nobody can return it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from circulation.messages import ShelfHours

ZONE = ZoneInfo("Europe/Stockholm")
LOAN_DAYS = 28
QUEUE_HALVES_AT = 3
CLOSED_DAYS_MAX = 60


def local_day(at_ms: int) -> date:
    """Return the region's date at *at_ms* (UTC milliseconds)."""
    return datetime.fromtimestamp(at_ms / 1000, ZONE).date()


def due_day(
    today: date, loan_days: int, *, waiting: int, hours: list[ShelfHours], closed: list[date]
) -> date:
    """Return the last day of a loan made *today*: shorter where a queue waits, always open."""
    days = loan_days // 2 if waiting >= QUEUE_HALVES_AT else loan_days
    weekdays = {span.weekday for span in hours} or set(range(7))
    due = today + timedelta(days=days)
    for _ in range(CLOSED_DAYS_MAX):
        if due.weekday() in weekdays and due not in closed:
            return due
        due += timedelta(days=1)
    return due
