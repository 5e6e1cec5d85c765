"""The chip's commands, each asked of the virtual chip byte for byte."""

import pytest

from station.errors import ReaderUnavailableError
from station.readers.pn5180_host import Action, Change, Register
from station.readers.pn5180_opening import Wiring, open_host
from tests.station.readers.conftest import BUS, BUSY_PIN, PAD_DEVICE, PAD_RESET_PIN

IDLE, FIELD_ON, WRONG = 1 << 2, 1 << 9, 1 << 17


@pytest.fixture
def host(pad_chip, board):
    host, _ = open_host(Wiring(BUS, PAD_DEVICE, BUSY_PIN, PAD_RESET_PIN), board)
    yield host
    host.close()


def test_a_register_is_written_ored_anded_and_read(host):
    host.write_register(Register.CRC_RX_CONFIG, 0x0000FF00)
    host.or_register(Register.CRC_RX_CONFIG, 0x12)
    host.and_register(Register.CRC_RX_CONFIG, 0xFFFF0FFF)

    assert host.read_register(Register.CRC_RX_CONFIG) == 0x0F12


def test_several_registers_go_in_one_command(host, pad_chip):
    before = pad_chip.transfers
    host.write_registers(
        Change(Register.TIMER1_RELOAD, Action.WRITE, 0x12345),
        Change(Register.TX_CONFIG, Action.WRITE, 0xFFFFFFFF),
        Change(Register.TX_CONFIG, Action.AND, 0xFFFFFB3F),
    )
    assert pad_chip.transfers - before == 1

    assert host.read_registers(Register.TX_CONFIG, Register.TIMER1_RELOAD) == [0xFFFFFB3F, 0x12345]


def test_what_has_happened_is_told_until_it_is_cleared(host):
    assert host.irq_status() & IDLE
    host.rf_on()
    assert host.irq_status() & FIELD_ON

    host.write_register(Register.IRQ_CLEAR, 0xFFFFF)

    assert host.irq_status() == 0


def test_a_frame_outside_a_cycle_is_a_mistake_that_the_chip_tells(host):
    host.send_data(b"\x26\x01\x00")

    assert host.irq_status() & WRONG


def test_the_chip_s_own_memory_is_read(host):
    assert host.read_eeprom(0x10, 6) == bytes.fromhex("050305030900")


def test_nothing_is_read_where_nothing_was_received(host, pad_chip):
    before = pad_chip.transfers
    assert host.read_data(0) == b""
    assert pad_chip.transfers == before


def test_a_key_without_a_card_is_not_taken(host):
    assert host.mifare_authenticate(bytes(6), 0x60, 4, bytes(4)) == 1


def test_a_command_that_never_ends_is_told(host, pad_chip):
    pad_chip.stuck = True
    with pytest.raises(ReaderUnavailableError, match="BUSY stays high"):
        host.rf_off()


def test_a_reset_forgets_every_register(host):
    host.write_register(Register.TX_CONFIG, 0x77)
    host.reset()
    assert host.read_register(Register.TX_CONFIG) == 0
