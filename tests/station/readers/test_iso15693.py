"""One tag's answers, and what becomes of those that are no answers."""

import pytest

from station.readers.iso15693 import AddressedTag, Echo, Reply, SystemInformation

UID = bytes.fromhex("e004010012345678")


class Air:
    """An antenna over which everything was recorded: questions, and answers in their order."""

    def __init__(self, *echoes):
        self.echoes = list(echoes)
        self.asked = []

    def ask(self, request, *, patience_ms=2):
        self.asked.append(request.hex())
        return self.echoes.pop(0)

    def tell(self, request):
        self.asked.append(request.hex())

    def next_slot(self):
        raise AssertionError("no slots here")


def clear(data: str) -> Echo:
    return Echo(bytes.fromhex(data), clear=True)


def test_a_tag_is_asked_by_its_uid_from_the_last_byte_on():
    air = Air(clear("00aabbccdd"))

    assert AddressedTag(air, UID).ask(0x20, b"\x05") == Reply(bytes.fromhex("aabbccdd"))
    assert air.asked == ["2220785634120001" + "04e0" + "05"]


def test_a_maker_s_own_command_names_the_maker():
    air = Air(clear("00"))

    AddressedTag(air, UID).ask(0xA2, maker=True)

    assert air.asked == ["22a204" + "78563412000104e0"]


def test_a_refusal_has_its_code():
    assert AddressedTag(Air(clear("0112")), UID).ask(0x21) == Reply(b"", 0x12)
    assert AddressedTag(Air(clear("01")), UID).ask(0x21) == Reply(b"", 0x0F)


def test_what_is_damaged_is_asked_again_but_not_for_ever():
    damaged = Echo(b"\0\1", clear=False)
    air = Air(None, damaged, clear("0077"))
    assert AddressedTag(air, UID).ask(0x20) == Reply(b"\x77")

    assert AddressedTag(Air(None, damaged, None), UID).ask(0x20) is None


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("000f78563412000104e03e071b0301", SystemInformation(0x3E, 0x07, 28, 4)),
        ("000478563412000104e04e03", SystemInformation(None, None, 79, 4)),
        ("000278563412000104e0c2", SystemInformation(None, 0xC2)),
        ("000078563412000104e0", SystemInformation()),
        ("000f78563412000104e03e07", SystemInformation()),
        ("00", SystemInformation()),
        ("0101", SystemInformation()),
    ],
)
def test_a_tag_s_information_is_read_as_far_as_it_goes(said, means):
    assert AddressedTag(Air(clear(said)), UID).information() == means


def test_a_tag_that_ends_early_is_read_to_its_end():
    air = Air(clear("0110"), clear("0001020304"), clear("0110"))

    assert AddressedTag(air, UID).read(0, 9, 4) == b"\1\2\3\4"
