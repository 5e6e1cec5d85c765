"""Dates as SIP2 writes them, and as library systems write them instead."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hub.sip2.forms import DATE

BLANK = " " * DATE
_FIRM = re.compile(r"[0-9]{8}(....)[0-9]{6}")
_DAYS = (
    re.compile(r"(?P<y>\d{4})-?(?P<m>\d\d)-?(?P<d>\d\d)"),
    re.compile(r"(?P<d>\d\d?)[./](?P<m>\d\d?)[./](?P<y>\d{4})"),
)


def stamp(at: datetime, zone: ZoneInfo) -> str:
    """Return *at* in local time of *zone*, as eighteen characters."""
    return at.astimezone(zone).strftime("%Y%m%d    %H%M%S")


def end_of(day: date) -> str:
    """Return the last second of *day*: until then a loan is not late."""
    return f"{day:%Y%m%d}    235959"


def instant(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the instant of *text* in UTC; None for blanks, nonsense and days that never were.

    `Z` in the zone's place is UTC; anything else there is local time, the earlier of two.
    """
    found = _FIRM.fullmatch(text)
    if not found:
        return None
    place = found[1].strip()
    try:
        local = datetime.strptime(found[0][:8] + found[0][-6:], "%Y%m%d%H%M%S")  # noqa: DTZ007
        return local.replace(tzinfo=UTC if place in ("Z", "UTC") else zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(text: str) -> date | None:
    """Return the day that *text* names, whether in SIP2's way or a person's; None if it does not.

    A due date (AH) is free text to some systems. Days before months, as in Europe.
    """
    for pattern in _DAYS:
        if found := pattern.match(text.strip()):
            try:
                return date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return None
    return None
