"""The region's own calendar: which day it is where the libraries are."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Stockholm")
LOAN_DAYS = 28


def local_day(at_ms: int) -> date:
    """Return the region's date at *at_ms* (UTC milliseconds)."""
    return datetime.fromtimestamp(at_ms / 1000, ZONE).date()
