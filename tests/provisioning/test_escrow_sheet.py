"""The escrow copy on paper holds all of it, and nothing that can be read without the words."""

import base64
import html
import re

import pytest

from circulation.sealing import new_private_key
from hub import escrow
from hub.keys import KeptKey
from provisioning.escrow_sheet import QR_LETTERS_MAX, pieces
from tests.provisioning.typed import typed

WORDS = "sju sjuka sjuksköterskor"


@pytest.fixture
def kept():
    return [KeptKey(id=f"key-{each}", private=new_private_key(), made_ms=each) for each in range(9)]


@pytest.fixture
def copy(tmp_path, kept):
    escrow.write(tmp_path / "copy", kept, WORDS, region="Umeåregionen", made_ms=1)
    return tmp_path / "copy"


def test_what_is_on_the_paper_opens_with_the_words_and_shows_no_key(copy, kept, tmp_path):
    said = typed("escrow-sheet", copy, "--to", tmp_path / "sheet.html")

    page = (tmp_path / "sheet.html").read_text()
    (text,) = re.findall(r"<p><code>(\{.*\})</code></p>", page)
    assert f"has {page.count('<figure>')} codes" in said
    assert page.count("<figure>") == len(pieces(html.unescape(text))) > 1
    (tmp_path / "typed").write_text("".join(pieces(html.unescape(text))))
    assert escrow.read(tmp_path / "typed", WORDS) == kept
    assert not [each for each in kept if base64.b64encode(each.private).decode() in page]
    assert (tmp_path / "sheet.html").stat().st_mode & 0o777 == 0o600


def test_a_piece_is_small_enough_to_be_scanned():
    assert [len(each) for each in pieces("x" * (2 * QR_LETTERS_MAX + 1))] == [
        QR_LETTERS_MAX,
        QR_LETTERS_MAX,
        1,
    ]


def test_what_is_no_copy_is_said_to_be_none(tmp_path):
    (tmp_path / "copy").write_text("{}")

    assert "is no escrow copy" in typed(
        "escrow-sheet", tmp_path / "copy", "--to", tmp_path / "s", ok=False
    )
