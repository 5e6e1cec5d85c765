import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from circulation.errors import MessageError
from circulation.tags.content import Usage
from circulation.tags.decoding import decode as decode_image
from circulation.tags.image import Air, TagImage
from circulation.tags.iso28560_3 import encode_basic, encode_extension

UID = "04a1b2112233aa"


def decode(uid, memory, **more):
    return decode_image(TagImage(uid=uid, air=Air.ISO14443A, memory=memory, **more))


# (block, number, owner, parts, part, usage); the first is another library software's own example
VECTORS = [
    (
        "11010131313232333334340000000000000000513e4445373035000000000000",
        ("11223344", "DE-705", 1, 1, Usage.CIRCULATING),
    ),
    (
        "11010133303030303030310000000000000000932f5345556d00000000000000",
        ("30000001", "SE-Um", 1, 1, Usage.CIRCULATING),
    ),
    (
        "11030133313031323334353637383930000000b3015345566900000000000000",
        ("3101234567890", "SE-Vi", 3, 1, Usage.CIRCULATING),
    ),
    (
        "18010132303030303030310000000000000000416c5345556d00000000000000",
        ("20000001", "SE-Um", 1, 1, Usage.PATRON_CARD),
    ),
]
BOOK = bytes.fromhex(VECTORS[1][0])

numbers = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=16
).filter(lambda number: len(number.encode()) <= 16)
owners = st.from_regex(r"[A-Z]{2}-[0-9A-Za-z]{1,9}", fullmatch=True)


@pytest.mark.parametrize(("block", "says"), VECTORS)
def test_a_tag_of_the_field_says_what_its_library_wrote(block, says):
    content = decode(UID, bytes.fromhex(block))

    assert (content.number, content.owner, content.parts, content.part, content.usage) == says
    assert content.format == "28560-3"
    assert content.crc_held
    assert content.doubts == ()


@pytest.mark.parametrize(("block", "says"), VECTORS)
def test_we_write_the_very_bytes_that_others_write(block, says):
    number, owner, parts, part, usage = says

    written = encode_basic(number, usage=usage, parts=parts, part=part, owner=owner)

    assert written.hex() == block


@given(
    number=numbers,
    owner=owners,
    usage=st.sampled_from(Usage),
    of=st.integers(1, 255).flatmap(lambda parts: st.tuples(st.just(parts), st.integers(1, parts))),
    length=st.sampled_from((32, 34)),
    after=st.sampled_from((0, 2, 12)),
)
def test_what_is_written_is_read_back(number, owner, usage, of, length, after):
    parts, part = of
    block = encode_basic(number, usage=usage, parts=parts, part=part, owner=owner, length=length)

    content = decode(UID, block + bytes(after))

    assert (content.number, content.owner, content.usage) == (number, owner, usage)
    assert (content.parts, content.part) == of
    assert content.crc_held
    assert content.doubts == ()


@given(
    number=numbers,
    owner=owners,
    usage=st.sampled_from(Usage),
    at=st.integers(0, 33),
    bit=st.integers(0, 7),
    length=st.sampled_from((32, 34)),
    turned=st.sampled_from((1, 4, 8)),
)
@example(number="0", owner="AA-0", usage=1, at=0, bit=7, length=32, turned=1)
@example(number="138", owner="SS-a9aZ", usage=8, at=20, bit=4, length=34, turned=4)
@example(number="SE", owner="SD-Z1", usage=1, at=32, bit=2, length=34, turned=1)
def test_one_wrong_bit_is_never_believed_nor_taken_for_another_format(
    number, owner, usage, at, bit, length, turned
):
    block = encode_basic(number, usage=Usage(usage), owner=owner, length=length)
    torn = bytearray(block)
    torn[at % length] ^= 1 << bit

    content = decode(UID, backwards(bytes(torn), turned), block_bytes=max(turned, 4))

    if at % length < 32:
        assert content.crc_held is False or not content.number
    else:
        # The same bytes may be a block of 32 with something after it: said, and not guessed.
        assert content.crc_held is False or "only zeros may follow" in " ".join(content.doubts)


def test_one_wrong_bit_amid_a_number_makes_no_other_number():
    torn = bytearray(encode_basic("A2", usage=Usage.CIRCULATING, parts=3, part=2, owner="SE-Um"))
    torn[15] ^= 1 << 4

    content = decode(UID, bytes(torn))

    assert (content.format, content.number, content.crc_held) == ("28560-3", "", False)


def backwards(memory: bytes, turned: int) -> bytes:
    """Return *memory* as a reader delivers it that turns every *turned* bytes round."""
    filled = memory + bytes(-len(memory) % turned)
    return b"".join(filled[at : at + turned][::-1] for at in range(0, len(filled), turned))


def test_blocks_of_eight_bytes_delivered_backwards_are_turned():
    assert decode(UID, backwards(BOOK, 8), block_bytes=8).number == "30000001"


@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(min_size=1, max_size=40)), max_size=4))
def test_what_follows_the_block_is_read_as_far_as_it_is_whole(told):
    block = encode_basic("1", usage=Usage.CIRCULATING, owner="SE-Um", length=34)
    memory = block + b"".join(encode_extension(*each) for each in told)

    content = decode(UID, memory + bytes(4))

    assert (content.extensions, content.doubts) == (tuple(told), ())
    if told:
        torn = decode(UID, memory[:-1] + bytes([memory[-1] ^ 1]))
        assert (torn.extensions, torn.crc_held) == (tuple(told[:-1]), True)
        assert torn.doubts == ("an extension block is torn",)


def test_what_follows_a_block_that_came_backwards_is_turned_with_it():
    block = encode_basic("1", usage=Usage.CIRCULATING, owner="SE-Um", length=34)
    memory = block + encode_extension(4, b"Bilbo, en hobbits") + bytes(5)

    content = decode(UID, backwards(memory, 4))

    assert content.extensions == ((4, b"Bilbo, en hobbits"),)
    assert content.doubts == ("every page came last byte first",)


def test_a_block_whose_length_was_lost_is_torn_and_not_the_end():
    block = encode_basic("1", usage=Usage.CIRCULATING, owner="SE-Um", length=34)
    extension = bytearray(encode_extension(4, b"Momo"))
    assert extension[0] == 8
    extension[0] ^= 8

    assert decode(UID, block + extension).doubts == ("an extension block is torn",)


def test_an_old_tag_without_a_checksum_is_said_to_be_one():
    block = bytearray(BOOK)
    block[19:32] = b"\0\0umea bibl\0\0"

    content = decode(UID, bytes(block))

    assert (content.number, content.crc_held) == ("30000001", False)
    assert "before there was a checksum" in content.doubts[1]


def test_a_short_block_may_be_followed_by_something_else():
    content = decode(UID, BOOK + b"\x55\xaa\x55\xaa")

    assert content.number == "30000001"
    assert "only zeros may follow" in content.doubts[0]


def test_a_torn_book_still_has_its_number_but_is_not_vouched_for():
    content = decode(UID, BOOK[:12] + bytes(22))

    assert content.format == "28560-3"
    assert not content.crc_held
    assert "half written" in content.doubts[0]


def test_pages_delivered_backwards_are_turned():
    content = decode(UID, backwards(BOOK, 4))

    assert (content.number, content.crc_held) == ("30000001", True)
    assert content.doubts == ("every page came last byte first",)


def _resummed(changed: bytearray) -> bytes:
    """Put the right sum on a block that some other maker's writer would have written."""
    for candidate in range(0x10000):
        changed[19:21] = candidate.to_bytes(2, "little")
        if decode(UID, bytes(changed)).crc_held:
            return bytes(changed)
    raise AssertionError("no sum fits")


def test_swapped_parts_are_mended_and_said():
    block = bytearray(encode_basic("1", usage=Usage.CIRCULATING, parts=3, part=1, owner="SE-Vi"))
    block[1:3] = b"\x01\x03"

    content = decode(UID, _resummed(block))

    assert (content.parts, content.part) == (3, 1)
    assert content.doubts == ("part and number of parts are swapped",)


def test_a_maker_who_swaps_version_and_usage_is_understood():
    block = bytearray(encode_basic("1", usage=Usage.PATRON_CARD, owner="SE-Vi"))
    block[0] = 0x81

    content = decode(UID, _resummed(block))

    assert content.usage is Usage.PATRON_CARD
    assert content.doubts == ("version and type of usage are swapped",)


@pytest.mark.parametrize(
    "memory",
    [
        bytes(36),
        b"\xff" * 36,
        b"\x03\x00\xfe" + bytes(33),
        bytes.fromhex("0103a00c340300fe") + bytes(28),
    ],
)
def test_a_new_sticker_is_blank(memory):
    assert decode(UID, memory).format == "blank"


def test_a_bus_card_is_no_book():
    bus_card = bytes.fromhex("0316d1011254027376526573656b6f7274") + bytes(19)

    content = decode(UID, bus_card)

    assert (content.format, content.number) == ("ndef", "")


def test_too_few_bytes_are_said_to_be_too_few():
    assert decode(UID, BOOK[:16]).doubts == ("only 16 bytes were read",)
    assert decode(UID, b"").format == "unknown"


@pytest.mark.parametrize("number", ["", "12345678901234567", " 1", "å" * 9, "a\0b"])
def test_a_number_that_does_not_fit_is_refused(number):
    with pytest.raises(MessageError):
        encode_basic(number, usage=Usage.CIRCULATING, owner="SE-Um")


@pytest.mark.parametrize("owner", ["Umea", "se-um", "SE-", "SE-abcdefghijklm"])
def test_an_owner_that_is_no_isil_or_too_long_is_refused(owner):
    with pytest.raises(MessageError):
        encode_basic("1", usage=Usage.CIRCULATING, owner=owner)


def test_an_owner_of_eleven_letters_needs_the_longer_block():
    with pytest.raises(MessageError, match="32 bytes"):
        encode_basic("1", usage=Usage.CIRCULATING, owner="SE-abcdefghijk")
    assert encode_basic("1", usage=Usage.CIRCULATING, owner="SE-abcdefghijk", length=34)


def test_part_four_of_three_is_refused():
    with pytest.raises(MessageError, match="part 4 of 3"):
        encode_basic("1", usage=Usage.CIRCULATING, parts=3, part=4, owner="SE-Um")
