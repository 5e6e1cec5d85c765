import pytest

from provisioning.demo.table import lines
from tests.provisioning.demo.test_ready import READY


@pytest.mark.parametrize("name", ["start", "portal", "desk", "desk_password_file"])
def test_the_table_names_every_page(name):
    assert getattr(READY, name) in "\n".join(lines(READY))


def test_each_station_has_a_line_with_its_municipality_and_kind():
    table = lines(READY)

    assert len(table) == 3 + len(READY.stations)
    assert table[-1] == "Umeå, listening station  http://127.0.0.1:20004/bench"
