"""The units of a broker's machine, read by the programs that will read them."""

import re
import shutil
import subprocess
from pathlib import Path

from firmware_config.broker import CHANGED, FOLDER, WATCH, files
from firmware_config.units import SECURITY_MAX


def ran(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_every_unit_is_read_without_a_word_of_blame_and_the_watcher_is_shut_in(tmp_path):
    made = {each.path: each.text for each in files("https://bibliotek.example.org")}
    for path, text in made.items():
        told = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", text)
        (tmp_path / Path(path).name).write_text(told)

    told = ran(
        "systemd-analyze", "verify", "--man=no", "--recursive-errors=no",
        *(str(each) for each in tmp_path.iterdir()),
    )  # fmt: skip
    assert (told.returncode, told.stderr) == (0, "")
    threshold = f"--threshold={SECURITY_MAX * 10:.0f}"
    watch = str(tmp_path / Path(WATCH).name)
    assert not ran("systemd-analyze", "security", "--offline=true", threshold, watch).returncode
    assert f"PathChanged={FOLDER}/ca.crl" in made[CHANGED]
