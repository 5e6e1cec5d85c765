"""Days, hours and moments as a reader of a page wants them."""

from datetime import date, datetime

from babel.dates import format_date, get_day_names
from msgspec import Struct

from circulation.messages import ShelfHours
from hub.catalogue.region_days import ZONE
from hub.web.language import chosen


class Days(Struct, frozen=True, kw_only=True):
    """Weekdays in a row that have the same hours."""

    first: int
    last: int
    spans: list[ShelfHours]


class OpenNow(Struct, frozen=True, kw_only=True):
    """Whether a branch is open, staffed, and until when."""

    staffed: bool
    until: int


def day(value: date, today: date) -> str:
    """Return *value* with its weekday, and its year where that is another one."""
    pattern = "EEEE d MMMM" if value.year == today.year else "EEEE d MMMM y"
    return format_date(value, pattern, locale=chosen())


def moment(at_ms: int) -> str:
    """Return the day and the time of *at_ms* in the region."""
    local = datetime.fromtimestamp(at_ms / 1000, ZONE)
    told = format_date(local, "EEEE d MMMM y", locale=chosen())
    return f"{told} {clock(local.hour * 60 + local.minute)}"


def lately(at_ms: int) -> str:
    """Return *at_ms* in short, for a column of moments."""
    local = datetime.fromtimestamp(at_ms / 1000, ZONE)
    told = format_date(local, "d MMM", locale=chosen())
    return f"{told} {clock(local.hour * 60 + local.minute)}"


def clock(minutes: int) -> str:
    """Return *minutes* after midnight as a time of day."""
    mark = "." if chosen() == "sv" else ":"
    return f"{minutes // 60:02}{mark}{minutes % 60:02}"


def weekday(number: int) -> str:
    """Return the name of a weekday, 0 for Monday."""
    return str(get_day_names("wide", locale=chosen())[number])


def in_rows(hours: list[ShelfHours]) -> list[Days]:
    """Return *hours* with days in a row that are alike told once; closed days are left out."""
    rows: list[Days] = []
    for number in range(7):
        spans = sorted((span for span in hours if span.weekday == number), key=lambda s: s.opens)
        alike = rows and rows[-1].last == number - 1 and _same(rows[-1].spans, spans)
        if alike:
            rows[-1] = Days(first=rows[-1].first, last=number, spans=spans)
        elif spans:
            rows.append(Days(first=number, last=number, spans=spans))
    return rows


def _same(one: list[ShelfHours], other: list[ShelfHours]) -> bool:
    return [_told(span) for span in one] == [_told(span) for span in other]


def _told(span: ShelfHours) -> tuple[int, int, bool]:
    return span.opens, span.closes, span.staffed


def open_now(hours: list[ShelfHours], closed: list[date], now_ms: int) -> OpenNow | None:
    """Return how a branch is open at *now_ms*, or None."""
    local = datetime.fromtimestamp(now_ms / 1000, ZONE)
    minutes = local.hour * 60 + local.minute
    for span in hours:
        today = span.weekday == local.weekday() and local.date() not in closed
        if today and span.opens <= minutes < span.closes:
            return OpenNow(staffed=span.staffed, until=span.closes)
    return None
