"""The hub's own secrets: what is wrong with their files is said, and a new key is noticed."""

import msgspec
import pytest

from circulation import sealing
from circulation.errors import ConfigError, MessageError
from hub.keys import KeptKey, SealingRing, encode_kept, load_kept
from tests.hub.rig import KEY, PRIVATE

NEW = KeptKey(id="2027-1", private=sealing.new_private_key(), made_ms=9, signature=b"s")
OLD = KeptKey(id=KEY.id, private=PRIVATE)


def sealed_to(kept: KeptKey) -> bytes:
    return sealing.seal(b"a loan", sealing.SealingKey(kept.id, sealing.public_half(kept.private)))


def test_a_file_from_before_keys_were_replaced_is_read(tmp_path):
    path = tmp_path / "sealing.json"
    path.write_bytes(msgspec.json.encode({KEY.id: PRIVATE}))

    assert load_kept(path) == [OLD]
    assert SealingRing(path).newest() is None


def test_a_key_that_comes_while_the_hub_runs_opens_and_is_told(tmp_path):
    path = tmp_path / "sealing.json"
    path.write_bytes(encode_kept([OLD]))
    ring = SealingRing(path)
    with pytest.raises(MessageError, match="does not hold"):
        ring.open(NEW.id, sealed_to(NEW))

    other = tmp_path / "new"
    other.write_bytes(encode_kept([OLD, NEW]))
    other.replace(path)

    assert ring.open(NEW.id, sealed_to(NEW)) == b"a loan"
    assert ring.open(OLD.id, sealed_to(OLD)) == b"a loan"
    assert ring.newest().id == NEW.id


def test_a_file_that_is_spoilt_while_the_hub_runs_takes_no_key_from_it(tmp_path):
    path = tmp_path / "sealing.json"
    path.write_bytes(encode_kept([OLD, NEW]))
    ring = SealingRing(path)
    path.write_bytes(b"{")

    assert ring.newest().id == NEW.id
    assert ring.open(OLD.id, sealed_to(OLD)) == b"a loan"


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"keys": []}', b'{"a": "AAAA"}', b'{"keys": [{"id": 1}]}']
)
def test_a_file_without_a_key_is_named(tmp_path, body):
    (tmp_path / "sealing.json").write_bytes(body)

    with pytest.raises(ConfigError, match=r"sealing\.json: no sealing keys"):
        load_kept(tmp_path / "sealing.json")
