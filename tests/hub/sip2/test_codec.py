"""Lines of SIP2: what is made is what others read, and any bytes have an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sip2 import codec
from hub.sip2.codec import Message, Sip2Error
from hub.sip2.forms import ANSWERS, FORMS, SUPPORTED

WIDTHS = {
    "93": 2, "99": 8, "23": 21, "63": 31, "11": 38, "09": 37, "29": 38, "65": 18, "17": 18,
    "19": 18, "15": 19, "37": 25, "35": 18, "01": 19, "25": 18, "97": 0, "94": 1, "98": 34,
    "24": 35, "26": 35, "64": 59, "12": 22, "30": 22, "10": 22, "66": 27, "18": 24, "20": 19,
    "16": 20, "38": 19, "36": 19, "96": 0,
}  # fmt: skip


def test_all_31_messages_are_known_by_their_widths():
    assert {code: form.width for code, form in FORMS.items()} == WIDTHS
    assert (len(SUPPORTED), len(ANSWERS)) == (16, 15)


@pytest.mark.parametrize(
    ("line", "total"),
    [
        (b"941AY0AZ", b"FDFD"),
        (b"990 402.00AY1AZ", b"FCB4"),
        (b"9900302.00AY1AZ", b"FCA5"),
        (b"97AZ", b"FEF5"),
        (b"96AZ", b"FEF6"),
        (b"9300CNLoginUserID|COLoginPassword|CPLocationCode|AY5AZ", b"EC7B"),
    ],
)
def test_checksums_as_others_compute_them(line, total):
    assert codec.checksum(line) == total
    assert codec.decode(line + total, encoding="utf-8").sum_held is True
    assert codec.decode(line + b"0000", encoding="utf-8").sum_held is False


def test_a_login_is_written_as_every_terminal_writes_it():
    fixed = {"uid_algorithm": "0", "pwd_algorithm": "0"}
    login = Message(
        "93", fixed, (("CN", "LoginUserID"), ("CO", "LoginPassword"), ("CP", "LocationCode"))
    )

    line = codec.encode(login, encoding="ascii", sequence=5)

    assert line == b"9300CNLoginUserID|COLoginPassword|CPLocationCode|AY5AZEC7B\r"


def test_a_resend_is_asked_for_without_a_sequence():
    assert codec.encode(Message("97"), encoding="ascii", sequence=3) == b"97AZFEF5\r"
    assert codec.encode(Message("96"), encoding="ascii", sequence=3) == b"96AZFEF6\r"


@st.composite
def messages(draw):
    form = FORMS[draw(st.sampled_from(sorted(FORMS)))]
    printable = st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="|")
    fixed = {
        name: draw(st.text(printable, min_size=width, max_size=width)) for name, width in form.fixed
    }
    values = st.text(st.characters(codec="cp850", exclude_characters="|\r\n\0"), max_size=20)
    more = draw(st.lists(st.sampled_from([*form.optional, *form.repeatable, ""]), max_size=5))
    ids = draw(st.permutations([*form.required, *filter(None, more)]))
    return Message(form.code, fixed, tuple((id_, draw(values)) for id_ in ids))


@given(messages(), st.none() | st.integers(0, 9), st.sampled_from(["cp850", "utf-8"]))
def test_what_is_written_is_read_again(message, sequence, encoding):
    line = codec.encode(message, encoding=encoding, sequence=sequence)

    read = codec.decode(line, encoding=encoding)

    assert (read.message.code, dict(read.message.fixed)) == (message.code, message.fixed)
    assert read.message.fields == message.fields
    assert read.sum_held is (None if sequence is None else True)
    assert line.count(b"\r") == 1


@given(st.binary(max_size=200), st.sampled_from(sorted(FORMS)), st.sampled_from(["ascii", "utf-8"]))
def test_any_bytes_have_an_answer(noise, code, encoding):
    for line in (noise, code.encode() + noise):
        try:
            codec.decode(line, encoding=encoding)
        except Sip2Error:
            continue


def test_a_flipped_bit_is_told():
    line = codec.encode(
        Message("94", {"ok": "1"}), encoding="ascii", sequence=0
    ).rstrip(b"\r")  # fmt: skip
    for bit in range(24):
        torn = bytearray(line)
        torn[bit // 8] ^= 1 << bit % 8
        try:
            assert codec.decode(bytes(torn), encoding="ascii").sum_held is False
        except Sip2Error:
            continue


def test_fields_in_any_order_unknown_and_missing_ones_are_taken():
    read = codec.decode(
        b"\n120NUN20260921    101500PB7|AJNatten|ABB-1|xx|AF|AFHej|", encoding="utf-8"
    )

    assert read.message.get("AB") == "B-1"
    assert read.message.get("PB") == "7"
    assert read.message.get("AH") is None
    assert read.message.all("AF") == ["Hej"]
    assert not read.message.yes("ok")


def test_a_short_fixed_part_is_no_reason_to_lose_the_answer():
    assert codec.decode(b"121", encoding="utf-8").message.yes("ok")


CHECKIN = {"no_block": "N", "date": " " * 18, "return_date": " " * 18}
FIELDS = {"AP": "", "AO": "SE-Vi", "AB": "B-1", "AC": ""}


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (Message("77"), "no message '77'"),
        (Message("94", {"ok": "10"}), "ok of 94 must have 1 characters"),
        (Message("09", CHECKIN, (("AO", "SE-Vi"),)), "lacks AB, AC, AP"),
        (Message("09", CHECKIN, (*FIELDS.items(), ("AA", "1"))), "has no field 'AA'"),
        (
            Message("09", CHECKIN, (*(FIELDS | {"AB": "B|1"}).items(),)),
            "a bar, a NUL or a line's end",
        ),
        (
            Message("09", CHECKIN, (*(FIELDS | {"AB": "B\0"}).items(),)),
            "a bar, a NUL or a line's end",
        ),
        (
            Message("09", CHECKIN, (*(FIELDS | {"AB": "B\r1"}).items(),)),
            "a bar, a NUL or a line's end",
        ),
        (Message("09", CHECKIN, (*(FIELDS | {"AB": "å"}).items(),)), "AB cannot be said in ascii"),
    ],
)
def test_what_no_line_can_say_is_refused(message, why):
    with pytest.raises(Sip2Error, match=why):
        codec.encode(message, encoding="ascii")


def test_a_title_loses_its_accents_rather_than_the_loan():
    told = (("AO", ""), ("AB", "1"), ("AQ", ""), ("AJ", "På ön"))
    fixed = {"ok": "1", "resensitize": "Y", "magnetic": "N", "alert": "N", "date": " " * 18}

    assert b"AJP? ?n|" in codec.encode(Message("10", fixed, told), encoding="ascii")


def test_a_sign_that_no_database_holds_is_one_that_nobody_can_read():
    read = codec.decode(b"120NUN20260921    101500ABB\x001|AJR\x00da|", encoding="utf-8").message

    assert [value for _, value in read.fields] == ["B\ufffd1", "R\ufffdda"]
