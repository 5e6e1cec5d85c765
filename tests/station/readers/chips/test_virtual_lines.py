from gpiozero import DigitalInputDevice, DigitalOutputDevice

from station.readers.chips.virtual_lines import mock_board
from station.readers.chips.virtual_pn5180 import BUSY_LOOKS, VirtualPn5180


def test_busy_is_high_for_a_while_after_each_frame():
    board, chip = mock_board(), VirtualPn5180()
    chip.solder(board, busy_pin=5, reset_pin=6)
    busy = DigitalInputDevice(5, pull_up=True, pin_factory=board)

    chip.transfer([0x16, 1])

    assert [busy.value for _ in range(BUSY_LOOKS + 2)] == [0, 0, 1, 1]
    chip.stuck = True
    assert busy.value == 0
    busy.close()


def test_a_low_rst_holds_the_chip_and_a_high_one_lets_it_go():
    board, chip = mock_board(), VirtualPn5180()
    chip.solder(board, busy_pin=5, reset_pin=6)
    reset = DigitalOutputDevice(6, active_high=False, pin_factory=board)
    chip.transfer([0x00, 0x18, 1, 2, 3, 4])

    reset.on()
    assert chip.transfer([0x04, 0x18]) == [0, 0]
    reset.off()

    chip.transfer([0x04, 0x18])
    assert chip.transfer([0xFF] * 4) == [0, 0, 0, 0]
    reset.close()


def test_boards_do_not_share_their_pins():
    first, second = mock_board(), mock_board()
    one = DigitalOutputDevice(6, pin_factory=first)
    other = DigitalOutputDevice(6, pin_factory=second)
    one.on()

    assert other.value == 0
    one.close()
    other.close()
