"""A network of booted Debian systems in namespaces of their own; this machine's is not touched."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from pathlib import Path

BOOT_SECONDS_MAX = 60
LAN = "10.77.0"
DOWN = """
table inet wall {
  chain input { type filter hook input priority 0; policy drop; iif lo accept; }
  chain output { type filter hook output priority 0; policy drop; oif lo accept; }
}
"""


def _ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Guest:
    """One booted system, reached by ssh through the lab's own namespace."""

    def __init__(self, lab, name, number):
        self.lab, self.name, self.address = lab, name, f"{LAN}.{number}"
        self.space = f"{lab.space}-{number}"
        self.root = lab.folder / name
        self._nspawn = None

    @property
    def is_on(self):
        """Return whether it was switched on, and not off again."""
        return self._nspawn is not None

    @property
    def ssh_options(self):
        """Return how ssh gets in: from the host's own loopback, so that no wall is in the way."""
        proxy = f"ip netns exec {self.space} socat - TCP:127.0.0.1:22"
        return [
            "-F", "none", "-i", str(self.lab.key), "-o", f"ProxyCommand={proxy}",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "LogLevel=ERROR", "-o", "ControlMaster=auto", "-o", "ControlPersist=60",
            "-o", f"ControlPath={self.lab.folder}/{self.name}.ssh",
        ]  # fmt: skip

    def make(self, system):
        """Unpack the tar *system*, a blank machine that knows the lab's names."""
        self.root.mkdir()
        subprocess.run(["tar", "-xf", system, "-C", self.root], check=True)
        (self.root / "root/.ssh").mkdir(mode=0o700, exist_ok=True)
        shutil.copy(self.lab.key.with_suffix(".pub"), self.root / "root/.ssh/authorized_keys")
        hosts = "".join(f"{each.address} {each.name}\n" for each in self.lab.guests.values())
        (self.root / "etc/hosts").write_text(f"127.0.0.1 localhost\n{hosts}")
        (self.root / "etc/hostname").write_text(f"{self.name}\n")
        (self.root / "etc/apt/sources.list").write_text("deb [trusted=yes] file:/srv/debian ./\n")
        # An image is months old when it is switched on, and knows of no package.
        os.utime(self.root / "var/lib/apt/lists", (0, 0))
        _ip("netns", "add", self.space)
        near, far = f"v{self.address.split('.')[-1]}", "host0"
        _ip("-n", self.lab.space, "link", "add", near, "type", "veth", "peer", far, "netns",
            self.space)  # fmt: skip
        _ip("-n", self.lab.space, "link", "set", near, "master", "lan", "up")
        _ip("-n", self.space, "link", "set", "lo", "up")
        _ip("-n", self.space, "addr", "add", f"{self.address}/24", "dev", far)
        _ip("-n", self.space, "link", "set", far, "up")

    def boot(self):
        """Switch it on, and return when its ssh answers."""
        binds = [f"--bind-ro={each}:{at}" for each, at in self.lab.binds.items()]
        with (self.lab.folder / f"{self.name}.console").open("ab") as console:
            self._nspawn = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--directory", self.root, "--boot",
                 f"--network-namespace-path=/run/netns/{self.space}", f"--machine={self.space}",
                 "--register=no", "--keep-unit", "--console=pipe", *binds],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + BOOT_SECONDS_MAX
        # A door that opens is not yet somebody who lets you in.
        knock = ["ssh", *self.ssh_options, "-o", "ConnectTimeout=5", "root@host", "true"]
        while subprocess.run(knock, check=False, capture_output=True).returncode:
            assert self._nspawn.poll() is None, f"{self.name} ended; see its console file"
            assert time.monotonic() < until, f"{self.name} did not come up"
            time.sleep(0.2)

    def power_off(self):
        """Shut it down as a button would."""
        self._end(signal.SIGTERM)

    def pull_plug(self):
        """Kill all of it at once."""
        inits = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text()
        for init in inits.split():
            subprocess.run(["kill", "-9", init], check=False)
        self._end(signal.SIGKILL)

    def _end(self, number):
        if self._nspawn is None:
            return
        self._nspawn.send_signal(number)
        try:
            self._nspawn.wait(30)
        except subprocess.TimeoutExpired:
            self._nspawn.kill()
            self._nspawn.wait()
        self._nspawn = None
        subprocess.run(
            ["ssh", *self.ssh_options, "-O", "exit", "root@host"], check=False, capture_output=True
        )

    def run(self, command, *, may_fail=False, stdin=None, seconds=300, noted=True):
        """Return what the shell *command* printed on it; a failure is an error."""
        ran = subprocess.run(
            ["ssh", *self.ssh_options, "root@host", command],
            check=False, capture_output=True, text=True, timeout=seconds, input=stdin,
        )  # fmt: skip
        if noted:
            self.lab.note(f"{self.name}# {command}\n{ran.stdout}{ran.stderr}")
        assert may_fail or ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def python(self, text, *words):
        """Return what the Python program *text* printed on it."""
        return self.run(shlex.join(["python3", "-", *words]), stdin=text)

    def begin_python(self, text, *words):
        """Start the Python program *text* on it; return the running process."""
        command = shlex.join(["python3", "-u", "-c", text, *words])
        return subprocess.Popen(
            ["ssh", *self.ssh_options, "root@host", command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def module(self, *words, may_fail=False):
        """Return what `python -m WORDS` of ours printed on it."""
        command = shlex.join(["/opt/fingertopp/venv/bin/python", "-m", *words])
        return self.run(f"cd /opt/fingertopp/app && {command}", may_fail=may_fail)

    def hub(self, *words):
        """Return what the hub's command says, as it is in JSON."""
        told = self.module("hub", "--config", "/etc/fingertopp/hub.toml", *words, "--json")
        return json.loads(told.splitlines()[-1])

    def in_space(self, *command, stdin=None):
        """Run *command* of this machine in the guest's network."""
        enter = ["ip", "netns", "exec", self.space, *command]
        subprocess.run(enter, check=True, capture_output=True, text=True, input=stdin)

    @contextlib.contextmanager
    def behind(self, wall):
        """Have the nftables rules *wall*, a table `inet wall`, in the guest's network."""
        self.in_space("nft", "-f", "-", stdin=wall)
        try:
            yield
        finally:
            self.in_space("nft", "delete", "table", "inet", "wall")

    def offline(self):
        """Have its line down: nothing goes in or out but on its own loopback."""
        return self.behind(DOWN)

    def wipe(self):
        """Throw its disk away, and boot a blank one."""
        self.power_off()
        shutil.rmtree(self.root)
        _ip("netns", "delete", self.space)


class Lab:
    """A switch, and what hangs on it."""

    def __init__(self, folder, system, binds, names):
        """Have guests *names*, blank *system*s, none of which runs yet; *binds* are on each."""
        self.folder, self.system, self.binds = folder, system, binds
        self.space = f"ft{abs(hash(str(folder))) % 10**6}"
        self.key = folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        self.guests = {}
        for number, name in enumerate(names, start=10):
            self.guests[name] = Guest(self, name, number)
        self.said = folder / "said.log"

    def open(self):
        """Lay the network."""
        _ip("netns", "add", self.space)
        _ip("-n", self.space, "link", "add", "lan", "type", "bridge")
        _ip("-n", self.space, "link", "set", "lan", "up")

    def begin(self, guest):
        """Put a blank machine in the place of *guest*, and switch it on."""
        guest.make(self.system)
        guest.boot()

    def close(self):
        """Switch everything off, and take the network away."""
        for guest in self.guests.values():
            guest.power_off()
            subprocess.run(["ip", "netns", "delete", guest.space], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "delete", self.space], check=False, capture_output=True)

    def note(self, said):
        """Keep what was said, so that it can be looked through for secrets."""
        with self.said.open("a", encoding="utf-8") as file:
            file.write(f"{said}\n")
