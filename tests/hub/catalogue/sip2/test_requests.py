"""What is asked, as it goes over the line: whole, and never a renewal."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from hub.catalogue.sip2.requests import HOLDS, Requests
from hub.sip2 import codec
from tests.hub.catalogue.cast import NOW_MS

WORDS = Requests(
    institution="SE-Um",
    location="",
    language="006",
    terminal_password="",
    zone=ZoneInfo("Europe/Stockholm"),
)
NOW = "20261125    110000"
DUE = date(2026, 12, 24)


def said(message):
    return codec.encode(message, encoding="utf-8").decode().rstrip("\r")


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (WORDS.item("B-1", NOW_MS), f"17{NOW}AOSE-Um|ABB-1|AC|"),
        (WORDS.patron("K-1", NOW_MS), f"63006{NOW}  Y       AOSE-Um|AAK-1|AC|"),
        (
            WORDS.patron("K-1", NOW_MS, listing=HOLDS, pin="1234"),
            f"63006{NOW}Y         AOSE-Um|AAK-1|AD1234|AC|",
        ),
        (
            WORDS.lend("B-1", "K-1", NOW_MS, due=DUE, happened=True),
            f"11NY{NOW}20261224    235959AOSE-Um|AAK-1|ABB-1|BON|AC|",
        ),
        (
            WORDS.lend("B-1", "K-1", NOW_MS, due=None, happened=False),
            f"11NN{NOW}{NOW}AOSE-Um|AAK-1|ABB-1|BON|AC|",
        ),
        (WORDS.take_back("B-1", "VIN", NOW_MS), f"09Y{NOW}{NOW}AOSE-Um|APVIN|ABB-1|BIN|AC|"),
        (
            WORDS.renew("B-1", "K-1", NOW_MS, due=None),
            f"29NN{NOW}{NOW}AOSE-Um|AAK-1|ABB-1|BON|AC|",
        ),
    ],
)
def test_a_request_is_said_as_the_protocol_has_it(message, line):
    assert said(message) == line
