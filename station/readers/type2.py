"""Type 2 tags over any chip: NXP's NTAG21x (rev 3.2) and the Ultralights, four bytes a page.

Each function speaks to the one active tag, and returns None where it said nothing, or nothing
that held: such a tag may have fallen back to sleep's edge, and must be woken anew.
"""

from station.readers.exchange import Answer, Exchange
from station.readers.iso14443a import with_crc

GET_VERSION, READ, FAST_READ, WRITE, PWD_AUTH = 0x60, 0x30, 0x3A, 0xA2, 0x1B
ACK, NAK_CRC = 0xA, 0x1
SHORT_BITS = 4

PAGE_BYTES, READ_PAGES = 4, 4
FAST_READ_PAGES_MAX = 15
"""As many pages as go into a chip's FIFO of 64 bytes with their checksum."""
CAPABILITY_PAGE, USER_PAGE = 3, 4
BLOCK_PAGES = 9
"""Enough for an ISO 28560-3 block of 32 or 34 bytes."""

USER_BYTES = {0x0B: 48, 0x0E: 128, 0x0F: 144, 0x11: 504, 0x13: 888}
"""The user's memory, by the storage byte of GET_VERSION: Ultralight EV1, NTAG213, 215, 216."""
USER_BYTES_MIN = 48
NULL_TLV, LOCK_TLV, MEMORY_TLV, NDEF_TLV = 0x00, 0x01, 0x02, 0x03
TLV_LONG = 0xFF
NDEF_MAGIC = 0xE1


def user_bytes(air: Exchange) -> int | None:
    """Return how much the user's pages hold (GET_VERSION, 10.1)."""
    answer = air.send(bytes([GET_VERSION]))
    if answer is None or len(answer.data) != 8:
        return None
    return USER_BYTES.get(answer.data[6])


def read_fast(air: Exchange, first: int, last: int) -> bytes | None:
    """Return the pages *first* to *last*, as many at once as a chip can take (FAST_READ, 10.3)."""
    memory = b""
    for page in range(first, last + 1, FAST_READ_PAGES_MAX):
        end = min(page + FAST_READ_PAGES_MAX - 1, last)
        answer = air.send(bytes([FAST_READ, page, end]))
        if answer is None or len(answer.data) != (end - page + 1) * PAGE_BYTES:
            return None
        memory += answer.data
    return memory


def read(air: Exchange, first: int, last: int) -> bytes | None:
    """Return the pages *first* to *last*, four at a time, which every tag knows (READ, 10.2)."""
    memory = b""
    for page in range(first, last + 1, READ_PAGES):
        answer = air.send(bytes([READ, page]))
        if answer is None or len(answer.data) != READ_PAGES * PAGE_BYTES:
            return None
        memory += answer.data
    return memory[: (last - first + 1) * PAGE_BYTES]


def memory(air: Exchange, *, plainly: bool) -> bytes | None:
    """Return the user's memory from its first byte: a block's room, and a text to its end.

    *plainly* asks as even the oldest tags understand.
    """
    read_pages = read if plainly else read_fast
    head = read_pages(air, USER_PAGE, USER_PAGE + BLOCK_PAGES - 1)
    if head is None:
        return None
    end = _text_end(head)
    if end <= len(head):
        return head
    room = _text_room(air)
    if room is None or end > room:
        # What says it is longer than its tag is no text.
        return head if room else None
    rest = read_pages(air, USER_PAGE + BLOCK_PAGES, USER_PAGE + -(-end // PAGE_BYTES) - 1)
    return None if rest is None else head + rest


def write_page(air: Exchange, page: int, four: bytes) -> bool:
    """Return whether the tag said it took *four* bytes for *page* (WRITE, 10.4).

    That is four bits without a checksum, and no word to rely on: what counts is reading.
    """
    return _short(air.send(with_crc(bytes([WRITE, page]) + four), crc=False)) == ACK


def first_protected(air: Exchange, room: int) -> int | None:
    """Return from which page on a tag that holds *room* asks for a password (AUTH0, 8.5.7)."""
    config = USER_PAGE + room // PAGE_BYTES + 1
    answer = air.send(bytes([READ, config]))
    if answer is None or len(answer.data) != READ_PAGES * PAGE_BYTES:
        return None
    return answer.data[3]


def unlock(air: Exchange, password: bytes) -> bool | None:
    """Return whether the tag took the *password* of four bytes (PWD_AUTH, 10.7)."""
    answer = air.send(with_crc(bytes([PWD_AUTH]) + password), crc=False)
    said = _short(answer)
    if said is not None:
        return None if said == NAK_CRC else False
    if answer is None or len(answer.data) != 4 or with_crc(answer.data[:2]) != answer.data:
        return None
    return True


def _text_room(air: Exchange) -> int | None:
    """Return how much a tag made for texts says it holds (capability container, 8.5.6)."""
    answer = air.send(bytes([READ, CAPABILITY_PAGE]))
    if answer is None or len(answer.data) != READ_PAGES * PAGE_BYTES:
        return None
    return answer.data[2] * 8 if answer.data[0] == NDEF_MAGIC else USER_BYTES_MIN


def _short(answer: Answer | None) -> int | None:
    """Return the four bits of *answer*, None where it is no such answer."""
    if answer is None or len(answer.data) != 1 or answer.last_bits != SHORT_BITS:
        return None
    return answer.data[0] & 0xF


def _text_end(head: bytes) -> int:
    """Return where the NDEF message that begins in *head* ends, 0 where there is none."""
    at = 0
    while at + 3 < len(head):
        kind, length = head[at], head[at + 1]
        if kind == NDEF_TLV and length == TLV_LONG:
            return at + 4 + int.from_bytes(head[at + 2 : at + 4])
        if kind == NDEF_TLV:
            return at + 2 + length
        if kind not in {NULL_TLV, LOCK_TLV, MEMORY_TLV}:
            return 0
        at += 1 if kind == NULL_TLV else 2 + length
    return 0
