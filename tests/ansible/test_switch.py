"""A version is kept where it proves itself, and gives way to the last good one where not."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SWITCH = Path(__file__).parents[2] / "ansible/roles/base/files/switch.py"
SYSTEMCTL = """
    #!/usr/bin/python3
    # The few words of systemctl that are needed; a unit is the program in the current version.
    import os, pathlib, signal, subprocess, sys, time
    root = pathlib.Path({root!r})
    word, pidfile = sys.argv[1], root / "pid"

    def pid():
        try:
            number = int(pidfile.read_text())
            state = pathlib.Path(f"/proc/{{number}}/stat").read_text().rpartition(")")[2].split()[0]
            return 0 if state == "Z" else number
        except (OSError, ValueError):
            return 0

    def end():
        if pid():
            os.kill(pid(), signal.SIGKILL)

    with (root / "said").open("a") as said:
        said.write(" ".join(sys.argv[1:]) + "\\n")
    if word in ("restart", "stop"):
        end()
        if word == "restart":
            program = [sys.executable, "-S", str(root / "current/app/program.py")]
            quiet = subprocess.DEVNULL
            child = subprocess.Popen(program, stdin=quiet, stdout=quiet, stderr=quiet)
            pidfile.write_text(str(child.pid))
            time.sleep(0.2)
            sys.exit(0 if pid() else 1)
    elif word == "is-active":
        sys.exit(0 if pid() else 3)
    elif word == "is-system-running":
        print("stopping" if (root / "goes-down").exists() else "running")
    elif word == "show":
        print(pid())
"""
RUNS = "import time; time.sleep(60)"
DIES_AT_ONCE = "raise SystemExit(1)"
DIES_SOON = "import time; time.sleep(1.2); raise SystemExit(1)"


@pytest.fixture
def machine(tmp_path):
    """Yield a function that makes a version and has the program switch to it."""
    root, path = tmp_path / "fingertopp", tmp_path / "bin"
    (root / "versions").mkdir(parents=True)
    path.mkdir()
    systemctl = path / "systemctl"
    systemctl.write_text(textwrap.dedent(SYSTEMCTL).strip().format(root=str(root)))
    systemctl.chmod(0o755)
    environment = os.environ | {"PATH": f"{path}:{os.environ['PATH']}"}

    class Machine:
        def __init__(self):
            self.root = root

        def make(self, name, program=RUNS):
            app = root / "versions" / name / "app"
            app.mkdir(parents=True)
            (app / "program.py").write_text(program)
            (app.parent / "whole").touch()

        def switch(self, *words):
            command = [sys.executable, SWITCH, "--root", root, "--unit", "it.service"]
            ran = subprocess.run(
                [*command, "--seconds", "1.5", *words],
                env=environment, check=False, capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            return ran.returncode, ran.stdout.strip()

        def link(self, name):
            return (root / name).readlink().name

        def systemctl(self, *words):
            return subprocess.run([systemctl, *words], check=False).returncode

        def versions(self):
            return {each.name for each in (root / "versions").iterdir()}

    yield Machine()
    subprocess.run([systemctl, "stop"], check=False)


def test_the_first_version_is_put_in_force(machine):
    machine.make("one")

    assert machine.switch("one") == (0, "switched to one")
    assert machine.link("current") == machine.link("good") == "one"
    assert machine.switch("one") == (0, "kept one")


@pytest.mark.parametrize("program", [DIES_AT_ONCE, DIES_SOON])
def test_a_version_that_does_not_go_on_running_gives_way_to_the_last_good_one(machine, program):
    machine.make("one")
    machine.switch("one")
    machine.make("two", program)

    status, said = machine.switch("two")

    assert status == 3
    assert said.endswith("back to one")
    assert machine.link("current") == machine.link("good") == "one"
    assert machine.systemctl("is-active") == 0, "the good one runs again"


def test_one_that_has_failed_is_not_tried_again_unless_somebody_says_so(machine):
    machine.make("one")
    machine.switch("one")
    machine.make("two", DIES_AT_ONCE)
    machine.switch("two")
    (machine.root / "said").unlink()

    status, said = machine.switch("two")
    assert (status, said.startswith("two has failed here before")) == (3, True)
    assert not (machine.root / "said").exists(), "the good one is left alone"

    (machine.root / "versions/two/app/program.py").write_text(RUNS)
    assert machine.switch("two", "--again") == (0, "switched to two")


def test_a_page_that_does_not_answer_is_no_proof(machine, monkeypatch):
    source = SWITCH.read_text(encoding="utf-8").replace("MAX = 120.0", "MAX = 1.0")
    impatient = machine.root / "switch.py"
    impatient.write_text(source)
    monkeypatch.setattr(sys.modules[__name__], "SWITCH", impatient)
    machine.make("one")
    machine.switch("one")
    machine.make("two")

    status, said = machine.switch("two", "--page", "http://127.0.0.1:9/")

    assert (status, machine.link("current")) == (3, "one")
    assert "does not serve" in said


@pytest.mark.parametrize("program", [RUNS, DIES_AT_ONCE])
def test_after_a_power_cut_the_version_in_force_proves_itself_or_gives_way(machine, program):
    machine.make("one")
    machine.switch("one")
    machine.make("two", program)
    (machine.root / "current").unlink()
    (machine.root / "current").symlink_to("versions/two")

    status, _ = machine.switch()

    assert status == (0 if program == RUNS else 3)
    assert machine.link("current") == machine.link("good")
    assert machine.link("good") == ("two" if program == RUNS else "one")


def test_a_machine_that_goes_down_meanwhile_is_no_fault_of_the_version(machine):
    machine.make("one")
    machine.switch("one")
    machine.make("two", DIES_AT_ONCE)
    (machine.root / "goes-down").touch()

    assert machine.switch("two")[0] == 5

    (machine.root / "goes-down").unlink()
    (machine.root / "versions/two/app/program.py").write_text(RUNS)
    assert machine.switch() == (0, "switched to two")


def test_where_there_is_no_other_a_version_that_failed_is_tried_again(machine):
    machine.make("one", DIES_AT_ONCE)
    assert machine.switch("one")[0] == 3
    (machine.root / "versions/one/app/program.py").write_text(RUNS)

    assert machine.switch("one") == (0, "switched to one")


def test_two_versions_are_kept_to_go_back_to(machine):
    for name in ("one", "two", "three"):
        machine.make(name)
        assert machine.switch(name)[0] == 0

    assert machine.versions() == {"two", "three"}
    assert machine.link("previous") == "two"


def test_a_half_installed_version_is_not_put_in_force(machine):
    machine.make("one")
    machine.switch("one")
    machine.make("two")
    (machine.root / "versions/two/whole").unlink()

    assert machine.switch("two")[0] == 4
    assert machine.link("current") == "one"


def test_what_cannot_be_made_ready_is_not_begun(machine):
    machine.make("one")
    machine.switch("one")
    machine.make("two")

    assert machine.switch("two", "--before", "false")[0] == 4
    assert machine.link("current") == "one"


def test_what_a_failed_version_changed_is_undone_before_the_good_one_starts(machine):
    machine.make("one")
    machine.switch("one")
    machine.make("two", DIES_AT_ONCE)
    undo = machine.root / "undo"
    undo.write_text('#!/bin/sh\necho "undo $1" >>"$(dirname "$0")/said"\n')
    undo.chmod(0o755)

    machine.switch("two", "--undo", str(undo))

    said = (machine.root / "said").read_text().splitlines()
    assert said.index("stop it.service") < said.index("undo two") < len(said) - 1
    assert said[-1] == "restart it.service"
