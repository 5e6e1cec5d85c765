"""A library's opening hours and what happens there, as they are written and as they are said."""

from datetime import date, timedelta

from circulation.messages import ShelfBranch, ShelfHours, ShelfMenu
from circulation.phrases.dates import spoken_date, weekday, written_date
from circulation.phrases.numbers import Ui, in_words
from circulation.phrases.texts import Phrase, phrase

DAYS = 7


def today_and_week(
    branch: ShelfBranch, today: date, ui: Ui, *, trusted: bool
) -> tuple[Phrase, ...]:
    """Return whether *branch* is open *today* and its next seven days.

    Where the clock is not *trusted* nobody knows which day it is: the ordinary week is told.
    """
    if not trusted:
        monday = today - timedelta(days=today.weekday())
        return tuple(_day(branch, monday + timedelta(days=n), ui, closed=[]) for n in range(DAYS))
    first = _spans(branch, today, branch.closed_days)
    key = "hours.today" if first else "hours.today_closed"
    told = phrase(ui, key, branch=branch.name, spans=_joined(first, ui))
    days = [today + timedelta(days=n) for n in range(1, DAYS)]
    return (told, *(_day(branch, day, ui, closed=branch.closed_days) for day in days))


def event(place: ShelfMenu, name: Phrase, ui: Ui, today: date) -> Phrase:
    """Return *name* with the day and the time of *place*, where it is an event."""
    if place.day is None:
        return name
    day = Phrase(written_date(place.day, ui, today), spoken_date(place.day, ui, today))
    if place.minutes is None:
        return phrase(ui, "hours.event_day", day=day, name=name)
    return phrase(ui, "hours.event", day=day, time=_time(place.minutes, ui), name=name)


def _day(branch: ShelfBranch, day: date, ui: Ui, *, closed: list[date]) -> Phrase:
    spans = _spans(branch, day, closed)
    key = "hours.day" if spans else "hours.day_closed"
    return phrase(ui, key, day=weekday(day, ui), spans=_joined(spans, ui))


def _spans(branch: ShelfBranch, day: date, closed: list[date]) -> list[ShelfHours]:
    if day in closed:
        return []
    spans = [span for span in branch.hours if span.weekday == day.weekday()]
    return sorted(spans, key=lambda span: span.opens)


def _joined(spans: list[ShelfHours], ui: Ui) -> Phrase:
    told = [_span(span, ui) for span in spans]
    return Phrase(", ".join(each.seen for each in told), ", ".join(each.said for each in told))


def _span(span: ShelfHours, ui: Ui) -> Phrase:
    key = "hours.span" if span.staffed else "hours.span_unstaffed"
    opens, closes = _time(span.opens, ui), _time(span.closes, ui)
    told = phrase(ui, key, opens=opens, closes=closes)
    return Phrase(_small(told.seen), _small(told.said))


def _time(minutes: int, ui: Ui) -> Phrase:
    hour, minute = divmod(minutes, 60)
    if not minute:
        return Phrase(str(hour), in_words(hour, ui))
    words = f"{in_words(hour, ui)} {in_words(minute, ui)}"
    return Phrase(f"{hour}.{minute:02}" if ui == "sv" else f"{hour}:{minute:02}", words)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
