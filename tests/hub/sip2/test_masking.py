"""What may stand in a log of a line."""

import pytest
from structlog.testing import capture_logs

from hub.sip2.codec import Message
from hub.sip2.masking import masked
from hub.sip2.terminal import Account, Terminal
from tests.hub.catalogue.sip2.rig import cast
from tests.hub.selfchecks.test_strangers import our_words
from tests.hub.sip2.peers import scripted
from tests.hub.sip2.test_messages import STAMP, TOLD


def test_a_line_is_told_but_for_whose_it_is():
    told = masked(TOLD["11"])

    assert told == f"121NNY{STAMP}AOSE-Vin|AA...|ABB-1|AJ...|AH{STAMP}"


def test_who_what_and_with_what_secret_are_left_out_wherever_they_stand():
    whole = "".join(masked(each) for each in [*our_words(STAMP), *TOLD.values()])
    login = masked(Message("93", {}, (("CN", "hub"), ("CO", "hemligt"), ("CP", "VIN"))))

    assert [each for each in ("K-ANNA", "1234", "Ånna", "Vägen") if each in whole] == []
    assert login == "93CN...|CO...|CPVIN"
    assert masked(Message("64", {}, (("PB", "19800101"), ("ZZ", "Ånna")))) == "64PB...|ZZ..."


@pytest.mark.parametrize("log_lines", [True, False])
def test_lines_are_logged_where_that_is_asked_for(log_lines):
    with scripted(cast().wire) as port, capture_logs() as said:
        account = Account(
            host="127.0.0.1", port=port, user="hub", password="hemligt", log_lines=log_lines
        )
        terminal = Terminal(account)
        for asked in our_words(STAMP)[2:5]:
            terminal.ask(asked)
        terminal.close()

    assert "K-ANNA" not in repr(said)
    assert "hemligt" not in repr(said)
    assert [each["line"][:2] for each in said] == (
        ["93", "94", "11", "12", "17", "18", "63", "64"] if log_lines else []
    )
