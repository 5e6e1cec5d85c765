"""What no database holds is found wherever it stands, and named."""

import pytest

from circulation.storable import unstorable

HALF = "\ud83d"


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ("A\0B", "$"),
        (HALF, "$"),
        ({"name": "Åsa", "shelf": "B\0"}, "$.shelf"),
        ({"branch": [{"name": "A"}, {"name": HALF}]}, "$.branch[1].name"),
        ({"a\0": "A"}, "$"),
    ],
)
def test_where_it_stands_is_told(told, where):
    assert unstorable(told) == where


@pytest.mark.parametrize("told", ["", "Åsa 🐻\n\t\x07", {"a": [1, None, True, "b"]}, b"\0", 7])
def test_all_else_is_held(told):
    assert unstorable(told) is None
