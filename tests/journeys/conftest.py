"""One region a broker, shared by the journeys; each journey uses books and cards of its own."""

import itertools
from collections.abc import Iterator

import pytest

from tests.brokers import KINDS
from tests.journeys.region import Bench, Region, running_region


@pytest.fixture(scope="session", params=KINDS)
def region(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(f"region-{request.param}")
    with running_region(folder, "--broker", request.param) as running:
        yield running


@pytest.fixture(scope="session")
def unused(region: Region):
    """Return cards and books that no other journey touches."""
    bench = region.bench(municipality="Vindeln", kind="loan")
    cards = (tag for tag in bench.tags("card") if "-" not in tag["name"].removeprefix("card-"))
    books = iter(bench.tags("book"))

    class Unused:
        def card(self) -> dict[str, str]:
            return next(cards)

        def books(self, count: int) -> list[dict[str, str]]:
            return list(itertools.islice(books, count))

    return Unused()


def rested(bench: Bench) -> Iterator[Bench]:
    """Give *bench* as a visitor finds it, and leave it so whatever came of the journey."""
    bench.clear()
    yield bench
    bench.clear()


@pytest.fixture
def vindeln(region: Region) -> Iterator[Bench]:
    yield from rested(region.bench(municipality="Vindeln", kind="loan"))


@pytest.fixture
def bjurholm(region: Region) -> Iterator[Bench]:
    yield from rested(region.bench(municipality="Bjurholm", kind="loan"))


@pytest.fixture
def listening(region: Region) -> Iterator[Bench]:
    yield from rested(region.bench(municipality="Umeå", kind="listening"))
