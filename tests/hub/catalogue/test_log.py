"""A change and its two logs are one transaction."""

import pytest
from sqlalchemy.exc import DBAPIError

from hub.catalogue.own import OwnCatalogue
from hub.catalogue.staff import StaffDesk
from hub.errors import CatalogueUnavailableError
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.faults import without

FAILS = (DBAPIError, CatalogueUnavailableError)


def test_a_hold_and_its_log_are_written_together_or_not_at_all(engine):
    with without(engine, "standing_event"), pytest.raises(FAILS, match="standing_event"):
        StaffDesk(engine).reserve("t-map", "bo", "VIN", at_ms=NOW_MS)

    assert OwnCatalogue(engine).item("B-MAP").reserved_for is None
    assert StaffDesk(engine).reserve("t-map", "bo", "VIN", at_ms=NOW_MS)
