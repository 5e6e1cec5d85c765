"""No broker, and no neighbour, can speak in another's name."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from circulation import signing
from circulation.errors import ForgedError, MessageError, NewerMessageError

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
TOPIC = "fingertopp/1/vindeln/vindeln-1/facts"
BODY = b'{"epoch":1,"first":1,"envelopes":[]}'


def wrapped() -> bytes:
    return signing.wrap(TOPIC, BODY, signing.KeySigner("vindeln-1", KEY))


def test_a_body_comes_back_byte_for_byte():
    frame = signing.unwrap(wrapped())

    assert frame.by == "vindeln-1"
    assert signing.verify(TOPIC, frame, KEY.public_key()) == BODY


def test_anothers_key_is_forgery():
    with pytest.raises(ForgedError):
        signing.verify(TOPIC, signing.unwrap(wrapped()), OTHER.public_key())


def test_a_message_moved_to_another_topic_is_forgery():
    with pytest.raises(ForgedError):
        signing.verify(TOPIC + "x", signing.unwrap(wrapped()), KEY.public_key())


def test_a_changed_body_is_forgery():
    changed = wrapped().replace(b'"first":1', b'"first":2')

    with pytest.raises(ForgedError):
        signing.verify(TOPIC, signing.unwrap(changed), KEY.public_key())


def test_a_newer_version_is_named_as_such_whatever_else_it_holds():
    with pytest.raises(NewerMessageError, match="version 2"):
        signing.unwrap(msgspec.json.encode({"v": 2, "by": 7, "more": [1]}))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        wrapped()[:-7],
        b"\xff\xfe",
        b"[]",
        b'{"v":1}',
        b'{"v":0,"by":"a"}',
        b" " * 300_000,
    ],
)
def test_a_torn_message_is_a_message_error(payload):
    with pytest.raises(MessageError):
        signing.unwrap(payload)


def test_a_frame_nested_without_end_is_a_strangers():
    deep = b'{"v":1,"by":"x","sig":"","body":' + b"[" * 50_000 + b"]" * 50_000 + b"}"

    for payload in (deep, b"[" * 50_000):
        with pytest.raises(MessageError):
            signing.unwrap(payload)


@pytest.mark.parametrize("more", [0, 1])
def test_a_message_too_long_is_not_even_looked_into(more):
    frame = b'{"v":2}'
    payload = frame + b" " * (signing.MESSAGE_BYTES_MAX - len(frame) + more)

    with pytest.raises(MessageError, match="at most 262144" if more else "version 2"):
        signing.unwrap(payload)
