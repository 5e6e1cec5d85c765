from station.readers.chips.frames import Bits, crc_a, crc_holds, with_crc


def test_the_checksum_is_that_of_the_standard():
    assert crc_a(b"\x50\x00").hex() == "57cd"
    assert crc_a(b"\x00\x00").hex() == "a01e"
    assert crc_a(b"\x12\x34").hex() == "26cf"


def test_one_wrong_bit_breaks_the_checksum():
    frame = with_crc(b"Umea")

    assert crc_holds(frame)
    assert not crc_holds(b"\x54" + frame[1:])


def test_bits_go_out_lowest_first():
    assert Bits.of(b"\x01\x80").after(8).value == 0x80
    assert Bits.of(b"\x88\x04").starts_as(Bits(0x8, 4))
    assert not Bits.of(b"\x88\x04").starts_as(Bits(0x9, 4))
    assert Bits(0x1FF, 9).to_bytes() == b"\xff\x01"
