"""What is carried on a stick says nothing to its finder, and cannot be changed unnoticed."""

from datetime import UTC, datetime

import msgspec
import pytest
from cryptography import x509

from circulation import sealing, sticks
from circulation.authorities import Trust
from circulation.certificates import new_key, request
from circulation.errors import ForgedError, MessageError
from circulation.joining import token_hash
from circulation.signing import KeySigner
from circulation.sticks import Content, Request, answer, opened, proof, proven, read_request
from hub.enrolment import Authority

NOW = datetime.now(UTC)
AUTHORITY = Authority.create("Umeåregionen", NOW)
KNOWN = [AUTHORITY.certificate]
HUB_KEY = new_key()
HUB = AUTHORITY.issue(request(HUB_KEY, "hub"), "hub", NOW).decode()
PRIVATE = sealing.new_private_key()
ASKED = Request(station="vindeln-1", request="R", reply_to=sealing.public_half(PRIVATE))
CONTENT = Content(trust=Trust(authorities=["A"]), refused="wait")


def answered(**changes):
    told = {"content": CONTENT, "asked": ASKED, "hub_certificate": HUB} | changes
    return answer(**told, signer=KeySigner("hub", HUB_KEY))


def test_an_answer_is_read_by_who_asked_and_by_nobody_else():
    raw = answered()

    assert opened(raw, "vindeln-1", PRIVATE, KNOWN) == CONTENT
    assert b"wait" not in raw
    with pytest.raises(MessageError, match="does not open"):
        opened(raw, "vindeln-1", sealing.new_private_key(), KNOWN)


def test_an_answer_to_another_station_or_of_another_hub_is_not_believed():
    with pytest.raises(ForgedError):
        opened(answered(), "vindeln-2", PRIVATE, KNOWN)
    with pytest.raises(ForgedError, match="authority does not know"):
        opened(answered(), "vindeln-1", PRIVATE, [Authority.create("R", NOW).certificate])
    stranger = AUTHORITY.issue(request(new_key(), "hub"), "hub", NOW).decode()
    with pytest.raises(ForgedError):
        opened(answered(hub_certificate=stranger), "vindeln-1", PRIVATE, KNOWN)


def test_any_byte_that_was_changed_is_noticed():
    raw = answered()
    for at in range(0, len(raw), 13):
        torn = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        try:
            assert opened(torn, "vindeln-1", PRIVATE, KNOWN) == CONTENT
        except MessageError:
            continue


def test_a_proof_is_of_one_token_one_request_and_one_key():
    whole = proven("ABCD-EFGH", "R", b"k")

    assert whole == proof(token_hash("abcdefgh"), "R", b"k")
    assert len({whole, proven("ABCD-EFGI", "R", b"k"), proven("ABCD-EFGH", "S", b"k"),
                proven("ABCD-EFGH", "R", b"l")}) == 4  # fmt: skip


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff", msgspec.json.encode({"station": 5})])
def test_a_strangers_bytes_are_no_request_and_no_answer(raw):
    with pytest.raises(MessageError):
        read_request(raw)
    with pytest.raises(MessageError):
        opened(raw, "vindeln-1", PRIVATE, KNOWN)


def test_a_request_without_a_key_to_answer_to_is_named():
    asked = msgspec.structs.replace(ASKED, reply_to=b"short")

    with pytest.raises(MessageError, match="names no key"):
        answered(asked=asked)
    assert len(answered()) < sticks.FILE_BYTES_MAX
    assert x509.load_pem_x509_certificate(HUB.encode())
