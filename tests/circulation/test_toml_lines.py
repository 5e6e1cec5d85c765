import pytest

from circulation.toml_lines import line_of

TEXT = """\
# lamp = 1
name = "kit"
lamp = 17

[keys]
up = 5
"ok" = 6

[[reader]]
device = 0

[[reader]]
device = 1

[reader.antenna]
turns = 3
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("name", 2),
        ("lamp", 3),
        ("keys", 5),
        ("keys.up", 6),
        ("keys.ok", 7),
        ("reader[0].device", 10),
        ("reader[1]", 12),
        ("reader[1].device", 13),
        ("reader[1].antenna.turns", 16),
    ],
)
def test_a_key_is_found_in_its_own_table(key, line):
    assert line_of(TEXT, key) == line


@pytest.mark.parametrize(
    ("key", "line"), [("reader[1].busy_pin", 12), ("keys[...]", 5), ("sound.overlay", 0), ("", 0)]
)
def test_a_key_that_is_missing_is_looked_for_at_what_holds_it(key, line):
    assert line_of(TEXT, key) == line
