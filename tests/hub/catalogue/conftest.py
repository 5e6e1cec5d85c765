"""The cast's region in a database of a test's own."""

import pytest

from tests.hub.catalogue.cast import make_catalogue


@pytest.fixture
def engine(tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    yield engine
    engine.dispose()
