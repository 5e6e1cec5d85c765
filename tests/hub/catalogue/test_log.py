"""A change and its two logs are one transaction."""

import pytest
from sqlalchemy import event

from hub.catalogue.own import OwnCatalogue
from hub.catalogue.staff import StaffDesk
from tests.hub.catalogue.cast import NOW_MS


def test_a_hold_and_its_log_are_written_together_or_not_at_all(engine):
    def no_log(_connection, _cursor, statement, *_):
        if "INSERT INTO standing_event" in statement:
            raise OSError("the plug was pulled")

    event.listen(engine, "before_cursor_execute", no_log)
    with pytest.raises(OSError, match="plug"):
        StaffDesk(engine).reserve("t-map", "bo", "VIN", at_ms=NOW_MS)
    event.remove(engine, "before_cursor_execute", no_log)

    assert OwnCatalogue(engine).item("B-MAP").reserved_for is None
    assert StaffDesk(engine).reserve("t-map", "bo", "VIN", at_ms=NOW_MS)
