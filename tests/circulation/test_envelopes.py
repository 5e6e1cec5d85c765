"""A fact is sealed once, addressed, and opened by the hub alone."""

import pytest

from circulation import envelopes, facts, sealing
from circulation.errors import MessageError
from circulation.facts import Checkin
from circulation.identifiers import ItemId, StationId
from circulation.instants import Instant

PRIVATE = sealing.new_private_key()
KEY = sealing.SealingKey("2026-1", sealing.public_half(PRIVATE))
RING = sealing.KeyRing({"2026-1": PRIVATE})
AT = Instant(wall_ms=1_795_000_000_000, mono_ms=5_000, boot="b", trusted=True)
FACT = Checkin(at=AT, item=ItemId("30000001"))


def enclosed(fact: facts.Fact = FACT) -> bytes:
    return envelopes.enclose(
        fact, station=StationId("vindeln-1"), epoch=1, seq=1, prev=envelopes.GENESIS, key=KEY
    )


def test_the_hub_opens_what_the_station_sealed():
    assert envelopes.open_fact(envelopes.address(enclosed()), RING) == FACT


def test_neither_item_nor_kind_can_be_read_from_outside():
    assert b"30000001" not in enclosed()
    assert b"checkin" not in enclosed()


def test_two_sealings_of_one_fact_are_two_envelopes():
    assert envelopes.digest(enclosed()) != envelopes.digest(enclosed())


def test_a_key_the_hub_does_not_hold_is_named():
    with pytest.raises(MessageError, match="2026-1"):
        envelopes.open_fact(envelopes.address(enclosed()), sealing.KeyRing({}))


def test_a_box_that_was_touched_does_not_open():
    envelope = envelopes.address(enclosed())
    touched = bytes([envelope.sealed[0] ^ 1]) + envelope.sealed[1:]

    with pytest.raises(MessageError, match="does not open"):
        RING.open("2026-1", touched)


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"{}", enclosed()[:-1], b"x" * 20_000],
    ids=["empty", "null", "bare", "torn", "huge"],
)
def test_what_is_no_envelope_is_a_message_error(raw):
    with pytest.raises(MessageError):
        envelopes.address(raw)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"type":"burned"}', b"x" * 5000], ids=["empty", "bare", "new", "huge"]
)
def test_what_is_no_fact_is_a_message_error(body):
    with pytest.raises(MessageError):
        facts.decode(body)
