"""What is written as TOML is read as it was."""

import tomllib
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from hub.catalogue.toml_writing import toml

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.one_of(WORDS, st.integers(-(10**6), 10**6), st.booleans(), st.dates())
NAMES = st.from_regex(r"\A[a-z_]{1,8}\Z")
TABLES = st.dictionaries(NAMES, st.one_of(VALUES, st.lists(VALUES.filter(lambda v: v is not None))))


def test_a_library_with_its_hours_is_written_as_a_person_would():
    told = {
        "name": 'Å "Ö"',
        "branch": [{"code": "VIN", "closed": [date(2026, 12, 24)], "hours": [{"weekday": 0}]}],
    }

    assert toml(told) == (
        'name = "Å \\"Ö\\""\n\n[[branch]]\ncode = "VIN"\nclosed = [2026-12-24]\n\n'
        "[[branch.hours]]\nweekday = 0\n"
    )


@given(TABLES, st.lists(TABLES, min_size=1, max_size=3))
def test_whatever_is_written_is_read_as_it_was(told, rows):
    told = told | {"rows_": rows}

    assert tomllib.loads(toml(told)) == told
