"""What a feed changes: what it says against what is known, and nothing that can be touched."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import fields, replace

from hub.catalogue.feeds.lines import Line

GONE_SHARE_MAX = 0.2
GONE_FEW = 20
"""So few may be gone from however small a list."""
L = TypeVar("L", bound=Line)


class Difference(Struct, Generic[L], frozen=True, kw_only=True):
    """What is to be entered, altered and taken away."""

    new: list[L]
    changed: list[tuple[L, L]]
    """Each as it was and as it is to be."""
    gone: list[L]
    same: int


def difference(known: Mapping[str, L], told: Mapping[str, L], *, whole: bool) -> Difference[L]:
    """Return what makes *known* into *told*; what a *whole* list does not have is gone."""
    both = [(known[key], line) for key, line in told.items() if key in known]
    return Difference(
        new=[line for key, line in told.items() if key not in known],
        changed=[(before, after) for before, after in both if before != after],
        gone=[line for key, line in known.items() if key not in told] if whole else [],
        same=sum(before == after for before, after in both),
    )


def filled_in(
    known: Mapping[str, L], told: Mapping[str, L], names: frozenset[str]
) -> Mapping[str, L]:
    """Return *told* with what is known where a list that has only *names* says nothing."""
    unsaid = [
        field.name for field in fields(next(iter(told.values()))) if field.name not in names
    ] if told else []  # fmt: skip
    return {
        key: replace(line, **{name: getattr(known[key], name) for name in unsaid})
        if key in known
        else line
        for key, line in told.items()
    }


def shrinks_too_much(gone: int, known: int) -> bool:
    """Return whether so much is *gone* that the list is likelier to be torn than true."""
    return gone > max(GONE_FEW, GONE_SHARE_MAX * known)
