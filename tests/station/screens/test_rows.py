"""One book on the screen."""

import pytest
from msgspec.structs import replace

from circulation.phrases.texts import phrase
from circulation.verdicts import Reason
from station.visit import Did, Row, State
from tests.station.rehearsal import (
    DUE,
    RONJA,
    Rehearsal,
)


def test_every_refusal_has_a_sentence_in_both_languages():
    for reason in Reason:
        for lang in ("sv", "en"):
            assert phrase(lang, f"reason.{reason}", telephone="1", drop="").seen


@pytest.mark.parametrize("did", list(Did))
def test_whatever_became_of_a_book_can_be_shown(did):
    station = Rehearsal()
    row = Row(
        item=RONJA.item, did=did, text="", language="", kind="film", due=DUE, reason=Reason.RESERVED
    )
    station.session = replace(station.session, state=State.FAULT, rows=(row,))
    assert station.shown.rows[0].detail
