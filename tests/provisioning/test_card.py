"""A card is divided before its first start, and nothing that is on it is touched."""

import struct
import subprocess

import pytest
from click.testing import CliRunner

from circulation.errors import ConfigError
from firmware_config.upkeep import DATA_LABEL
from firmware_config.window import PROGRAM_LABEL
from provisioning.card import GIB, SECTOR, Partition, card, divided, partitions, written

BOOT, ROOT = Partition(0x0C, 16384, GIB // 2), Partition(0x83, 16384 + GIB // 2, 2 * GIB)
DISK = b"code" + bytes(436) + b"\x0c\xb9\x51\x73" + bytes(2)
"""440 bytes of code, and the disk's id, which the kernel's command line names."""


@pytest.fixture
def image(tmp_path):
    """Return a file like a 16 GB card with Raspberry Pi OS; sparse, so that it takes no room."""
    path = tmp_path / "card.img"
    sector = written(DISK + bytes(64) + b"\x55\xaa", [BOOT, ROOT])
    with path.open("wb") as file:
        file.write(sector)
        file.truncate(15_931_539_456)
        file.seek((ROOT.first + ROOT.sectors) * SECTOR - 6)
        file.write(b"system")
    return path


def first_sector(path):
    with path.open("rb") as file:
        return file.read(SECTOR)


def run(path):
    return CliRunner().invoke(card, [str(path)])


def probed(path, part):
    told = subprocess.run(
        ["/usr/sbin/blkid", "--probe", "--output", "export", "--offset", str(part.first * SECTOR),
         "--size", str(part.sectors * SECTOR), path],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return dict(line.split("=", 1) for line in told.splitlines() if "=" in line)


def test_a_card_has_room_for_programs_and_facts_beside_the_system(image):
    told = run(image)

    assert told.exit_code == 0, told.output
    assert "0.5, 6.0, 5.0, 3.3 GiB" in told.output
    boot, root, programs, facts = partitions(first_sector(image))
    assert (boot, root.first) == (BOOT, ROOT.first)
    assert programs.first == root.first + root.sectors
    assert facts.first == programs.first + programs.sectors
    assert (facts.first + facts.sectors) * SECTOR == image.stat().st_size
    for part, label in ((programs, PROGRAM_LABEL), (facts, DATA_LABEL)):
        found = probed(image, part)
        assert (found["LABEL"], found["TYPE"]) == (label, "ext4")


def test_nothing_of_the_system_is_touched(image):
    end = (ROOT.first + ROOT.sectors) * SECTOR
    before = first_sector(image)[:446]

    run(image)

    with image.open("rb") as file:
        assert file.read(446) == before, "neither the code nor the disk's id"
        file.seek(end - 6)
        assert file.read(6) == b"system"


def test_a_file_system_made_there_is_whole_and_fills_its_place(image):
    run(image)

    for part in partitions(first_sector(image))[2:]:
        told = subprocess.run(
            ["/usr/sbin/e2fsck", "-f", "-n", f"{image}?offset={part.first * SECTOR}"],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        assert f"/{part.sectors * SECTOR // 4096} blocks" in told


def test_said_twice_it_is_refused_and_nothing_is_lost(image):
    run(image)
    before = first_sector(image)

    told = run(image)

    assert isinstance(told.exception, ConfigError)
    assert "already" in str(told.exception)
    assert first_sector(image) == before


@pytest.mark.parametrize(
    ("there", "gigabytes", "answer"),
    [
        ([BOOT, ROOT], 8, "has 8 GB; it must have 16 GB"),
        ([BOOT, Partition(0x83, ROOT.first, 20 * GIB)], 32, "taken the card already"),
        ([ROOT, BOOT], 32, "no card with Raspberry Pi OS"),
        ([Partition(0xEE, 1, 20 * GIB)], 32, "no card with Raspberry Pi OS"),
        ([], 32, "no card with Raspberry Pi OS"),
    ],
)
def test_a_card_that_cannot_be_divided_is_answered(there, gigabytes, answer):
    with pytest.raises(ConfigError, match=answer):
        divided(there, gigabytes * 10**9 // SECTOR)


def test_a_card_larger_than_its_table_can_name_is_used_as_far_as_that():
    facts = divided([BOOT, ROOT], 1 << 33)[3]

    assert facts.first + facts.sectors == 1 << 32
    assert partitions(written(bytes(510) + b"\x55\xaa", [facts])) == [facts]


@pytest.mark.parametrize("sector", [b"", bytes(SECTOR), struct.pack("510s2s", b"", b"\xaa\x55")])
def test_what_has_no_table_is_no_card(sector):
    with pytest.raises(ConfigError, match="no partition table"):
        partitions(sector)
