"""What the opt-in tests of faults need: root, Linux, and the tools that break things."""

import os
import shutil
import sys

import pytest

TOOLS = ("strace", "faketime", "ip", "tc", "iptables", "mkfs.ext4", "mosquitto")


@pytest.fixture(autouse=True)
def _means_to_break(request):
    """Say plainly what is missing; a fault that cannot be made must not look withstood."""
    if request.node.get_closest_marker("faults") is None:
        return
    assert sys.platform == "linux", "these faults are made by a Linux kernel"
    assert os.geteuid() == 0, "mounting disks and cutting networks needs root"
    missing = [tool for tool in TOOLS if shutil.which(tool, path=_path()) is None]
    assert not missing, f"missing: {', '.join(missing)}; `make test-faults` installs them"


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
