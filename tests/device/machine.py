"""A virtual machine of Debian's packages alone: a kernel, a Python, and what is tried there."""

import gzip
import hashlib
import importlib.util
import shutil
import subprocess
from pathlib import Path

TREE = Path(__file__).parents[2]
BUILD = TREE / "build" / "device"
PACKAGES = (
    "linux-image-amd64", "libc6", "libexpat1", "libffi8", "zlib1g", "python3.11-minimal",
    "libpython3.11-minimal", "libpython3.11-stdlib",
)  # fmt: skip
MODULES = ("drivers/input/evdev.ko", "drivers/input/misc/uinput.ko")
TRIED = (
    "station/__init__.py", "station/errors.py", "station/scanner", "circulation/__init__.py",
    "circulation/errors.py", "tests/__init__.py", "tests/station/__init__.py",
    "tests/station/scanner/__init__.py", "tests/station/scanner/typing.py",
)  # fmt: skip
SECONDS_MAX = 600


def console() -> str:
    """Return what a machine has said that ran `guest.py` and nothing else."""
    system = _system()
    root = BUILD / "root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name in TRIED:
        _copy(TREE / name, root / "fingertopp" / name)
    (msgspec,) = importlib.util.find_spec("msgspec").submodule_search_locations
    _copy(Path(msgspec), root / "fingertopp/msgspec")
    shutil.copy(TREE / "tests/device/guest.py", root / "init")
    (root / "init").chmod(0o755)
    initrd = BUILD / "initrd.gz"
    # The kernel unpacks one archive after the other.
    initrd.write_bytes((system / "base.gz").read_bytes() + _archive(root))
    command = [
        "qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "512", "-display", "none",
        "-nic", "none", "-no-reboot", "-serial", "stdio", "-kernel", system / "vmlinuz",
        "-initrd", initrd, "-append", "console=ttyS0 panic=-1 quiet PYTHONHASHSEED=0",
    ]  # fmt: skip
    ran = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_MAX, check=False
    )
    return (ran.stdout + ran.stderr).decode(errors="replace")


def _system() -> Path:
    """Return a folder with a kernel, and an archive of its modules and a Python; made once."""
    folder = BUILD / f"system-{hashlib.sha256(repr((PACKAGES, MODULES)).encode()).hexdigest()[:8]}"
    if folder.exists():
        return folder
    new, root = BUILD / "new", BUILD / "base"
    for each in (new, root):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir(parents=True)
    for package in _downloaded(new):
        kernel = package.name.startswith("linux-image")
        subprocess.run(["dpkg-deb", "-x", package, new / "kernel" if kernel else root], check=True)
        package.unlink()
    (vmlinuz,) = new.glob("kernel/boot/vmlinuz-*")
    (root / "modules").mkdir()
    for name in MODULES:
        (module,) = new.glob(f"kernel/lib/modules/*/kernel/{name}")
        shutil.copy(module, root / "modules")
    (new / "base.gz").write_bytes(_archive(root))
    vmlinuz.rename(new / "vmlinuz")
    shutil.rmtree(new / "kernel")
    shutil.rmtree(root)
    new.rename(folder)
    return folder


def _downloaded(to: Path) -> list[Path]:
    told = subprocess.run(
        ["apt-cache", "depends", "linux-image-amd64"], check=True, capture_output=True, text=True
    ).stdout
    kernel = next(line.split()[-1] for line in told.splitlines() if "Depends: linux-image" in line)
    wanted = [kernel if name == "linux-image-amd64" else name for name in PACKAGES]
    command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *wanted]
    subprocess.run(command, cwd=to, check=True, capture_output=True)
    return list(to.glob("*.deb"))


def _copy(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, to, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, to)


def _archive(root: Path) -> bytes:
    names = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    made = subprocess.run(
        ["cpio", "--quiet", "-o", "-H", "newc"], cwd=root, input=names.encode(), check=True,
        capture_output=True,
    )  # fmt: skip
    return gzip.compress(made.stdout, compresslevel=1)
