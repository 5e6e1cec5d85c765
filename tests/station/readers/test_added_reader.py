"""The example of docs/howto/add-a-reader.md works as it stands there."""

import re
from pathlib import Path

import pytest

from circulation.tags.content import Usage
from circulation.tags.iso28560_3 import encode_basic
from station.errors import ReaderUnavailableError
from station.readers.port import TagSeen
from station.readers.presence import Presence

PAGE = Path(__file__).parents[3] / "docs/howto/add-a-reader.md"


class Line:
    """A serial line with a pad at its other end."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self.open = True

    def write(self, asked: bytes) -> None:
        assert asked == b"?\n"

    def readline(self) -> bytes:
        return self._answers.pop(0)

    def close(self) -> None:
        self.open = False


@pytest.fixture
def reader_class():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    made = {}
    exec(code, made)
    return made["LineReader"]


def test_a_book_on_the_new_pad_is_a_book(reader_class):
    block = encode_basic("30000001", usage=Usage.CIRCULATING, owner="SE-Um").hex()
    line = Line(f"e004010012345678:{block} e0040100ffffffff\n".encode())
    reader = reader_class(line)

    found = reader.poll()
    (seen,) = Presence().polled(found, 0)

    assert isinstance(seen, TagSeen)
    assert (seen.content.number, seen.content.afi) == ("30000001", 0x07)
    assert found[1].image is None
    reader.close()
    assert not line.open


def test_a_silent_pad_is_said_to_be_silent(reader_class):
    with pytest.raises(ReaderUnavailableError, match="silent"):
        reader_class(Line(b"e004")).poll()
