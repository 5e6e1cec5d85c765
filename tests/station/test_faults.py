"""Each fault that a station can tell of is explained to whoever is called."""

from pathlib import Path

import pytest

from station import faults

REFERENCE = Path(__file__).parents[2] / "docs/reference/station-faults.md"
CODES = sorted(
    value for value in vars(faults).values() if isinstance(value, str) and len(value) == 2
)


@pytest.mark.parametrize("code", CODES)
def test_a_technician_can_look_up(code):
    rows = REFERENCE.read_text(encoding="utf-8").splitlines()

    assert [row for row in rows if row.startswith(f"| `{code}` |")]


@pytest.mark.parametrize("code", CODES)
def test_a_caretaker_can_be_told_in_words(code):
    assert faults.PLAIN[code]


def test_no_two_faults_share_a_code():
    assert len(CODES) == len(set(CODES))
