"""A copy of the sealing keys under a passphrase: who loses the hub's machine still has them."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct
from nacl import pwhash, secret, utils
from nacl.exceptions import CryptoError
from sqlalchemy import Connection, select

from circulation.errors import UNREADABLE, ConfigError
from hub.database import insert_into
from hub.errors import HubError
from hub.keys import KeptKey, encode_kept, load_kept, read_kept
from hub.secret_files import alone, write_secret
from hub.tables import hub_meta

PASSPHRASE_CHARACTERS_MIN = 12
OPS = pwhash.argon2id.OPSLIMIT_MODERATE
MEMORY_BYTES = pwhash.argon2id.MEMLIMIT_MODERATE
OPS_MAX, MEMORY_BYTES_MAX = 10, 1 << 30
"""What a stranger's file may make us work."""
FILE_BYTES_MAX = 1 << 20


class Escrow(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file: what it is of, in clear, and the ring of keys in a box (XSalsa20-Poly1305).

    The box's key is Argon2id of the passphrase (UTF-8, Unicode's form C) with *salt*, *ops* and
    *memory_bytes*.
    """

    what: str
    region: str
    keys: list[str]
    made_ms: int
    salt: bytes
    ops: int
    memory_bytes: int
    box: bytes


_NOTED = "escrow"
_MARK = b"\xef\xbb\xbf"
"""What some editors put before a text (UTF-8's byte order mark)."""
WHAT = "Fingertopp: the hub's sealing keys, version 1"


def write(file: Path, kept: list[KeptKey], passphrase: str, *, region: str, made_ms: int) -> None:
    """Write *kept* to the new *file* under *passphrase*, and read it back."""
    if len(passphrase) < PASSPHRASE_CHARACTERS_MIN:
        raise ConfigError(
            f"the passphrase has {len(passphrase)} characters; at least {PASSPHRASE_CHARACTERS_MIN}"
        )
    if file.exists():
        raise ConfigError(f"{file} exists already; give another name")
    typed, *_ = _spellings(passphrase)
    salt = utils.random(pwhash.argon2id.SALTBYTES)
    box = _box(typed, salt, OPS, MEMORY_BYTES)
    escrow = Escrow(
        what=WHAT,
        region=region,
        keys=[each.id for each in kept],
        made_ms=made_ms,
        salt=salt,
        ops=OPS,
        memory_bytes=MEMORY_BYTES,
        box=bytes(box.encrypt(encode_kept(kept))),
    )
    write_secret(file, msgspec.json.format(msgspec.json.encode(escrow), indent=1) + b"\n")
    if read(file, passphrase) != kept:
        raise HubError(f"{file} does not hold what was written to it: take another disk")


def opened(file: Path) -> Escrow:
    """Return the copy in *file*, still sealed; what is none is a `ConfigError`."""
    try:
        with file.open("rb") as copy:
            raw = copy.read(FILE_BYTES_MAX + 1)
        # Scanned off paper each piece is a line of its own, and may begin in a word.
        joined = raw.removeprefix(_MARK).translate(None, b"\r\n")
        escrow = msgspec.json.decode(joined, type=Escrow)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except UNREADABLE as error:
        raise ConfigError(f"{file} is no escrow copy, or a torn one: {error}") from error
    if escrow.what != WHAT:
        raise ConfigError(f"{file} is no escrow copy that this program made")
    return escrow


def read(file: Path, passphrase: str) -> list[KeptKey]:
    """Return the keys in *file*; one that is no escrow copy, or does not open, is named."""
    escrow = opened(file)
    if escrow.ops > OPS_MAX or escrow.memory_bytes > MEMORY_BYTES_MAX:
        raise ConfigError(f"{file} is no escrow copy that this program made")
    last: Exception | None = None
    for typed in _spellings(passphrase):
        try:
            box = _box(typed, escrow.salt, escrow.ops, escrow.memory_bytes)
            return read_kept(box.decrypt(escrow.box))
        except (CryptoError, ValueError, TypeError, RuntimeError) as error:
            last = error
    raise HubError(f"{file} does not open: another passphrase, or a torn copy") from last


def _spellings(passphrase: str) -> Iterator[bytes]:
    """Yield *passphrase* as a copy is made with it, and then as one may have been made before.

    The same letters come composed from one keyboard and in parts from another.
    """
    try:
        composed = unicodedata.normalize("NFC", passphrase).encode()
    except UnicodeEncodeError:
        # Not the error itself: it shows what was typed.
        raise ConfigError("the passphrase has signs that are no text: type it anew") from None
    yield composed
    if passphrase.encode() != composed:
        yield passphrase.encode()


def _box(passphrase: bytes, salt: bytes, ops: int, memory_bytes: int) -> secret.SecretBox:
    key = pwhash.argon2id.kdf(
        secret.SecretBox.KEY_SIZE, passphrase, salt, opslimit=ops, memlimit=memory_bytes
    )
    return secret.SecretBox(key)


class Opened(Struct, frozen=True):
    """When a copy was last opened by its passphrase, and which keys it held."""

    keys: list[str]
    at_ms: int


def note(db: Connection, held: list[KeptKey], at_ms: int) -> None:
    """Keep that a copy that holds *held* was opened at *at_ms* (UTC)."""
    opened = Opened([each.id for each in held], at_ms)
    values = {"name": _NOTED, "value": msgspec.json.encode(opened).decode()}
    entry = insert_into(db, hub_meta).values(**values)
    db.execute(entry.on_conflict_do_update(index_elements=["name"], set_=values))


def last_opened(db: Connection) -> Opened | None:
    """Return when a copy was last opened, None where none ever was."""
    kept = db.scalar(select(hub_meta.c.value).where(hub_meta.c.name == _NOTED))
    return msgspec.json.decode(kept, type=Opened) if kept else None


def lacking(kept: list[KeptKey], held: list[KeptKey]) -> list[str]:
    """Return the ids of *kept* that a copy with *held* does not hold, or holds another key of."""
    there = {each.id: each.private for each in held}
    return sorted(each.id for each in kept if there.get(each.id) != each.private)


def refuse_another(file: Path, region: str) -> None:
    """Raise `ConfigError` where the copy in *file* is of another region than *region*."""
    of = opened(file).region
    if of != region:
        raise ConfigError(
            f"{file} is a copy of {of or 'no region'}, and this hub is of {region}: nothing was "
            "put back. If the region was called so then, say --anyway"
        )


def restore(path: Path, escrowed: list[KeptKey]) -> list[str]:
    """Put into the ring *path* what it lacks of *escrowed*; return the ids of what was put in.

    Nothing that is there goes. A `HubError` where one id has two keys: somebody must look.
    """
    with alone(path):
        here = load_kept(path) if path.exists() else []
        known = {each.id: each for each in here}
        for each in escrowed:
            if each.id in known and known[each.id].private != each.private:
                raise HubError(f"{path} has another sealing key {each.id}: put it aside, and look")
        missing = [each for each in escrowed if each.id not in known]
        if missing:
            both = sorted([*here, *missing], key=lambda each: each.made_ms)
            write_secret(path, encode_kept(both))
    return [each.id for each in missing]
