"""What is said of every real record at hand: words, and nothing of a cataloguer's."""

import re
from pathlib import Path

import pytest

from circulation.phrases.titles import shelf_title, spoken_in_full, spoken_title
from circulation.utterances import text_of
from hub.catalogue import fields
from hub.catalogue.marc import Record, read_records

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "provisioning").rglob("*.mrc"))

ISBD = re.compile(r"\s[/:;=](?:\s|$)|\[|\]|\.\.\.|…|<<|>>")
CODES = re.compile(r"\$[a-z0-9]|[\x1d-\x1f]|(?:^|\W)(?:aut|nrt|trl|S\.l\.|s\.n\.)(?:\W|$)")
MOJIBAKE = re.compile(
    "Ã[\x80-\xbf¤¥¶…„–]|Â[\x80-\xbf]|â€|\ufffd|[\u0000-\u001f\u007f-\u009f]|&\\w+;"
)
LONG_NUMBER = re.compile(r"\d{6,}|\d{1,5}-\d{2,7}-[\dXx-]+")


def records():
    for path in FILES:
        with path.open("rb") as file:
            found = [each for each in read_records(file, "iso2709") if isinstance(each, Record)]
        yield from found


def test_there_are_records_to_say():
    assert sum(1 for _ in records()) > 200


@pytest.mark.parametrize("ui", ["sv", "en"])
@pytest.mark.parametrize("spoken", [spoken_title, spoken_in_full])
def test_nothing_of_a_cataloguers_is_said_of_any_record(ui, spoken):
    for record in records():
        title = shelf_title(fields.marc_fields(fields.Fields(record.fields)))
        said = text_of(spoken(title, ui))
        for sign in (ISBD, CODES, MOJIBAKE, LONG_NUMBER):
            assert not sign.search(said), f"{record.control_number}: {sign.search(said)} in {said}"
        assert record.control_number not in said
        assert said.strip()
