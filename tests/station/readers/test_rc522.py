import logging
import random
import threading
import time

import pytest

from station.errors import ReaderUnavailableError
from station.readers import open_reader
from station.readers.chips import virtual_bus
from station.readers.chips.virtual_mfrc522 import VirtualMfrc522
from station.readers.chips.virtual_ntag import NTAG215, Ntag
from station.readers.chips.virtual_tags import VirtualTag

UID = "04a1b2112233aa"
TWIN = "04a1b2445566bb"


def lay(chip, uid: str, memory: bytes = b"") -> Ntag:
    tag = Ntag(bytes.fromhex(uid), memory)
    chip.field.put(tag)
    return tag


def uids(reader) -> list[str]:
    return [tag.uid for tag in reader.poll()]


def test_an_empty_field_costs_at_most_fifteen_transfers(chip, reader):
    reader.poll()
    before = chip.transfers

    assert reader.poll() == []

    assert chip.transfers - before <= 15


def test_books_that_the_package_takes_for_one_are_told_apart(chip, reader):
    lay(chip, UID)
    lay(chip, TWIN)

    assert uids(reader) == [UID, TWIN]


def test_a_card_lying_still_is_found_in_every_poll(chip, reader):
    lay(chip, UID)

    assert [uids(reader) for _ in range(6)] == [[UID]] * 6


def test_a_tags_memory_comes_with_it(chip, reader):
    memory = bytes(range(40))
    lay(chip, UID, memory)

    assert reader.poll()[0].image.memory == memory[:36]


def test_a_tags_memory_is_read_once_while_it_lies_there(chip, reader):
    tag = lay(chip, UID, b"kept")
    reader.poll()
    tag.silent_from_page = 0

    assert reader.poll()[0].image.memory[:4] == b"kept"


def test_a_tag_that_was_away_is_read_anew(chip, reader):
    lay(chip, UID, b"then")
    reader.poll()
    chip.field.take(bytes.fromhex(UID))
    reader.poll()
    lay(chip, UID, b"now!")

    assert reader.poll()[0].image.memory[:4] == b"now!"


@pytest.mark.parametrize("uid", ["deadbeef", "88deadbe", UID, "04a1b2c3d4e5f6a7b8c9"])
def test_uids_of_every_length_are_read_whole(chip, reader, uid):
    chip.field.put(VirtualTag(bytes.fromhex(uid)))

    assert uids(reader) == [uid]


@pytest.mark.parametrize("seed", range(100))
def test_a_stack_of_one_to_five_tags_is_told_whole(chip, reader, seed):
    chance = random.Random(seed)
    laid = {f"04{chance.randbytes(6).hex()}" for _ in range(chance.randint(1, 5))}
    for uid in laid:
        lay(chip, uid, bytes.fromhex(uid))

    found = reader.poll()

    assert [tag.uid for tag in found] == sorted(laid)
    assert all(tag.image.memory.startswith(bytes.fromhex(tag.uid)) for tag in found)
    assert uids(reader) == sorted(laid)


class OtherwiseCounting(VirtualMfrc522):
    """A copy of the chip that says nonsense of every collision but the first."""

    def _collide(self, heard, differ, align):
        kept = super()._collide(heard, differ, align)
        if heard.length < 40:
            self._registers[0x0E] = 0x81
        return kept


@pytest.mark.parametrize("seed", range(20))
def test_a_copied_chip_that_counts_later_collisions_otherwise_tells_the_stack_whole(seed):
    chance = random.Random(seed)
    chip = OtherwiseCounting()
    laid = {f"04{chance.randbytes(6).hex()}" for _ in range(5)}
    for uid in laid:
        lay(chip, uid)
    virtual_bus.install()
    virtual_bus.attach(1, 0, chip)
    reader = open_reader("rc522", bus=1, device=0, reset_pin=25)

    assert uids(reader) == sorted(laid)

    reader.close()
    virtual_bus.detach(1, 0)


@pytest.mark.parametrize("seed", range(20))
def test_tags_that_differ_in_one_bit_are_told_apart(chip, reader, seed):
    chance = random.Random(seed)
    first = int(UID, 16)
    other = first ^ 1 << chance.randrange(48)
    lay(chip, UID)
    lay(chip, f"{other:014x}")

    assert set(uids(reader)) == {UID, f"{other:014x}"}


def test_cards_of_different_kinds_lie_together(chip, reader):
    lay(chip, UID)
    chip.field.put(VirtualTag(bytes.fromhex("deadbeef"), sak=0x08, atqa=b"\x04\x00"))

    assert uids(reader) == [UID, "deadbeef"]


def test_a_flipped_bit_is_not_believed_and_the_tag_is_asked_again(chip, reader):
    lay(chip, UID)
    chip.flip_bits = 1
    assert uids(reader) == [UID]
    assert chip.flip_bits == 0


def test_a_memory_with_a_flipped_bit_is_read_again(chip, reader):
    lay(chip, UID, b"true")
    reader.poll()
    chip.field.take(bytes.fromhex(UID))
    reader.poll()
    flips = [1]

    class Flipping(Ntag):
        def obey(self, command):
            chip.flip_bits = flips.pop() if flips else 0
            return super().obey(command)

    chip.field.put(Flipping(bytes.fromhex(UID), b"true"))

    assert reader.poll()[0].image.memory[:4] == b"true"
    assert flips == []


def test_a_tag_that_lies_badly_hides_no_other(chip, reader):
    bad = Ntag(bytes.fromhex("04ffffffffffff"))
    bad.silent_from_page = 4
    chip.field.put(bad)
    lay(chip, UID, b"good")

    for _ in range(3):
        found = {tag.uid: tag.image and tag.image.memory for tag in reader.poll()}
        assert found["04ffffffffffff"] is None
        assert found[UID][:4] == b"good"


def test_a_half_read_tag_is_no_memory_at_all(chip, reader):
    tag = lay(chip, UID, bytes(range(36)))
    tag.silent_from_page = 9

    assert [reader.poll()[0].image for _ in range(3)] == [None] * 3


def test_a_tag_that_knows_only_the_slow_way_is_read_so(chip, reader):
    class Old(Ntag):
        def obey(self, command):
            return None if command[0] == 0x3A else super().obey(command)

    chip.field.put(Old(bytes.fromhex(UID), bytes(range(36))))

    assert reader.poll()[0].image.memory == bytes(range(36))


def test_a_bigger_tag_is_read_too(chip, reader):
    chip.field.put(Ntag(bytes.fromhex(UID), b"big!", kind=NTAG215))

    assert reader.poll()[0].image.memory[:4] == b"big!"


def test_a_chip_that_falls_silent_is_named_with_what_to_check(chip, reader):
    chip.silent = True
    with pytest.raises(ReaderUnavailableError, match=r"SPI bus 0, device 0.*check its power"):
        reader.poll()


def test_a_chip_that_lost_its_power_for_a_moment_is_noticed(chip, reader):
    chip.lose_power()
    with pytest.raises(ReaderUnavailableError):
        reader.poll()


def test_a_missing_chip_is_named_with_what_to_check(chip):
    chip.silent = True
    with pytest.raises(ReaderUnavailableError, match=r"no MFRC522 answers.*chip select"):
        open_reader("rc522", bus=0, device=0, reset_pin=25)


def test_a_bus_that_is_not_switched_on_is_said_to_be(chip):
    with pytest.raises(ReaderUnavailableError, match=r"bus 1, device 2.*turns SPI on"):
        open_reader("rc522", bus=1, device=2, reset_pin=25)


def test_a_kit_without_a_reset_pin_is_told_to_name_it(chip):
    with pytest.raises(ReaderUnavailableError, match="names no reset_pin"):
        open_reader("rc522", bus=0, device=0, reset_pin=None)


def test_many_readers_leave_no_log_handlers_behind(chip):
    before = len(logging.getLogger("mfrc522Logger").handlers)
    for _ in range(3):
        open_reader("rc522", bus=0, device=0, reset_pin=25).close()
    assert len(logging.getLogger("mfrc522Logger").handlers) == before


def test_closing_one_reader_lets_go_of_no_other_readers_pin(chip, reader):
    virtual_bus.attach(0, 1, chip)
    second = open_reader("rc522", bus=0, device=1, reset_pin=24)
    from RPi import GPIO

    assert {24, 25} <= GPIO.levels.keys()
    second.close()
    assert 25 in GPIO.levels
    assert 24 not in GPIO.levels
    virtual_bus.detach(0, 1)


def test_closing_ends_a_poll_that_another_thread_has_begun(chip, reader):
    begun = threading.Event()
    told = []

    class Slow(Ntag):
        def obey(self, command):
            begun.set()
            time.sleep(0.01)

    for last in range(8):
        chip.field.put(Slow(bytes.fromhex(f"0400000000000{last}")))

    def poll() -> None:
        try:
            reader.poll()
        except ReaderUnavailableError as error:
            told.append(str(error))

    polling = threading.Thread(target=poll)
    polling.start()
    assert begun.wait(5)
    reader.close()
    polling.join(5)

    assert not polling.is_alive()
    assert len(told) == 1
    assert "the reader was closed" in told[0]


def test_a_closed_reader_polls_no_more(chip):
    reader = open_reader("rc522", bus=0, device=0, reset_pin=25)
    reader.close()
    with pytest.raises(ReaderUnavailableError, match="closed"):
        reader.poll()


def test_two_readers_on_one_bus_read_at_once_each_its_own(chip, reader):
    other = VirtualMfrc522()
    virtual_bus.attach(0, 1, other)
    second = open_reader("rc522", bus=0, device=1, reset_pin=24)
    lay(chip, UID, b"card")
    lay(other, TWIN, b"book")
    found = {}

    def poll(name: str, which) -> None:
        found[name] = [[tag.uid for tag in which.poll()] for _ in range(10)]

    threads = [
        threading.Thread(target=poll, args=("card", reader)),
        threading.Thread(target=poll, args=("pad", second)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert found == {"card": [[UID]] * 10, "pad": [[TWIN]] * 10}
    second.close()
    virtual_bus.detach(0, 1)


def test_one_reader_that_fails_leaves_the_other_on_its_bus_alone(chip, reader):
    other = VirtualMfrc522()
    virtual_bus.attach(0, 1, other)
    second = open_reader("rc522", bus=0, device=1, reset_pin=24)
    lay(other, TWIN)
    chip.silent = True

    with pytest.raises(ReaderUnavailableError):
        reader.poll()

    assert uids(second) == [TWIN]
    second.close()
    virtual_bus.detach(0, 1)


def test_threads_take_turns_at_one_chip(chip, reader):
    asked, go_on = threading.Event(), threading.Event()

    class Waiting(Ntag):
        def obey(self, command):
            asked.set()
            assert go_on.wait(5)
            return super().obey(command)

    chip.field.put(Waiting(bytes.fromhex(UID), b"old!"))
    polling = threading.Thread(target=reader.poll)
    polling.start()
    assert asked.wait(5)
    before = chip.transfers
    writing = threading.Thread(target=reader.write, args=(UID, 0, b"new!"))
    writing.start()
    writing.join(0.05)

    assert chip.transfers == before
    go_on.set()
    for thread in (polling, writing):
        thread.join(5)
    assert reader.poll()[0].image.memory[:4] == b"new!"
