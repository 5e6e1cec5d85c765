"""The demo's stations: every municipality has one, and two of them only talk."""

from msgspec import Struct


class DemoStation(Struct, frozen=True, kw_only=True):
    """One station of the demo, as a technician would write it in the inventory."""

    id: str
    number: int
    municipality: str
    branch: str
    kind: str = "loan"
    readers: str = ""
    """`pn5180` where its pad reads books with ISO 15693 tags."""

    @property
    def kit(self) -> str:
        """Return the kit it is built from."""
        return "-".join(filter(None, ("simulated", self.kind, self.readers)))

    @property
    def partition(self) -> str:
        """Return the municipality as topics spell it."""
        return partition(self.municipality)


def partition(municipality: str) -> str:
    """Return *municipality* in ASCII small letters, as topics and station ids have it."""
    return municipality.lower().translate(str.maketrans("åäö", "aao"))


STATIONS = (
    DemoStation(id="bjurholm-1", number=1, municipality="Bjurholm", branch="BJU"),
    DemoStation(id="nordmaling-1", number=2, municipality="Nordmaling", branch="NOR"),
    DemoStation(id="robertsfors-1", number=3, municipality="Robertsfors", branch="ROB"),
    DemoStation(id="umea-1", number=4, municipality="Umeå", branch="UMS"),
    DemoStation(id="umea-2", number=5, municipality="Umeå", branch="UMS", kind="listening"),
    DemoStation(id="vindeln-1", number=6, municipality="Vindeln", branch="VIN"),
    DemoStation(id="vindeln-2", number=7, municipality="Vindeln", branch="VIN", kind="listening"),
    DemoStation(id="vannas-1", number=8, municipality="Vännäs", branch="VAN", readers="pn5180"),
)
