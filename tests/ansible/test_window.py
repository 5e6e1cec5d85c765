"""What is written on a machine under an overlay lasts where it was opened, and only there.

Each start is a mount namespace: a folder is the card's root, and where the kernel's command line
says so an overlay lies over it, as Debian's overlayroot has it. Its upper layer goes with the
namespace, as it goes with the power.
"""

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from firmware_config import boot, kit
from tests.ansible.test_switch import DIES_AT_ONCE, RUNS, SYSTEMCTL

ANSIBLE = Path(__file__).parents[2] / "ansible"
FILES = ANSIBLE / "roles/base/files"
OTHERS = "console=tty1 root=PARTUUID=7351b90c-02 rootfstype=ext4 rootwait"
CLOSED, OPEN = "overlayroot=tmpfs:recurse=0", "overlayroot=disabled       "
UPDATE = "Inst libc6 [2.41-1] (2.41-2 Debian-Security:13/stable-security [arm64])"
START = """
set -eu
mount -t tmpfs memory "$1/memory"
if grep -qw overlayroot=tmpfs:recurse=0 "$1/firmware/cmdline.txt"; then
  mkdir "$1/memory/upper" "$1/memory/work" "$1/memory/root"
  root=$1/memory/root
  layers=lowerdir=$1/card,upperdir=$1/memory/upper,workdir=$1/memory/work
  mount -t overlay overlayroot -o "$layers" "$root"
else
  root=$1/card
  mount --bind "$root" "$root"
fi
for each in usr dev sys; do mount --rbind "/$each" "$root/$each"; done
mount -t proc proc "$root/proc"
mount --bind "$1/programs" "$root/opt/fingertopp"
mount --bind "$1/firmware" "$root/boot/firmware"
mount --bind "$1/others" "$root/others"
for each in $3; do mkdir -p "$root$each"; mount --rbind "$each" "$root$each"; done
mount -t tmpfs run "$root/run"
exec chroot "$root" /bin/sh -ec "cd /; PATH=/others:$PATH; HOME=/tmp; export HOME; $2"
"""
"""$1: the machine's folder; $2: what it does when it has started; $3: this project, its Python."""


class Machine:
    """A card, and what is done at each start of the machine it is in."""

    def __init__(self, folder):
        """Make a card in *folder* whose root is closed."""
        self.folder, self.programs = folder, folder / "programs"
        for name in ("memory", "programs/versions", "programs/bin", "firmware", "others"):
            (folder / name).mkdir(parents=True)
        card = folder / "card"
        for name in (
            "boot/firmware", "dev", "etc/fingertopp", "opt/fingertopp", "others", "proc", "run",
            "sys", "tmp", "usr",
        ):  # fmt: skip
            (card / name).mkdir(parents=True)
        for name in ("bin", "lib", "lib64", "sbin"):
            (card / name).symlink_to(f"usr/{name}")
        shutil.copy("/etc/passwd", card / "etc")
        for name in ("switch", "window"):
            shutil.copy(FILES / f"{name}.py", self.programs / "bin" / name)
            (self.programs / "bin" / name).chmod(0o755)
        self.cmdline = folder / "firmware/cmdline.txt"
        self.cmdline.write_text(f"{OTHERS} {CLOSED} quiet\n")
        for name in ("systemctl", "apt-get", "unattended-upgrade"):
            self.other(name, f"echo {name} $@ >>/opt/fingertopp/said")

    def other(self, name, script):
        """Have the program *name*, which is not ours, be *script* in sh."""
        program = self.folder / "others" / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def start(self, script):
        """Switch on, do *script*, and pull the plug; return what it printed."""
        trees = f"{ANSIBLE.parent} {sys.prefix} {sys.base_prefix}"
        ran = subprocess.run(
            ["unshare", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child",
             "sh", "-c", START, "sh", self.folder, script, trees],
            check=False, capture_output=True, text=True, timeout=100,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout.strip()

    def window(self, *words):
        """Start, and run the window's program; return what it printed."""
        return self.start(f"/opt/fingertopp/bin/window {' '.join(words)}")

    def said(self):
        """Return what other programs were told since this was asked last."""
        path = self.programs / "said"
        said = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return said


@pytest.fixture
def machine(tmp_path):
    """Return a machine whose root is closed."""
    return Machine(tmp_path)


def test_what_is_written_under_the_overlay_is_gone_at_the_next_start(machine):
    assert machine.start("echo new >/etc/unit; cat /etc/unit") == "new"

    assert machine.start("ls /etc") == "fingertopp\npasswd"


def test_the_words_are_those_that_kits_and_overlayroot_have():
    assert CLOSED in boot.cmdline_words(kit.load_kit("loan-pi4-mfrc522"))
    assert len(OPEN) == len(CLOSED)


def test_what_is_written_while_the_root_is_open_lasts(machine):
    before = machine.cmdline.stat()

    assert machine.start("window() { /opt/fingertopp/bin/window $@; }; window state; "
                         "window open play; window state") == "closed\nopening"  # fmt: skip
    assert machine.start("echo new >/etc/unit; /opt/fingertopp/bin/window state") == "open"
    assert machine.window("close;", "/opt/fingertopp/bin/window state") == "closing"

    assert machine.start("cat /etc/unit; echo gone >/etc/unit") == "new"
    assert machine.start("cat /etc/unit") == "new"
    # In place: neither the file's place on the card nor its length is another one.
    after = machine.cmdline.stat()
    assert (after.st_ino, after.st_size) == (before.st_ino, before.st_size)
    assert machine.cmdline.read_text() == f"{OTHERS} {CLOSED} quiet\n"


def test_opening_and_closing_twice_is_the_same_as_once(machine):
    machine.window("open;", "/opt/fingertopp/bin/window open")
    assert machine.cmdline.read_text() == f"{OTHERS} {OPEN} quiet\n"

    machine.window("close;", "/opt/fingertopp/bin/window close")
    assert machine.cmdline.read_text() == f"{OTHERS} {CLOSED} quiet\n"


@pytest.mark.parametrize(
    ("words", "state"), [("", "none"), ("overlayroot=tmpfs", "none"), (OPEN, "open")]
)
def test_a_machine_without_an_overlay_of_ours_is_let_be(machine, words, state):
    machine.cmdline.write_text(f"{OTHERS} {words}\n")

    assert machine.window("state") == state


def test_an_overlay_of_somebody_else_is_named(machine):
    told = machine.start(
        "echo console=tty1 overlayroot=tmpfs >/tmp/cmdline.txt;"
        "/opt/fingertopp/bin/window state --cmdline /tmp/cmdline.txt"
    )

    assert told == "foreign"


def test_a_command_line_that_cannot_be_meant_is_not_written(machine):
    machine.cmdline.write_text(f"{CLOSED} {CLOSED}\n")

    told = machine.start("/opt/fingertopp/bin/window open 2>&1 || echo ended with $?")

    assert "does not have overlayroot=tmpfs:recurse=0 once; nothing was changed" in told
    assert machine.cmdline.read_text() == f"{CLOSED} {CLOSED}\n"


def test_a_version_lasts_without_opening_the_root_and_can_be_gone_back_to(machine):
    system = textwrap.dedent(SYSTEMCTL).strip().format(root="/opt/fingertopp")
    (machine.folder / "others/systemctl").write_text(system)

    def make(name, program):
        app = machine.programs / "versions" / name / "app"
        app.mkdir(parents=True)
        (app / "program.py").write_text(program)
        (app.parent / "whole").touch()

    # A process of the start before has left its number there.
    switch = (
        "rm -f /opt/fingertopp/pid;"
        "/opt/fingertopp/bin/switch {} --unit it.service --seconds 1 || true"
    )
    make("one", RUNS)
    assert machine.start(switch.format("one")) == "switched to one"
    make("two", RUNS)
    assert machine.start(switch.format("two")) == "switched to two"
    # The plug was pulled, and the upper layer is gone.
    assert machine.start("readlink /opt/fingertopp/current") == "versions/two"
    make("three", DIES_AT_ONCE)

    assert machine.start(switch.format("three")).endswith("back to two")

    links = "cd /opt/fingertopp; readlink current good previous"
    assert machine.start(links).split() == ["versions/two", "versions/two", "versions/one"]
    assert machine.window("state") == "closed"


def test_at_night_the_root_is_opened_for_security_updates_and_closed_again(machine):
    # Which packages there are was told under the overlay, and is forgotten with it.
    machine.other("apt-get", f'[ "$1" = --simulate ] && echo "{UPDATE}" || touch /etc/lists')
    machine.other("unattended-upgrade", "[ ! -e /etc/lists ] || echo 2.41-2 >/etc/libc")

    machine.window("night")
    assert machine.said() == ["systemctl --no-block reboot"]
    machine.window("start")
    assert machine.said() == ["systemctl --no-block reboot"]

    assert machine.start("cat /etc/libc; /opt/fingertopp/bin/window state") == "2.41-2\nclosed"
    machine.window("start")
    assert machine.said() == []


def test_what_could_not_be_installed_is_not_tried_each_night(machine):
    machine.other("apt-get", f'[ "$1" != --simulate ] || echo "{UPDATE}"')
    machine.window("night")
    machine.window("start")
    machine.said()

    machine.window("night")
    assert machine.said() == []
    machine.other("apt-get", f'[ "$1" != --simulate ] || echo "{UPDATE}x"')
    machine.window("night")
    assert machine.said() == ["systemctl --no-block reboot"]


def test_a_night_without_security_updates_is_quiet(machine):
    other = UPDATE.replace("Debian-Security:13/stable-security", "Debian:13.2/stable")
    machine.other("apt-get", f'[ "$1" != --simulate ] || echo "{other}"')

    machine.window("night")

    assert machine.said() == []
    assert machine.window("state") == "closed"


def test_an_upgrade_that_does_not_end_well_leaves_the_root_closed(machine):
    machine.window("open updates")
    machine.other("unattended-upgrade", "exit 1")

    machine.window("start")

    assert machine.window("state") == "closed"


def test_a_power_cut_during_the_upgrade_is_gone_on_from(machine):
    machine.window("open updates")
    machine.other("unattended-upgrade", "kill -9 $PPID")
    machine.start("/opt/fingertopp/bin/window start || true")
    assert machine.window("state") == "open"
    machine.other("unattended-upgrade", "echo 2.41-2 >/etc/libc")

    machine.window("start")

    assert machine.start("cat /etc/libc; /opt/fingertopp/bin/window state") == "2.41-2\nclosed"


def test_a_power_cut_before_the_word_is_written_opens_nothing(machine):
    (machine.programs / "window").write_text("bundle")

    machine.window("start")

    assert not (machine.programs / "window").exists()
    assert machine.window("state") == "closed"


def test_a_root_that_was_opened_for_a_bundle_has_it_applied(machine):
    machine.window("open bundle")

    machine.window("start")

    assert machine.said() == ["systemctl start --no-block fingertopp-pull.service"]
    assert machine.window("state") == "open"


@pytest.mark.parametrize(("uptime", "then"), [(60, "open"), (8000, "closing")])
def test_a_root_that_somebody_left_open_is_closed_at_night(machine, uptime, then):
    machine.window("open play")
    told = f"echo {uptime}.00 1.00 >/tmp/uptime; mount --bind /tmp/uptime /proc/uptime"

    state = machine.start(f"{told}; /opt/fingertopp/bin/window night; "
                          "/opt/fingertopp/bin/window state")  # fmt: skip

    assert state == then
    assert machine.said() == (["systemctl --no-block reboot"] if then == "closing" else [])


PLAY = """
- hosts: all
  gather_facts: false
  handlers:
    - name: Restart the machine
      ansible.builtin.file: {path: /run/reboot-required, state: touch, mode: "0644"}
  tasks:
    - ansible.builtin.include_role: {name: base, tasks_from: window}
    - ansible.builtin.copy: {content: "{{ base_proxy }}\\n", dest: /etc/unit, mode: "0644"}
    - ansible.builtin.include_role: {name: base, tasks_from: close}
"""


@pytest.fixture
def play(machine):
    """Return a function that runs the roles' opening and closing on *machine*, by itself."""
    folder = machine.programs / "bundle"
    (folder / "said").mkdir(parents=True)
    (folder / "said/tasks.yml").write_text("what a role says")
    (folder / "play.yml").write_text(PLAY)
    (machine.folder / "card/etc/group").write_text("root:x:0:\nfingertopp:x:0:\n")

    def play(proxy, *words):
        told = {
            "base_proxy": proxy, "base_is_here": True, "base_settings": ["base_proxy"],
            "base_sources": ["/opt/fingertopp/bundle/said"],
        }  # fmt: skip
        (folder / "told.json").write_text(json.dumps(told))
        command = [
            f"ANSIBLE_ROLES_PATH={ANSIBLE}/roles", "LC_ALL=C.UTF-8", "ANSIBLE_NOCOLOR=1",
            sys.executable, "-m", "ansible", "playbook", "-i", "here,", "-c", "local",
            "-e", "@/opt/fingertopp/bundle/told.json",
            "-e", "ansible_python_interpreter=/usr/bin/python3",
            *words, "/opt/fingertopp/bundle/play.yml",
        ]  # fmt: skip
        restart = "[ ! -e /run/reboot-required ] || echo restart"
        return machine.start(f"{' '.join(command)}; {restart}; cat /etc/unit || true")

    return play


def test_a_play_that_writes_something_new_opens_the_root_for_it(machine, play):
    first = play("proxy-1")
    assert "changed=0" not in first
    assert first.endswith("restart")
    assert (machine.programs / "window").read_text() == "bundle"

    assert play("proxy-1").endswith("restart\nproxy-1")

    assert not (machine.programs / "window").exists()
    assert machine.start("cat /etc/unit; /opt/fingertopp/bin/window state") == "proxy-1\nclosed"
    again = play("proxy-1")
    assert "changed=0" in again
    assert again.endswith("proxy-1")
    assert "restart" not in again.splitlines()


def test_a_play_that_is_only_looked_at_says_that_the_machine_would_be_restarted(machine, play):
    told = play("proxy-1", "--check")

    assert "would be restarted twice" in told
    assert "restart" not in told.splitlines()
    assert machine.window("state") == "closed"
