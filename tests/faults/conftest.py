"""What the opt-in tests of faults need: root, Linux, and the tools that break things."""

import os
import shutil
import sys

import pytest

SECONDS_MAX = 600
"""A kill at each of a hundred writes is a hundred starts of a program, each under strace."""
TOOLS = ("strace", "faketime", "ip", "tc", "iptables", "mkfs.ext4", "mosquitto")


def pytest_collection_modifyitems(items):
    """Give those that are asked for on purpose the time they take on a busy machine."""
    for item in items:
        if item.get_closest_marker("faults"):
            item.add_marker(pytest.mark.timeout(SECONDS_MAX))


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
