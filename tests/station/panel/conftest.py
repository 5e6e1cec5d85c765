"""Mock pins for each test, and nothing left of them afterwards."""

from collections.abc import Iterator
from typing import Any

import pytest

from station.panel.factories import open_factory


@pytest.fixture
def factory() -> Iterator[Any]:
    factory = open_factory("mock")
    yield factory
    factory.close()
