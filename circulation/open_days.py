"""Opening hours and due dates: when somebody is there, and when a loan may end."""

from datetime import date, datetime, timedelta

from circulation.messages import ShelfHours

QUEUE_HALVES_AT = 3
CLOSED_DAYS_MAX = 60


def due_day(
    today: date,
    loan_days: int,
    *,
    waiting: int,
    hours: list[ShelfHours],
    closed: list[date],
    halved_at: int = QUEUE_HALVES_AT,
) -> date:
    """Return a loan's last day: never a closed day; halved where *halved_at* wait (0: never)."""
    days = loan_days // 2 if halved_at and waiting >= halved_at else loan_days
    return open_day(today + timedelta(days=days), hours=hours, closed=closed)


def open_day(due: date, *, hours: list[ShelfHours], closed: list[date]) -> date:
    """Return *due*, or the first day after it that is not closed."""
    weekdays = {span.weekday for span in hours} or set(range(7))
    for _ in range(CLOSED_DAYS_MAX):
        if due.weekday() in weekdays and due not in closed:
            return due
        due += timedelta(days=1)
    return due


def staffed_at(local: datetime, hours: list[ShelfHours], closed: list[date]) -> bool:
    """Return whether someone is at the desk at *local* time."""
    if local.date() in closed:
        return False
    minute = local.hour * 60 + local.minute
    return any(
        span.staffed and span.weekday == local.weekday() and span.opens <= minute < span.closes
        for span in hours
    )
