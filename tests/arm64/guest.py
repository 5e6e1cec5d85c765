"""A Debian 13 for arm64 on this machine: its programs are run by qemu-user.

The kernel is told of qemu in a user namespace of its own (binfmt_misc has one for each, since
Linux 6.7), so that nothing of the machine is changed and nothing is left behind.
"""

import os
import subprocess
import tarfile
from pathlib import Path

TREE = Path(__file__).parents[2]
BUILD = TREE / "build" / "arm64"
SUITE, PACKAGES = "trixie", "ca-certificates,python3,python3-venv"
SYSTEM_SECONDS_MAX = 3000
# The first bytes of an ELF program for AArch64, little-endian, and which of their bits are meant.
BINFMT = (
    r":fingertopp-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
    r":\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
    ":/usr/bin/qemu-aarch64-static:F"
)
BEGIN = f"""
set -eu
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
printf '%s' '{BINFMT}' >/proc/sys/fs/binfmt_misc/register
"""
ENTER = """
mkdir -p "$0$1"
mount --rbind "$1" "$0$1"
mount --rbind /proc "$0/proc"
mount --rbind /dev "$0/dev"
exec chroot "$0" /bin/sh -euc "$2"
"""


def with_qemu(script, *words, seconds):
    """Run *script* where programs for arm64 can be run; $0, $1 ... are *words*."""
    ready, go = os.pipe()
    begin = f"read -r _ <&{ready}; {BEGIN}{script}"
    command = ["unshare", "--user", "--mount", "--pid", "--fork", "--kill-child"]
    try:
        process = subprocess.Popen(
            [*command, "bash", "-c", begin, *map(str, words)],
            pass_fds=[ready], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        # All ids as they are: dpkg gives files to many users.
        _map(process)
        os.write(go, b"\n")
        said, _ = process.communicate(timeout=seconds)
    finally:
        os.close(ready)
        os.close(go)
    return process.returncode, said


def _map(process):
    host = Path("/proc/self/ns/user").readlink()
    while Path(f"/proc/{process.pid}/ns/user").readlink() == host:
        assert process.poll() is None, process.stdout.read()
    for ids in ("uid_map", "gid_map"):
        Path(f"/proc/{process.pid}/{ids}").write_text("0 0 65536")


def system():
    """Return a folder with a Debian for arm64, made once from Debian's mirror and kept as tar."""
    tar = BUILD / f"{SUITE}.tar"
    if not tar.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        new = BUILD / "new.tar"
        made = (
            f"exec mmdebstrap --architectures=arm64 --variant=minbase --include={PACKAGES} {SUITE}"
        )
        status, said = with_qemu(f'{made} "$0"', new, seconds=SYSTEM_SECONDS_MAX)
        assert status == 0, said
        new.rename(tar)
    return tar


def unpack(to):
    """Put the system into the folder *to*, without its devices."""
    with tarfile.open(system()) as tar:
        members = [each for each in tar if not each.isdev()]
        tar.extractall(to, members, filter="fully_trusted")


def run(root, script, *, seconds):
    """Run *script* in the system at *root*, with this project where it is."""
    return with_qemu(ENTER, root, TREE, script, seconds=seconds)
