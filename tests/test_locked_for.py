"""What a machine is locked to is chosen by its own Python, not by the one that fetches."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / ".ci" / "locked-for"
LOCK = """\
always==1 \\
    --hash=sha256:a
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:b \\
    --hash=sha256:c
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:d
only-there==1 ; platform_machine == 'aarch64' and implementation_name != 'PyPy' \\
    --hash=sha256:e
"""


@pytest.mark.parametrize(
    ("python", "machine", "hashes"),
    [("3.11", "x86_64", "abc"), ("3.13", "x86_64", "ad"), ("3.13", "aarch64", "ade")],
)
def test_each_python_and_machine_has_its_own(python, machine, hashes, tmp_path):
    lock = tmp_path / "lock.txt"
    lock.write_text(LOCK)

    told = subprocess.run(
        [sys.executable, PROGRAM, python, machine, lock],
        check=True, capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip

    chosen = [line.partition("sha256:")[2][:1] for line in told.splitlines() if "sha256" in line]
    assert chosen == list(hashes)
    assert ";" not in told
