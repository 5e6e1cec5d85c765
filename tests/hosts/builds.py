"""What host tests are made of, each built once in build/hosts/: systems, packages, wheels."""

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

TREE = Path(__file__).parents[2]
BUILD = TREE / "build" / "hosts"
SUITE = "bookworm"
PACKAGES = (
    "systemd,systemd-sysv,dbus,udev,openssh-server,python3,python3-apt,ca-certificates,iproute2"
)
"""What a Debian or Raspberry Pi OS has before anybody has touched it."""
LATER = (
    "ansible-core chrony curl mosquitto mosquitto-clients nftables nginx-light openssl "
    "postgresql prometheus-node-exporter python3-packaging python3-venv tar"
)
"""What the roles install, from a folder that stands for Debian's mirror."""
SOURCES = (
    "circulation", "speech", "station", "hub", "firmware_config", "provisioning", "requirements",
    "ansible", "pyproject.toml",
)  # fmt: skip


def rootfs_tar():
    """Return a minimal Debian with systemd and ssh, as a tar file."""
    tar = BUILD / f"{SUITE}-{_digest(PACKAGES)}.tar"
    if not tar.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        new = BUILD / "new.tar"
        command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}"]
        subprocess.run([*command, SUITE, new], check=True)
        new.rename(tar)
    return tar


def mirror():
    """Return a folder of all packages that the roles install, as apt reads one."""
    folder = BUILD / f"mirror-{_digest(PACKAGES + LATER)}"
    if folder.exists():
        return folder
    root, new = BUILD / "mirror-root", BUILD / "mirror-new"
    for each in (root, new):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir()
    subprocess.run(["tar", "-xf", rootfs_tar(), "-C", root], check=True)
    for each in ("/etc/resolv.conf", "/etc/hosts"):
        shutil.copy(each, root / each.lstrip("/"))
    for command in (
        "apt-get -q update",
        f"apt-get -q install --yes --no-install-recommends --download-only {LATER}",
    ):
        subprocess.run(["chroot", root, *command.split()], check=True, stdout=subprocess.DEVNULL)
    for package in (root / "var/cache/apt/archives").glob("*.deb"):
        shutil.move(package, new / package.name)
    index = subprocess.run(
        ["apt-ftparchive", "packages", "."], cwd=new, check=True, capture_output=True
    )
    (new / "Packages").write_bytes(index.stdout)
    shutil.rmtree(root)
    new.rename(folder)
    return folder


def wheels():
    """Return a folder with the wheels that hub and stations are locked to."""
    folder = BUILD / "wheels"
    for name in ("station", "hub"):
        lock = TREE / "requirements" / f"{name}.txt"
        stamp = folder / f".{name}-{_digest(lock.read_text(encoding='utf-8'))}"
        if stamp.exists():
            continue
        command = ["download", "--quiet", "--no-deps", "--require-hashes", "-r", lock, "-d", folder]
        subprocess.run(
            [sys.executable, "-m", "pip", *command], check=True, timeout=600, capture_output=True
        )
        stamp.touch()
    return folder


def archive(to, *, broken="", added=""):
    """Write this source tree to *to* as the playbook takes it.

    *broken* takes the place of `station/app.py`; *added* is one more file of no consequence.
    """
    with tarfile.open(to, "w:gz") as tar:
        for name in SOURCES:
            tar.add(TREE / name, name, filter=_clean)
        # What stands later in the archive takes the place of what stands before.
        for name, text in (("station/app.py", broken), ("station/added.py", added)):
            if text:
                _add(tar, name, text)
    return to


def _add(tar, name, text):
    body = text.encode()
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(body), 0o644
    tar.addfile(member, io.BytesIO(body))


def _clean(member):
    if "__pycache__" in member.name or member.name.startswith("ansible/inventory/ours"):
        return None
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]
