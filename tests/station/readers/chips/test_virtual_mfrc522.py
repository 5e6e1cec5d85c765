"""The chip, asked through the unchanged classes of the mfrc522 package."""

import logging

import pytest

from station.readers.chips.virtual_cards import Classic
from station.readers.chips.virtual_mfrc522 import VirtualMfrc522
from station.readers.chips.virtual_ntag import Ntag
from station.readers.chips.virtual_tags import VirtualTag


@pytest.fixture
def package(chip: VirtualMfrc522):
    from mfrc522 import MFRC522

    handlers = list(logging.getLogger("mfrc522Logger").handlers)
    yield MFRC522(bus=0, device=0, pin_mode=11, pin_rst=25)
    logging.getLogger("mfrc522Logger").handlers[:] = handlers


def read_id(package) -> bytes | None:
    status, _ = package.MFRC522_Request(package.PICC_REQIDL)
    if status != package.MI_OK:
        return None
    status, uid = package.MFRC522_Anticoll()
    return bytes(uid) if status == package.MI_OK else None


def test_the_package_reads_a_short_uid(chip, package):
    chip.field.put(VirtualTag(bytes.fromhex("deadbeef")))

    assert read_id(package).hex() == "deadbeef22"


def test_the_package_sees_two_long_uids_as_one(chip, package):
    ids = set()
    for uid in ("04a1b2112233aa", "04a1b2445566bb"):
        chip.field.put(Ntag(bytes.fromhex(uid)))
        ids.add(read_id(package))
        chip.field.take(bytes.fromhex(uid))

    assert {uid.hex() for uid in ids} == {"8804a1b29f"}


def test_the_package_loses_a_card_lying_still_in_every_other_reading(chip, package):
    chip.field.put(VirtualTag(bytes.fromhex("deadbeef")))

    assert [read_id(package) is not None for _ in range(6)] == [True, False] * 3


def test_the_package_asks_an_empty_field_two_thousand_times(chip, package):
    before = chip.transfers
    read_id(package)
    assert chip.transfers - before > 2000


def test_the_chip_makes_the_standards_checksum(package):
    assert bytes(package.CalulateCRC([0x50, 0x00])).hex() == "57cd"


def test_the_chip_selects_and_reads_for_the_package(chip, package):
    chip.field.put(VirtualTag(bytes.fromhex("deadbeef"), sak=0x08))
    assert read_id(package)

    assert package.MFRC522_SelectTag([0xDE, 0xAD, 0xBE, 0xEF, 0x22]) == 0x08


def test_a_full_fifo_says_so(chip, package):
    for byte in range(65):
        package.Write_MFRC522(package.FIFODataReg, byte)

    assert package.Read_MFRC522(package.FIFOLevelReg) == 64
    assert package.Read_MFRC522(package.ErrorReg) & 0x10
    package.Write_MFRC522(package.FIFOLevelReg, 0x80)
    assert package.Read_MFRC522(package.ErrorReg) == 0


def test_without_its_antenna_the_chip_hears_nothing(chip, package):
    chip.field.put(VirtualTag(bytes.fromhex("deadbeef")))
    package.AntennaOff()
    assert read_id(package) is None
    package.AntennaOn()
    assert read_id(package)


def test_the_version_cannot_be_written(package):
    package.Write_MFRC522(package.VersionReg, 0x12)
    assert package.Read_MFRC522(package.VersionReg) == 0x92


def test_a_silent_chip_reads_as_zeros(chip, package):
    chip.silent = True
    assert package.Read_MFRC522(package.VersionReg) == 0


def authenticate(chip, package, key: bytes, uid: bytes) -> int:
    package.Write_MFRC522(package.CommIrqReg, 0x7F)
    package.Write_MFRC522(package.FIFOLevelReg, 0x80)
    chip.transfer([package.FIFODataReg << 1, 0x60, 4, *key, *uid])
    package.Write_MFRC522(package.CommandReg, package.PCD_AUTHENT)
    return package.Read_MFRC522(package.CommIrqReg)


def select_classic(chip, package) -> Classic:
    card = Classic(bytes.fromhex("deadbeef"))
    chip.field.put(card)
    read_id(package)
    package.MFRC522_SelectTag([0xDE, 0xAD, 0xBE, 0xEF, 0x22])
    return card


def test_the_right_key_switches_the_cipher_on_and_software_alone_switches_it_off(chip, package):
    card = select_classic(chip, package)

    assert authenticate(chip, package, b"\xff" * 6, card.uid) & 0x10
    assert package.Read_MFRC522(package.Status2Reg) & 0x08

    package.Write_MFRC522(package.Status2Reg, 0x00)
    assert package.Read_MFRC522(package.Status2Reg) & 0x08 == 0
    package.Write_MFRC522(package.Status2Reg, 0x08)
    assert package.Read_MFRC522(package.Status2Reg) & 0x08 == 0


def test_a_wrong_key_ends_in_an_error(chip, package):
    card = select_classic(chip, package)

    irq = authenticate(chip, package, b"wrong!", card.uid)

    assert irq & 0x13 == 0x03
    assert package.Read_MFRC522(package.ErrorReg) & 0x01
    assert package.Read_MFRC522(package.Status2Reg) & 0x08 == 0


def test_with_the_cipher_left_on_nobody_else_is_heard(chip, package):
    card = select_classic(chip, package)
    authenticate(chip, package, b"\xff" * 6, card.uid)
    chip.field.take(card.uid)
    chip.field.put(VirtualTag(bytes.fromhex("01020304")))

    assert read_id(package) is None
    package.MFRC522_StopCrypto1()
    assert read_id(package) is not None


def test_frames_are_counted_both_ways(chip, package):
    read_id(package)
    assert chip.frames == 1
    chip.field.put(VirtualTag(bytes.fromhex("deadbeef")))
    read_id(package)
    assert chip.frames == 1 + 4
