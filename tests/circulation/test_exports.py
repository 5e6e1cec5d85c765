"""An export is whole and of one station, or it is refused before anything is done with it."""

import io

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from circulation import envelopes, exports, sealing, signing, topics
from circulation.errors import ForgedError, MessageError, NewerMessageError
from circulation.exports import Origin
from circulation.facts import Checkin
from circulation.identifiers import ItemId, StationId
from circulation.instants import Instant

KEY = ec.generate_private_key(ec.SECP256R1())
SEALING = sealing.SealingKey("k", sealing.public_half(sealing.new_private_key()))
SIGNER = signing.KeySigner("vindeln-1", KEY)


def envelope(seq: int, station: str = "vindeln-1") -> bytes:
    fact = Checkin(at=Instant(1, 1, "b", trusted=True), item=ItemId("3"))
    return envelopes.enclose(
        fact, station=StationId(station), epoch=1, seq=seq, prev="0" * 64, key=SEALING
    )


def written(kept, name="one", signer=SIGNER) -> list[bytes]:
    return list(exports.lines(kept, name=name, partition="vindeln", signer=signer))


def read(lines: list[bytes]) -> list[bytes]:
    def origin_of(_: StationId) -> Origin:
        return Origin("vindeln", KEY.public_key())

    parts = exports.read(io.BytesIO(b"".join(lines)), origin_of)
    return [raw for part in parts for raw in part.envelopes]


@pytest.fixture(scope="module")
def kept():
    return [envelope(seq) for seq in range(1, 1001)]


def test_what_was_written_is_read_line_by_line(kept):
    lines = written(kept)

    assert len(lines) > 2
    assert max(map(len, lines)) <= signing.MESSAGE_BYTES_MAX
    assert read(lines) == kept


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: lines[:-1],
        lambda lines: lines[1:],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [*lines, lines[-1]],
        lambda lines: [*lines[:-1], lines[-1][:-40]],
        lambda lines: [],
    ],
    ids=["end", "beginning", "order", "twice", "torn", "empty"],
)
def test_what_is_not_whole_is_refused(kept, spoil):
    with pytest.raises(MessageError):
        read(spoil(written(kept)))


def test_lines_of_two_exports_are_not_one(kept):
    with pytest.raises(MessageError, match="another export"):
        read([*written(kept, "one")[:1], *written(kept, "two")[1:]])


def test_lines_of_two_stations_are_not_one(kept):
    other = signing.KeySigner("umea-1", KEY)
    theirs = written([envelope(seq, "umea-1") for seq in range(1, 1001)], signer=other)

    with pytest.raises(MessageError, match="lines of vindeln-1 and of umea-1"):
        read([*written(kept)[:1], *theirs[1:]])


def test_a_line_signed_by_another_is_refused(kept):
    thief = signing.KeySigner("vindeln-1", ec.generate_private_key(ec.SECP256R1()))

    with pytest.raises(ForgedError):
        read(written(kept, signer=thief))


def test_anothers_envelope_is_refused():
    with pytest.raises(MessageError, match="umea-1"):
        read(written([envelope(1), envelope(2, "umea-1")]))


def test_a_newer_export_is_refused_and_said_to_be_newer(kept):
    lines = written(kept)

    with pytest.raises(NewerMessageError, match="version 2"):
        read([lines[0].replace(b'"v":1', b'"v":2', 1), *lines[1:]])


def test_an_export_is_no_message_for_a_broker():
    with pytest.raises(MessageError):
        topics.parse(topics.topic("vindeln", StationId("vindeln-1"), topics.EXPORT))
