"""Whether two numbers of copies or cards may be one, though systems write them differently."""

from collections.abc import Collection

LENGTH_MAX = 20
"""So long may a number get by zeros before it; barcodes of libraries have 14 digits at most."""


def same(told: str, asked: str) -> bool:
    """Return whether *told* is *asked*, but for letter case and the spaces around it."""
    return told.strip().casefold() == asked.strip().casefold()


def bare(number: str) -> str:
    """Return what is the same of all that is alike, empty where nothing but itself is."""
    return number.strip().lstrip("0").casefold()


def alike(told: str, asked: str) -> bool:
    """Return whether *told* may be *asked*: the same, but for zeros before it as well."""
    return same(told, asked) or bare(told) == bare(asked) != ""


def spellings(number: str) -> list[str]:
    """Return *number* first, and then all that is alike in large letters, small ones or as it is.

    No more than `LENGTH_MAX` characters are made of one by zeros.
    """
    number = number.strip()
    without = number.lstrip("0")
    if not without:
        return [number]
    cases = dict.fromkeys((without, without.upper(), without.lower()))
    zeros = range(max(LENGTH_MAX - len(without), 0) + 1)
    return list(dict.fromkeys([number, *("0" * many + each for each in cases for many in zeros)]))


def meant(told: str, known: Collection[str]) -> str | None:
    """Return which of *known* is *told*: itself, or the only one alike; else None."""
    told = told.strip()
    if told in known:
        return told
    found = [each for each in spellings(told) if each in known]
    return found[0] if len(found) == 1 else None
