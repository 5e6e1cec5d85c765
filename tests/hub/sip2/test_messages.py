"""Every message to the servers of others: what our terminal says is answered, and is understood."""

import pysip2
import pytest

from hub.errors import AnswerLostError
from hub.sip2 import codec
from hub.sip2.codec import Message
from hub.sip2.forms import ANSWERS
from hub.sip2.terminal import Account, Terminal
from tests.hub.catalogue.sip2.rig import cast
from tests.hub.selfchecks.test_strangers import our_words
from tests.hub.sip2.invenio import PASSWORD
from tests.hub.sip2.peers import serving

STAMP = "20261125    110000"
GOOD = " " * 14
AO, AA, AB = ("AO", "SE-Vin"), ("AA", "K-ANNA"), ("AB", "B-1")
LENT = {"ok": "1", "renewal_ok": "N", "magnetic": "N", "desensitize": "Y", "date": STAMP}
LOAN = (AO, AA, AB, ("AJ", "Vägen"), ("AH", STAMP))
PATRON = {"patron_status": GOOD, "language": "006", "date": STAMP}
COUNTS = (
    "hold_items", "overdue_items", "charged_items", "fine_items", "recall_items",
    "unavailable_holds",
)  # fmt: skip
ANNA = (AO, AA, ("AE", "Ånna"), ("BL", "Y"), ("CQ", "Y"))
TOLD = {
    "11": Message("12", LENT, LOAN),
    "29": Message("30", LENT, LOAN),
    "09": Message(
        "10",
        {"ok": "1", "resensitize": "Y", "magnetic": "N", "alert": "N", "date": STAMP},
        (AO, AB, ("AQ", "VIN")),
    ),
    "17": Message(
        "18",
        {"circulation_status": "04", "security_marker": "02", "fee_type": "01", "date": STAMP},
        (AB, ("AJ", "Vägen")),
    ),
    "63": Message("64", {**PATRON, **dict.fromkeys(COUNTS, "0001")}, (*ANNA, ("AU", "B-1"))),
    "23": Message("24", PATRON, ANNA),
    "01": Message("24", PATRON, ANNA),
    "25": Message("26", PATRON, ANNA),
    "65": Message(
        "66",
        {"ok": "1", "renewed": "0001", "unrenewed": "0000", "date": STAMP},
        (AO, ("BM", "B-1")),
    ),
    "19": Message("20", {"properties_ok": "1", "date": STAMP}, (AB,)),
    "15": Message(
        "16", {"ok": "1", "available": "N", "date": STAMP}, (AO, AA, AB, ("BR", "2"))
    ),
    "37": Message("38", {"accepted": "Y", "date": STAMP}, (AO, AA)),
    "35": Message("36", {"end": "Y", "date": STAMP}, (AO, AA)),
}  # fmt: skip
ROUTES = {
    "11": (pysip2.CHECKOUT, pysip2.CheckoutResponse),
    "29": (pysip2.RENEW, pysip2.RenewResponse),
    "09": (pysip2.CHECKIN, pysip2.CheckinResponse),
    "17": (pysip2.ITEM_INFORMATION, pysip2.ItemInformationResponse),
    "63": (pysip2.PATRON_INFORMATION, pysip2.PatronInformationResponse),
    "23": (pysip2.PATRON_STATUS, pysip2.PatronStatusResponse),
    "01": (pysip2.BLOCK_PATRON, pysip2.PatronStatusResponse),
    "25": (pysip2.PATRON_ENABLE, pysip2.PatronEnableResponse),
    "65": (pysip2.RENEW_ALL, pysip2.RenewAllResponse),
    "19": (pysip2.ITEM_STATUS_UPDATE, pysip2.ItemStatusUpdateResponse),
    "15": (pysip2.HOLD, pysip2.HoldResponse),
    "37": (pysip2.FEE_PAID, pysip2.FeePaidResponse),
    "35": (pysip2.END_PATRON_SESSION, pysip2.EndSessionResponse),
}


def test_every_message_to_pysip2_and_back():
    app = pysip2.SIP2Server(encoding="cp850", institution_id="SE-Vin")
    app.route(pysip2.LOGIN)(lambda _asked, _context: pysip2.LoginResponse(ok="1"))
    heard = {}
    for code, (route, response) in ROUTES.items():
        app.route(route)(_saying(code, response, heard))
    with serving(app) as port:
        terminal = Terminal(Account(host="127.0.0.1", port=port, user="hub", encoding="cp850"))
        told = {asked.code: terminal.ask(asked) for asked in our_words(STAMP)}
        terminal.close()

    assert {"93": "94"} | {code: answer.code for code, answer in told.items()} == dict(ANSWERS)
    assert told.pop("99").yes("online")
    for code, answer in told.items():
        assert dict(answer.fixed) == dict(TOLD[code].fixed)
        assert set(answer.fields) >= {each for each in TOLD[code].fields if each[1]}
    assert heard["11"].nb_due_date == heard["29"].nb_due_date == STAMP
    assert (heard["37"].fee_amount, heard["15"].hold_mode) == ("10", "+")


def _saying(code, response, heard):
    def say(asked, _context):
        heard[code] = asked
        line = codec.encode(TOLD[code], encoding="cp850")
        return pysip2.decode_as(line, response, encoding="cp850").message

    return say


def test_every_message_that_invenio_sip2_knows_and_back(invenio):
    """It has no Block Patron, Item Status Update nor Renew All: there it says nothing."""
    invenio.system = cast()
    silent = {"01", "19", "65"}
    account = Account(host="127.0.0.1", port=invenio.port, user="hub", password=PASSWORD)
    terminal = Terminal(account)
    spoken = [asked for asked in our_words(STAMP) if asked.code not in silent]
    told = {asked.code: terminal.ask(asked) for asked in spoken}
    terminal.close()

    answers = {code: answer for code, answer in ANSWERS.items() if code not in {*silent, "93"}}
    assert {code: answer.code for code, answer in told.items()} == answers
    assert told["11"].get("AJ") == told["17"].get("AJ") == "Vägen genom myren"
    assert told["63"].all("AU") == ["B-1"]
    assert told["29"].yes("ok")
    assert told["09"].yes("ok")
    assert told["23"].get("BL") == told["25"].get("BL") == "Y"


@pytest.mark.parametrize("code", ["01", "19", "65"])
def test_a_message_that_a_server_does_not_know_is_waited_for_in_bounded_time(invenio, code):
    account = Account(
        host="127.0.0.1", port=invenio.port, user="hub", password=PASSWORD, answer_seconds=0.5
    )
    terminal = Terminal(account)
    (asked,) = [each for each in our_words(STAMP) if each.code == code]

    with pytest.raises(AnswerLostError):
        terminal.ask(asked)
