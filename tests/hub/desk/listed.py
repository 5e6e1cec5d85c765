"""A desk's source that holds what it is given."""

from dataclasses import dataclass, field

from hub.desk.source import DeskException, DeskStation
from tests.hub.catalogue.cast import NOW_MS


@dataclass
class ListedSource:
    """Stations and exceptions as lists."""

    listed: list[DeskStation] = field(default_factory=list)
    exceptions: list[DeskException] = field(default_factory=list)

    def stations(self):
        return list(self.listed)

    def open_exceptions(self):
        return list(self.exceptions)


def station(name, **changes):
    """Return a station that is well."""
    told = {
        "municipality": "Vindeln",
        "branch": "Vindelns bibliotek",
        "kind": "loan",
        "alive": True,
        "owed": 0,
        "up_to_seq": 41,
        "version": "0.1.0",
        "clock_trusted": True,
        "faults": [],
        "seen_ms": NOW_MS - 60_000,
    }
    return DeskStation(id=name, **(told | changes))


LENT_OVER_HOLD = DeskException(
    key="lent_over_hold:B-1:vindeln-1:1:7",
    kind="lent_over_hold",
    severity="act",
    station="vindeln-1",
    item="B-1",
    card="K-ANNA",
    at_ms=NOW_MS - 3_600_000,
    told="offline",
    suggestion="next_copy",
)
