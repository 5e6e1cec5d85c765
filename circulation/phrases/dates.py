"""Days and lengths of time, as they are said and as they are written."""

from datetime import date

from circulation.phrases.numbers import Ui, in_words, ordinal

_WEEKDAYS = {
    "sv": ["måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"],
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
}
_MONTHS = {
    "sv": [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def weekday(day: date, ui: Ui) -> str:
    """Return the name of *day*'s weekday."""
    return _WEEKDAYS[ui][day.weekday()]


def spoken_date(day: date, ui: Ui, today: date) -> str:
    """Return *day* as it is said: the weekday, the day in words, the year only if another."""
    weekday, month = _WEEKDAYS[ui][day.weekday()], _MONTHS[ui][day.month - 1]
    nth = ordinal(day.day, ui)
    said = f"{weekday} den {nth} {month}" if ui == "sv" else f"{weekday} the {nth} of {month}"
    return said if day.year == today.year else f"{said} {spoken_year(day.year, ui)}"


def written_date(day: date, ui: Ui, today: date) -> str:
    """Return *day* as a screen shows it, such as `21 december`; the year only if another."""
    shown = f"{day.day} {_MONTHS[ui][day.month - 1]}"
    return shown if day.year == today.year else f"{shown} {day.year}"


def spoken_year(year: int, ui: Ui) -> str:
    """Return *year* (1000 to 2999) as people say it."""
    century, rest = divmod(year, 100)
    if ui == "sv":
        return f"{in_words(century, ui)}hundra" + (in_words(rest, ui) if rest else "")
    if century % 10 == 0:
        return in_words(year, ui)
    if not rest:
        return f"{in_words(century, ui)} hundred"
    return f"{in_words(century, ui)} {'oh ' if rest < 10 else ''}{in_words(rest, ui)}"


def spoken_length(minutes: int, ui: Ui) -> str:
    """Return how long *minutes* is in hours and minutes, in words; "" for none."""
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(_counted(hours, ui, ("timme", "timmar"), ("hour", "hours")))
    if rest:
        parts.append(_counted(rest, ui, ("minut", "minuter"), ("minute", "minutes")))
    return (" och " if ui == "sv" else " and ").join(parts)


def _counted(count: int, ui: Ui, sv: tuple[str, str], en: tuple[str, str]) -> str:
    noun = (sv if ui == "sv" else en)[count != 1]
    return f"{in_words(count, ui, 'en')} {noun}"
