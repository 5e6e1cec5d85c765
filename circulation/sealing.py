"""Sealed boxes: only the hub can open what a station wrote, not the station itself."""

from functools import lru_cache
from typing import Any, Protocol

from msgspec import Struct
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from circulation.errors import MessageError


class SealingKey(Struct, frozen=True, forbid_unknown_fields=True):
    """A public X25519 key with the id under which envelopes name it."""

    id: str
    public: bytes


class VouchedKey(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A public sealing key as the region's authority vouches for it; see `signing.vouched`."""

    id: str
    public: bytes
    made_ms: int
    signature: bytes

    def statement(self) -> bytes:
        """Return what *signature* is over."""
        return f"fingertopp sealing key\n{self.id}\n{self.made_ms}\n".encode() + self.public


class Opener(Protocol):
    """Whoever holds the private halves."""

    def open(self, key: str, sealed: bytes) -> bytes:
        """Return what was sealed to the key with id *key*, or raise `MessageError`."""
        ...


def seal(body: bytes, key: SealingKey) -> bytes:
    """Return *body* sealed to *key* (libsodium crypto_box_seal); differs at every call.

    Raises `MessageError` for a stranger's key that is no point to seal to.
    """
    try:
        return _box(key.public).encrypt(body)
    except CryptoError as error:
        raise MessageError(f"key {key.id!r} seals nothing") from error


@lru_cache(maxsize=8)
def _box(public: bytes) -> "SealedBox[Any]":
    return SealedBox(PublicKey(public))


class KeyRing:
    """The private halves a hub keeps, the present one and those still owed under."""

    def __init__(self, private: dict[str, bytes]) -> None:
        """Hold *private*: raw 32-byte X25519 keys by id."""
        self._boxes = {id_: SealedBox(PrivateKey(raw)) for id_, raw in private.items()}

    def open(self, key: str, sealed: bytes) -> bytes:
        """Return what was sealed to the key with id *key*, or raise `MessageError`."""
        box = self._boxes.get(key)
        if box is None:
            raise MessageError(f"sealed to a key that this ring does not hold: {key!r}")
        try:
            return box.decrypt(sealed)
        except CryptoError as error:
            raise MessageError("a sealed box that does not open") from error


def new_private_key() -> bytes:
    """Return a fresh raw X25519 private key (32 bytes)."""
    return bytes(PrivateKey.generate())


def public_half(private: bytes) -> bytes:
    """Return the public half (32 bytes) of the raw *private* key."""
    return bytes(PrivateKey(private).public_key)
