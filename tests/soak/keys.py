"""The keys of a soaked region: its processes die and come back as who they were."""

from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from circulation import sealing

FILE = "keys.msgpack"


class Keys(Struct, frozen=True):
    """Private halves: what facts are sealed to, the hub's, and each station's by number."""

    sealing: bytes
    hub: bytes
    stations: list[bytes]

    @property
    def key(self) -> sealing.SealingKey:
        return sealing.SealingKey("2026-1", sealing.public_half(self.sealing))


def make(folder: Path, stations: int) -> Keys:
    """Make the keys of a region in *folder*."""
    keys = Keys(sealing.new_private_key(), _new(), [_new() for _ in range(stations)])
    (folder / FILE).write_bytes(msgspec.msgpack.encode(keys))
    return keys


def load(folder: Path) -> Keys:
    """Return the keys of the region in *folder*."""
    return msgspec.msgpack.decode((folder / FILE).read_bytes(), type=Keys)


def _new() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def read(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the key in *pem*."""
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key
