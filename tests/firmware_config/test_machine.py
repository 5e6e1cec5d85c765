"""The files of a machine, read by the programs that will read them."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from firmware_config import boot, devices, kit, renewal, units, upkeep, window
from firmware_config.lint import problems
from firmware_config.machine import Surroundings, files
from firmware_config.units import SECURITY_MAX

AROUND = Surroundings(
    web_port=8080, management=["10.20.0.0/16", "fd00:20::/32"], time_servers=["tid.example.org"]
)
REAL = [name for name in kit.names() if not kit.load_kit(name).wholly_simulated]


def made(name: str) -> dict[str, str]:
    return {file.path: file.text for file in files(kit.load_kit(name), AROUND)}


def ran(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", kit.names())
def test_every_unit_is_read_without_a_word_of_blame(name, tmp_path):
    written = []
    for path, text in made(name).items():
        if path.startswith("/etc/systemd/system/"):
            # What a unit starts is not on this machine; all else is read as it stands.
            told = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", text)
            written.append(tmp_path / Path(path).name)
            written[-1].write_text(told)

    told = ran("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *map(str, written))

    # It may end well and still have grumbled.
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("shut_in", [units.STATION, renewal.SERVICE])
@pytest.mark.parametrize("name", kit.names())
def test_a_station_is_shut_in(name, shut_in, tmp_path):
    unit = tmp_path / Path(shut_in).name
    unit.write_text(made(name)[shut_in])
    threshold = f"--threshold={SECURITY_MAX * 10:.0f}"

    told = ran("systemd-analyze", "security", "--offline=true", threshold, str(unit))

    assert told.returncode == 0, told.stdout[-300:]


def test_what_is_not_shut_in_would_be_noticed(tmp_path):
    unit = tmp_path / "plain.service"
    unit.write_text("[Service]\nExecStart=/bin/true\n")

    assert ran(
        "systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)
    ).returncode


def test_the_wall_is_read_by_nft(tmp_path):
    rules = tmp_path / "nftables.conf"
    rules.write_text(upkeep.nftables(AROUND.management))

    told = ran("nft", "-c", "-f", str(rules))

    assert (told.returncode, told.stderr) == (0, "")
    assert "ip6 saddr fd00:20::/32 tcp dport 22 accept" in rules.read_text()
    assert "tcp dport 22" not in upkeep.nftables([])


@pytest.mark.parametrize("name", REAL)
def test_the_firmware_misreads_no_line(name):
    assert list(problems(made(name)[boot.CONFIG].splitlines())) == []


def test_a_station_sees_only_what_its_kit_has():
    listening = msgspec.structs.replace(
        kit.load_kit("listening-pi4-mfrc522"), sound=kit.KitSound(sink="null")
    )

    assert "DeviceAllow=char-alsa" in made("listening-pi4-mfrc522")[units.STATION]
    assert "char-alsa" not in units.station_unit(listening)
    assert "char-spidev" not in made("simulated-loan")[units.STATION]


def test_a_station_may_put_a_new_certificate_where_it_has_joined():
    unit = made("loan-pi4-mfrc522")[units.STATION]

    assert f"ReadWritePaths=-{renewal.IDENTITY}\n" in unit
    assert "ProtectSystem=strict" in unit


def test_its_keys_are_handed_over_by_systemd_and_written_by_nobody():
    unit, renew = made("loan-pi4-mfrc522")[units.STATION], made("loan-pi4-mfrc522")[renewal.SERVICE]

    for name in ("key.pem", "card.key"):
        assert f"LoadCredential={name}:{renewal.SECRETS}/{name}\n" in unit
    assert f"LoadCredential=key.pem:{renewal.SECRETS}/key.pem\n" in renew
    assert "card.key" not in renew
    written = [line for line in unit.splitlines() if line.startswith("ReadWritePaths=")]
    assert written == [f"ReadWritePaths=-{renewal.IDENTITY}"]
    assert not renewal.SECRETS.startswith(renewal.IDENTITY)


def test_only_a_screen_has_a_browser_and_it_shows_one_page():
    policy = json.loads(made("loan-pi4-mfrc522")[units.POLICY])

    assert (policy["URLBlocklist"], policy["URLAllowlist"]) == (["*"], ["127.0.0.1:8080"])
    assert units.KIOSK not in made("listening-pi4-mfrc522")


def test_the_card_of_every_overlay_is_called_by_a_name():
    for overlay in msgspec.inspect.type_info(kit.KitSound).fields[1].type.values:
        own = msgspec.structs.replace(
            kit.load_kit("loan-pi4-mfrc522"), sound=kit.KitSound(overlay=overlay)
        )
        assert f'card "{devices.CARDS[overlay]}"' in devices.asound_conf(own)


def test_a_simulated_station_changes_nothing_of_the_machine_but_its_services():
    services = {units.STATION, renewal.SERVICE, renewal.TIMER}
    assert set(made("simulated-loan")) == {*services, upkeep.JOURNALD}


def test_facts_are_never_laid_under_the_overlay():
    assert "overlayroot=tmpfs:recurse=0" in boot.cmdline_words(kit.load_kit("loan-pi4-mfrc522"))
    assert "Where=/var/lib/fingertopp\n" in upkeep.data_mount()
    assert "data=journal" in upkeep.data_mount()


def test_programs_have_a_place_that_the_overlay_leaves_alone_and_that_may_run_them():
    mount = made("loan-pi4-mfrc522")[window.PROGRAM_MOUNT]

    assert "Where=/opt/fingertopp\n" in mount
    assert "noexec" not in mount
    assert "/opt/fingertopp" in made("loan-pi4-mfrc522")[units.STATION].split("[Service]")[0]


def test_debians_own_timers_upgrade_nothing_that_the_next_start_would_forget():
    told = made("loan-pi4-mfrc522")[upkeep.UPDATES]

    assert 'APT::Periodic::Unattended-Upgrade "0"' in told
    assert "label=Debian-Security" in told
    assert "OnCalendar=*-*-* 03:30:00" in made("loan-pi4-mfrc522")[window.TIMER]
