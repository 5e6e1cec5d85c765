"""A Debian system booted for the tests: built once in build/, thrown away after each run."""

import base64
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import Struct

from circulation.tags import dump
from provisioning import identities
from provisioning.bench_tags import bench_tags
from provisioning.demo.region import EXAMPLE

TREE = Path(__file__).parents[2]
BUILD = TREE / "build" / "hosts"
PACKAGES = (
    "systemd,systemd-sysv,dbus,udev,openssh-server,python3,python3-venv,python3-apt,python3-packaging,"
    "ca-certificates,iproute2,tar"
)
BOOT_SECONDS_MAX = 60


class Host(Struct, frozen=True):
    """A booted system: the process id of its init, and the key that opens its root account."""

    init: int
    key: Path

    @property
    def ssh_options(self) -> list[str]:
        """Return how ssh reaches its loopback without touching this machine's network."""
        proxy = f"nsenter -t {self.init} -n socat - TCP:127.0.0.1:22"
        return [
            "-F", "none", "-i", str(self.key), "-o", f"ProxyCommand={proxy}",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "LogLevel=ERROR",
        ]  # fmt: skip

    def run(self, *command):
        """Return what *command* printed on the host; a failure is an error."""
        ssh = ["ssh", *self.ssh_options, "root@host", *command]
        ran = subprocess.run(ssh, check=False, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
        return ran.stdout + ran.stderr

    def holds(self, path):
        """Return whether the host has a file at *path*."""
        return self.run("test", "-e", path, "&&", "echo", "yes", "||", "echo", "no") == "yes\n"


@pytest.fixture(scope="session")
def rootfs_tar():
    """Return a minimal Debian 12 with systemd and ssh, as a tar file."""
    assert os.geteuid() == 0, "the host tests boot a system and so need root"
    tar = BUILD / f"bookworm-{hashlib.sha256(PACKAGES.encode()).hexdigest()[:8]}.tar"
    if not tar.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        new = BUILD / "new.tar"
        subprocess.run(
            [
                "mmdebstrap",
                "--quiet",
                "--variant=minbase",
                f"--include={PACKAGES}",
                "bookworm",
                new,
            ],
            check=True,
        )
        new.rename(tar)
    return tar


@pytest.fixture(scope="session")
def wheels():
    """Return a folder with the wheels that a station is locked to."""
    folder = BUILD / "wheels"
    lock = TREE / "requirements" / "station.txt"
    command = ["download", "--quiet", "--no-deps", "--require-hashes", "-r", lock, "-d", folder]
    subprocess.run([sys.executable, "-m", "pip", *command], check=True, timeout=600)
    return folder


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    """Return this source tree as the playbook takes it."""
    path = tmp_path_factory.mktemp("archive") / "fingertopp.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name in ("circulation", "speech", "station", "firmware_config", "requirements"):
            tar.add(TREE / name, name, filter=_clean)
    return path


def _clean(member):
    if "__pycache__" in member.name:
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


@pytest.fixture
def host(rootfs_tar, wheels, tmp_path):
    """Boot a fresh system under systemd-nspawn, without any network but its own loopback."""
    root = tmp_path / "vindeln-1"
    root.mkdir()
    subprocess.run(["tar", "-xf", rootfs_tar, "-C", root], check=True)
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
    shutil.copy(key.with_suffix(".pub"), root / "root/.ssh/authorized_keys")
    console = (tmp_path / "console").open("wb")
    nspawn = subprocess.Popen(
        ["systemd-nspawn", "--quiet", "--directory", root, "--boot", "--private-network",
         "--machine=vindeln-1", "--register=no", "--keep-unit", "--console=pipe",
         f"--bind-ro={wheels}:/srv/wheels"],
        stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
    )  # fmt: skip
    try:
        yield Host(_init_of(nspawn), key)
    finally:
        # SIGRTMIN+3 is what an init takes as "power off"; nspawn passes SIGTERM on as that
        nspawn.send_signal(signal.SIGTERM)
        try:
            nspawn.wait(30)
        except subprocess.TimeoutExpired:
            nspawn.kill()
            nspawn.wait()
        console.close()


def _init_of(nspawn):
    """Return the host's init when its ssh answers."""
    until = time.monotonic() + BOOT_SECONDS_MAX
    while time.monotonic() < until:
        assert nspawn.poll() is None, "systemd-nspawn ended; see the console file"
        for init in Path(f"/proc/{nspawn.pid}/task/{nspawn.pid}/children").read_text().split():
            listening = ["nsenter", "-t", init, "-n", "socat", "/dev/null", "TCP:127.0.0.1:22"]
            if subprocess.run(listening, check=False, capture_output=True).returncode == 0:
                return int(init)
        time.sleep(0.2)
    raise AssertionError("the host did not come up")


@pytest.fixture
def identity(tmp_path):
    """Return a folder with what enrolment gives a station, and the tags for its bench."""
    now = datetime.now(UTC)
    folder, hub = tmp_path / "identity", tmp_path / "hub"
    issuer = identities.authority(tmp_path / "authority", "Umeåregionen", now)
    identities.identity(hub, identities.HUB_NAME, issuer, now)
    identities.identity(folder, "vindeln-1", issuer, now)
    identities.secret(folder / "card.key")
    shutil.copy(hub / "certificate.pem", folder / "hub.pem")
    shutil.copy(tmp_path / "authority" / "ca.pem", folder / "ca.pem")
    key = identities.sealing_key(hub / "sealing.json", "2026-1")
    (folder / "sealing.public").write_bytes(base64.b64encode(key.public))
    (folder / "tags.json").write_bytes(dump.encode(bench_tags(EXAMPLE)))
    return folder
