"""Which numbers of copies, cards and people are ours, letter by letter."""

from collections.abc import Collection

from sqlalchemy import Column, Connection, select

_AT_ONCE = 500


def known_among(db: Connection, column: Column[str], told: Collection[str]) -> set[str]:
    """Return which of *told* stand in *column*."""
    every, found = list(told), set[str]()
    for first in range(0, len(every), _AT_ONCE):
        some = every[first : first + _AT_ONCE]
        found |= set(db.scalars(select(column).where(column.in_(some))))
    return found
