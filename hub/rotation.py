"""Sealing keys in turn: a new one for what will happen, old ones for what is still owed."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from circulation import sealing, signing
from circulation.errors import ConfigError
from circulation.identifiers import StationId
from circulation.messages import State
from hub.errors import HubError
from hub.fleet import Station
from hub.keys import KeptKey, encode_kept, load_kept
from hub.secret_files import alone, write_secret

DRAWER_MS = 365 * 24 * 3_600_000
"""How long a card may lie in a drawer before somebody brings the facts on it."""


class Standing(Struct, frozen=True, kw_only=True):
    """One sealing key: whether it is the one in use, and what an old one is kept for."""

    id: str
    made_ms: int
    replaced_ms: int | None
    """When a newer one came, UTC; None for the one in use."""
    here: bool
    """False where stations have facts under it, and this hub has no private half of it."""
    stations: list[StationId]
    """Who has facts under it or may seal to it, or has not been heard of lately enough to tell."""

    @property
    def free_ms(self) -> int | None:
        """From when on it can go (UTC), None where something may be owed under it."""
        if self.replaced_ms is None or self.stations or not self.here:
            return None
        return self.replaced_ms + DRAWER_MS


def standings(kept: list[KeptKey], stations: list[Station]) -> list[Standing]:
    """Return how each of *kept* stands with *stations*, and keys that are gone; newest last."""
    heard = [each for each in stations if not each.revoked]
    gone = {id_ for each in heard for id_ in _keys(each.state)} - {each.id for each in kept}
    newer: list[KeptKey | None] = [*kept[1:], None]
    found = [
        Standing(
            id=key.id,
            made_ms=key.made_ms,
            replaced_ms=after.made_ms if after else None,
            here=True,
            stations=[each.enrolled.id for each in heard if _may_need(each.state, key.id)],
        )
        for key, after in zip(kept, newer, strict=True)
    ]
    return [*(_gone(id_, heard) for id_ in sorted(gone)), *found]


def _gone(id_: str, heard: list[Station]) -> Standing:
    under = [each.enrolled.id for each in heard if id_ in _keys(each.state)]
    return Standing(id=id_, made_ms=0, replaced_ms=0, here=False, stations=under)


def _keys(state: State | None) -> list[str]:
    return state.keys if state else []


def _may_need(state: State | None, key: str) -> bool:
    # Epoch 0 is a journal set aside, and nobody knows what is in it.
    return state is None or not state.keys or not state.epoch or key in state.keys


def rotate(path: Path, authority: ec.EllipticCurvePrivateKey, now_ms: int) -> KeptKey:
    """Return a new sealing key, once it is in the ring *path* after all others.

    Stations are told of it with their next settings; what is sealed to the others still opens.
    """

    def with_new(kept: list[KeptKey]) -> list[KeptKey]:
        private = sealing.new_private_key()
        # A clock that went back must not put the new one before the old.
        made_ms = max(now_ms, kept[-1].made_ms + 1)
        public = sealing.public_half(private)
        id_ = _name(public, made_ms)
        vouched = signing.vouch(id_, public, made_ms=made_ms, authority=authority)
        new = KeptKey(id=id_, private=private, made_ms=made_ms, signature=vouched.signature)
        return [*kept, new]

    return _rewritten(path, with_new)[-1]


def _name(public: bytes, made_ms: int) -> str:
    """Return a name that no lost key can have had: its day, and the first of its bytes."""
    return f"{datetime.fromtimestamp(made_ms / 1000, UTC):%Y-%m-%d}-{public.hex()[:6]}"


def retire(path: Path, id_: str, stations: list[Station], now_ms: int) -> None:
    """Take the key *id_* out of the ring *path*; a `HubError` where anything may be owed to it."""

    def without(kept: list[KeptKey]) -> list[KeptKey]:
        found = [each for each in standings(kept, stations) if each.id == id_ and each.here]
        if not found:
            raise ConfigError(f"{path}: there is no sealing key {id_!r}")
        (key,) = found
        if key.free_ms is None or now_ms < key.free_ms:
            raise HubError(f"sealing key {id_} is kept: something may be owed under it")
        return [each for each in kept if each.id != id_]

    _rewritten(path, without)


def _rewritten(path: Path, change: Callable[[list[KeptKey]], list[KeptKey]]) -> list[KeptKey]:
    with alone(path):
        changed = change(load_kept(path))
        write_secret(path, encode_kept(changed))
        return changed
