"""ISO 14443-3A from the reader's side: wake tags, tell them apart, and put them to sleep."""

from typing import NamedTuple

from station.readers.exchange import COLLISION_SOMEWHERE, Answer, Exchange

REQA = b"\x26"
HALT = b"\x50\x00"
SELECTS = (0x93, 0x95, 0x97)
CASCADE_TAG = b"\x88"
SAK_UID_GOES_ON = 0x04
UID_BITS = 32
LEVEL_BYTES = 5
CRC_A_START = 0x6363


class Selected(NamedTuple):
    """The one tag that obeys now."""

    uid: bytes
    sak: int
    """What kind of tag it says it is (ISO 14443-3, 6.5.3.4; NXP's AN10833)."""


def wake(air: Exchange) -> bool:
    """Return whether any tag that does not sleep is there; it is then ready to be selected."""
    # Two kinds of tag answer differently and collide: that, too, is an answer.
    return air.send(REQA, last_bits=7, crc=False) is not None


def select(air: Exchange) -> Selected | None:
    """Return one ready tag, now active; None where the air was not clear."""
    uid = b""
    for level in SELECTS:
        part = _resolve(air, level)
        sak = _choose(air, level, part) if part else None
        if part is None or sak is None:
            return None
        # The tag's word decides: a four-byte UID, too, may begin with the cascade's 0x88.
        if not sak & SAK_UID_GOES_ON:
            return Selected(uid + part[:4], sak)
        uid += part[1:4]
    return None


def call(air: Exchange, uid: bytes) -> Selected | None:
    """Return the ready tag *uid*, now active, whatever lies beside it; None where it is silent."""
    for level, part in zip(SELECTS, levels(uid), strict=False):
        sak = _choose(air, level, part)
        if sak is None:
            return None
        if not sak & SAK_UID_GOES_ON:
            return Selected(uid, sak)
    return None


def halt(air: Exchange) -> None:
    """Put the active tag to sleep until the field is cycled."""
    air.send(HALT)


def levels(uid: bytes) -> list[bytes]:
    """Return *uid* of 4, 7 or 10 bytes in its cascade levels, each with its check byte."""
    heads = len(uid) // 3 - 1
    parts = [CASCADE_TAG + uid[3 * head :][:3] for head in range(heads)] + [uid[3 * heads :]]
    return [part + bytes([part[0] ^ part[1] ^ part[2] ^ part[3]]) for part in parts]


def with_crc(frame: bytes) -> bytes:
    """Return *frame* and its checksum, for commands whose short answer carries none."""
    crc = CRC_A_START
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return frame + crc.to_bytes(2, "little")


def _choose(air: Exchange, level: int, part: bytes) -> int | None:
    """Return what the tag with *part* of a UID says of itself, now that all others fall back."""
    answer = air.send(bytes([level, 0x70]) + part)
    return answer.data[0] if answer and len(answer.data) == 1 and not answer.last_bits else None


def _resolve(air: Exchange, level: int) -> bytes | None:
    """Return one tag's part of the UID with its check byte, one of those that collide."""
    value = known = 0
    while known <= UID_BITS:
        # Ready tags stay so whatever they hear of this, and can be asked again.
        answer = _ask(air, level, value, known) or _ask(air, level, value, known)
        if answer is None or answer.collision == COLLISION_SOMEWHERE:
            return None
        heard = int.from_bytes(answer.data, "little") >> known % 8
        if answer.collision is None:
            return _checked(value | heard << known)
        if known == 0:
            clear = answer.collision - 1
            value, known = heard & ((1 << clear) - 1) | 1 << clear, answer.collision
        else:
            # Where a later collision is counted from is not written down, and chips are copied.
            # The next bit is clear, or collides: as it was heard, some tag has it.
            value, known = value | (heard & 1) << known, known + 1
    return None


def _ask(air: Exchange, level: int, value: int, known: int) -> Answer | None:
    """Ask the tags whose UID begins with the *known* bits of *value* for the rest."""
    whole, odd = divmod(known, 8)
    head = bytes([level, 0x20 + (whole << 4) + odd])
    asked = head + value.to_bytes(LEVEL_BYTES, "little")[: whole + bool(odd)]
    return air.send(asked, last_bits=odd, align=odd, crc=False)


def _checked(value: int) -> bytes | None:
    if value.bit_length() > LEVEL_BYTES * 8:
        return None
    part = value.to_bytes(LEVEL_BYTES, "little")
    return part if part[0] ^ part[1] ^ part[2] ^ part[3] == part[4] else None
