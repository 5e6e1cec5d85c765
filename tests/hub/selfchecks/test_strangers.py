"""Every message, in the words of terminals that others wrote, and in our own."""

import json
import subprocess
from contextlib import closing, contextmanager

import pysip2
import pytest

from hub.sip2.codec import Message
from hub.sip2.forms import ANSWERS, FORMS
from tests.hub.selfchecks.rig import PASSWORD, Counter
from tests.hub.selfchecks.wire import Wire
from tests.hub.sip2.invenio import PYTHON, ROOT
from tests.hub.sip2.peers import scripted

CHILD = ROOT / "tests/hub/sip2/sip2_child.py"
AA = {"institution_id": "SE-Vin", "patron_identifier": "K-ANNA"}
NOBLOCK = {"no_block": "N"}


@pytest.fixture
def counter(tmp_path):
    counter = Counter(tmp_path)
    yield counter
    counter.close()


# --- pysip2, strict ------------------------------------------------------------------------------


def messages(stamp):
    """Return every message that a terminal can say, with what is to answer it."""
    date, ac = {"transaction_date": stamp}, {"terminal_password": ""}
    due = {"nb_due_date": stamp}
    item = {"institution_id": "SE-Vin", "item_identifier": "B-1"}
    return [
        (
            pysip2.SCStatusRequest(status_code="0", max_print_width="080", protocol_version="2.00"),
            pysip2.ACSStatusResponse,
        ),
        (
            pysip2.PatronStatusRequest(language="006", **date, **AA, **ac, patron_password="1234"),
            pysip2.PatronStatusResponse,
        ),
        (
            pysip2.CheckoutRequest(
                sc_renewal_policy="N", **NOBLOCK, **date, **due, **AA, item_identifier="B-1", **ac
            ),
            pysip2.CheckoutResponse,
        ),
        (pysip2.ItemInformationRequest(**date, **item), pysip2.ItemInformationResponse),
        (
            pysip2.PatronInformationRequest(
                language="006", **date, summary="  Y       ", **AA, patron_password="1234"
            ),
            pysip2.PatronInformationResponse,
        ),
        (
            pysip2.RenewRequest(
                third_party_allowed="N", **NOBLOCK, **date, **due, **AA, item_identifier="B-1"
            ),
            pysip2.RenewResponse,
        ),
        (pysip2.RenewAllRequest(**date, **AA), pysip2.RenewAllResponse),
        (
            pysip2.CheckinRequest(
                **NOBLOCK, **date, return_date=stamp, current_location="", **item, **ac
            ),
            pysip2.CheckinResponse,
        ),
        (
            pysip2.HoldRequest(
                hold_mode="+", **date, **AA, patron_password="1234", item_identifier="B-1"
            ),
            pysip2.HoldResponse,
        ),
        (
            pysip2.FeePaidRequest(
                **date,
                fee_type="01",
                payment_type="00",
                currency_type="SEK",
                fee_amount="10.00",
                **AA,
            ),
            pysip2.FeePaidResponse,
        ),
        (
            pysip2.ItemStatusUpdateRequest(**date, **item, item_properties=""),
            pysip2.ItemStatusUpdateResponse,
        ),
        (
            pysip2.BlockPatronRequest(
                card_retained="N", **date, blocked_card_message="", **AA, **ac
            ),
            pysip2.PatronStatusResponse,
        ),
        (pysip2.PatronEnableRequest(**date, **AA), pysip2.PatronEnableResponse),
        (pysip2.EndPatronSessionRequest(**date, **AA), pysip2.EndSessionResponse),
    ]


def test_every_message_is_answered_so_that_a_strict_stranger_reads_it(counter):
    with counter.serving() as port, closing(Wire(port)) as wire:
        login = pysip2.LoginRequest(
            uid_algorithm="0", pwd_algorithm="0", login_user_id="sorter", login_password=PASSWORD
        )
        spoken = [(login, pysip2.LoginResponse), *messages(counter.stamp())]
        for number, (asked, answer) in enumerate(spoken):
            line = pysip2.encode_message(
                asked, sequence_number=number % 10, checksum=True, encoding="utf-8"
            )
            told = pysip2.decode_as(wire.say(line), answer, encoding="utf-8")
            assert isinstance(told.message, answer)
    assert counter.kinds().count("checkin") == 1
    assert len(spoken) == 15


# --- sip2 1.1, a client --------------------------------------------------------------------------


CALLS = [
    ("login", {"loginUserId": "sorter", "loginPassword": PASSWORD}),
    ("sc_status", {}),
    ("patron_status", {}),
    ("checkout", {"itemIdentifier": "B-1"}),
    ("item_information", {"itemIdentifier": "B-1"}),
    ("patron_information", {"infoType": "charged"}),
    ("renew", {"itemIdentifier": "B-1"}),
    ("renew_all", {}),
    ("checkin", {"itemIdentifier": "B-1"}),
    ("hold", {"holdMode": "+", "itemIdentifier": "B-1"}),
    ("fee_paid", {"feeType": 1, "paymentType": 0, "feeAmount": "10.00"}),
    ("item_status_update", {"itemIdentifier": "B-1"}),
    ("block_patron", {"blockedCardMsg": "left behind"}),
    ("patron_enable", {}),
    ("end_patron_session", {}),
]


def test_a_client_of_others_gets_through_a_day(counter):
    settings = {
        "hostName": "127.0.0.1", "tlsEnable": False, "patron": "K-ANNA", "patronpwd": "1234",
        "institutionId": "SE-Vin", "scLocation": "", "loglevel": "CRITICAL",
    }  # fmt: skip
    with counter.serving() as port:
        told = {"settings": settings | {"hostPort": port}, "calls": CALLS}
        said = subprocess.run(
            [PYTHON, CHILD, json.dumps(told)], capture_output=True, text=True, check=True,
            timeout=60, cwd=counter.folder,
        )  # fmt: skip
    whole = json.loads(said.stdout.splitlines()[0])
    read = {name: one["parsed"] for (name, _), one in zip(CALLS, whole, strict=True)}
    fixed = {name: one["fixed"] for name, one in read.items()}
    told = {name: one["variable"] for name, one in read.items()}
    assert fixed["login"]["Ok"] == "1"
    assert fixed["sc_status"]["OnlineStatus"] == fixed["sc_status"]["CheckoutOk"] == "Y"
    assert told["sc_status"]["BX"] == ["YYYYYYYYYNYNYYYY"]
    assert (fixed["checkout"]["Ok"], told["checkout"]["AJ"]) == ("1", ["Vägen genom myren"])
    assert told["checkout"]["AH"] == told["item_information"]["AH"] == ["20261224    235959"]
    assert fixed["item_information"]["CirculationStatus"] == "04"
    assert told["patron_information"]["AU"] == ["B-1"]
    assert (fixed["renew"]["Ok"], fixed["renew"]["RenewalOk"]) == ("1", "Y")
    assert told["renew_all"]["BM"] == ["B-1"], "it is asked for without a date"
    assert (fixed["checkin"]["Ok"], told["checkin"]["AQ"]) == ("1", ["VIN"])
    assert fixed["hold"]["Ok"] == "0", "nobody waits for what is in"
    assert fixed["fee_paid"]["PaymentAccepted"] == "N"
    assert fixed["item_status_update"]["ItemPropertiesOk"] == "0"
    for name in ("patron_status", "block_patron", "patron_enable", "patron_information"):
        assert told[name]["BL"] == ["Y"]
        assert told[name]["AE"] == [""], "no machine is told a name"
    assert fixed["end_patron_session"]["EndSession"] == "Y"
    assert {one["asked"][:2] for one in whole} == set(ANSWERS)
    assert {one["said"][:2] for one in whole} == set(ANSWERS.values())
    assert counter.kinds() == ["asked", "settled"] * 3 + ["checkin"]


# --- our own terminal ----------------------------------------------------------------------------


def our_words(stamp):
    """Return every request but the login, as our own terminal says it."""
    card = (("AO", "SE-Vin"), ("AA", "K-ANNA"))
    copy = (("AO", "SE-Vin"), ("AB", "B-1"))
    both, ac, pin = (*card, ("AB", "B-1")), ("AC", ""), ("AD", "1234")
    date, due = {"date": stamp}, {"date": stamp, "nb_due_date": stamp}
    lang = {"language": "006", "date": stamp}
    return [
        Message("99", {"status": "0", "print_width": "080", "version": "2.00"}),
        Message("23", lang, (*card, ac, pin)),
        Message("11", {"renewal_policy": "N", "no_block": "N", **due}, (*both, ac)),
        Message("17", date, copy),
        Message("63", {**lang, "summary": "  Y       "}, (*card, pin)),
        Message("29", {"third_party": "N", "no_block": "N", **due}, both),
        Message("65", date, card),
        Message("09", {"no_block": "N", "return_date": stamp, **date}, (*copy, ac, ("AP", ""))),
        Message("15", {"mode": "+", **date}, (*both, pin)),
        Message(
            "37",
            {"fee_type": "01", "payment_type": "00", "currency": "SEK", **date},
            (*card, ("BV", "10")),
        ),
        Message("19", date, (*copy, ("CH", ""))),
        Message("01", {"card_retained": "N", **date}, (*card, ac, ("AL", ""))),
        Message("25", date, card),
        Message("35", date, card),
    ]


@contextmanager
def bent(port):
    """Carry one line, whose every third question and every fourth answer comes torn."""
    with closing(Wire(port)) as wire:
        heard = []

        def carry(line, number):
            line = line + b"\r"
            heard.append(line)
            said = wire.say(line.replace(b"2.00", b"2.0O") if number % 3 == 1 else line)
            heard.append(said)
            return said.replace(b"|", b"!") if number % 4 == 3 else said

        with scripted(carry) as bending:
            yield bending, heard


def test_our_own_terminal_and_our_own_server_say_all_there_is_to_say(counter):
    with (
        counter.serving() as port,
        bent(port) as (bending, heard),
        counter.logged_in(bending) as terminal,
    ):
        told = {asked.code: terminal.ask(asked) for asked in our_words(counter.stamp())}

    assert {code: answer.code for code, answer in told.items()} == {
        code: answer for code, answer in ANSWERS.items() if code != "93"
    }
    assert told["11"].yes("ok")
    assert told["11"].get("AH") == told["17"].get("AH") == "20261224    235959"
    assert told["63"].all("AU") == told["65"].all("BM") == ["B-1"]
    assert told["09"].yes("ok")
    assert {line[:2].decode() for line in heard} == set(FORMS), "all 31, and 96 and 97 too"
    assert counter.kinds() == ["asked", "settled"] * 2 + ["checkin"], "one renewal"
