"""A region in a lab: a hub, a broker and two stations, set up as a technician would."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from circulation.tags import dump
from provisioning.bench_tags import bench_tags
from provisioning.demo.region import EXAMPLE
from tests.hosts import builds, secrets

HUB, BROKER = "bibliotek.example.org", "broker.example.org"
STATIONS = {"vindeln-1": ("VIN", "simulated-loan"), "umea-1": ("UMS", "simulated-loan")}
DOMAIN = "example.org"
NEWCOMERS = {"bjurholm-1": ("BJU", "simulated-loan"), "vannas-1": ("VAN", "simulated-loan")}
SECOND_HUB = "databas.example.org"
"""Blank machines that no test but their own switches on."""
NAMES = (HUB, BROKER, SECOND_HUB, *(f"{each}.{DOMAIN}" for each in {**STATIONS, **NEWCOMERS}))
SITE = f"https://{HUB}"
AUTHORITY = ("--authority", "/etc/fingertopp/authority")
BIN = Path(sys.executable).parent
VISIT = Path(__file__).with_name("visitor.py").read_text(encoding="utf-8")


def free_items():
    """Yield the items that anybody may borrow: not lent, and nobody waits for their title."""
    rows = {
        name: list(csv.DictReader((EXAMPLE / f"{name}.csv").read_text("utf-8").splitlines()))
        for name in ("items", "holds", "loans")
    }
    held = {each["title"] for each in rows["holds"]}
    lent = {each["item"] for each in rows["loans"]}
    for each in rows["items"]:
        if (
            each["usage"] == "circulating"
            and each["title"] not in held
            and each["item"] not in lent
        ):
            yield each["item"]


class Played:
    """What a run of a playbook did to each host."""

    def __init__(self, status, said, seconds):
        """Read it from what a run that ended with *status* after *seconds* has *said*."""
        self.status, self.said, self.seconds = status, said, seconds
        counted = r"^(\S+) +: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+)"
        self.hosts = {
            found[1]: tuple(map(int, found.group(2, 3, 4, 5)))
            for found in re.finditer(counted, self.said, re.MULTILINE)
        }

    @property
    def changed(self):
        """Return how much was changed on each host."""
        return {host: counts[1] for host, counts in self.hosts.items()}

    @property
    def done(self):
        """Return the hosts on which all went well."""
        return {host for host, counts in self.hosts.items() if not counts[2] and not counts[3]}

    @property
    def failed(self):
        """Return the hosts on which something failed."""
        return {host for host, counts in self.hosts.items() if counts[3]}

    @property
    def unreachable(self):
        """Return the hosts that did not answer."""
        return {host for host, counts in self.hosts.items() if counts[2]}


class Playing:
    """A run of a playbook that goes on."""

    def __init__(self, lab, told):
        """Start it as *told*."""
        self._lab, self._command, self._lines = lab, told["args"], []
        self._begun = time.monotonic()
        self._process = subprocess.Popen(
            **told, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def until(self, task):
        """Return once *task* has begun."""
        for line in self._process.stdout:
            self._lines.append(line)
            if line.startswith("TASK [") and line.partition("]")[0].endswith(task):
                return
        raise AssertionError(f"it never came to {task}: {''.join(self._lines)}")

    def kill(self):
        """Kill it with all that it has started, as a machine that goes dark would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._lab.note(f"{self._command}\n{''.join(self._lines)}\nkilled")

    def end(self):
        """Return what it did, when it has ended."""
        rest, _ = self._process.communicate()
        seconds = time.monotonic() - self._begun
        played = Played(self._process.returncode, "".join(self._lines) + rest, seconds)
        self._lab.note(f"{self._command}\n{played.said}\n{seconds:.1f} s")
        return played


class Region:
    """Its folder with the inventory, and what one does to it."""

    def __init__(self, lab, folder):
        """Keep the region's own folder under *folder*."""
        self.lab = lab
        self.folder = folder / "ours"
        self.archive = builds.archive(folder / "fingertopp.tar.gz")
        self.tags = folder / "tags.json"
        self.tags.write_bytes(dump.encode(bench_tags(EXAMPLE)))
        self.hub, self.broker = lab.guests[HUB], lab.guests[BROKER]
        self.stations = {each: lab.guests[f"{each}.{DOMAIN}"] for each in STATIONS}
        self.artefacts = [self.archive]
        self.tokens = []
        self.secrets = {}
        self.joins = dict.fromkeys((*STATIONS, *NEWCOMERS), True)
        self._visits = enumerate(free_items())

    def begin(self, *told):
        """Make authority, keys and settings; `region new` is *told* more."""
        command = ["region", "new", self.folder, "--name", "Umeåregionen", *told]
        self.provisioning(*command, "--hub", self.hub.name, "--broker", BROKER)
        self.provisioning("bundle", "key", self.folder / "release")
        self.write_lab()

    def provisioning(self, *words):
        """Run a technician's command here."""
        command = [sys.executable, "-m", "provisioning", *map(str, words)]
        ran = subprocess.run(command, cwd=builds.TREE, check=True, capture_output=True, text=True)
        self.lab.note(ran.stdout + ran.stderr)
        return ran.stdout

    def write_lab(self):
        """Write lab.json: how each host is reached, and what is so in a lab alone."""
        reached = {
            name: {
                "ansible_user": "root",
                "ansible_host": "host",
                "ansible_ssh_common_args": " ".join(f"'{each}'" for each in guest.ssh_options),
            }
            for name, guest in self.lab.guests.items()
        }
        for station, joins in self.joins.items():
            reached[f"{station}.{DOMAIN}"]["station_joins"] = joins
        common = {
            "base_archive": str(self.archive),
            "base_wheelhouse": "/srv/wheels",
            "base_proof_seconds": 3,
            "station_bench_tags": str(self.tags),
            "station_pull": True,
        }
        # The other files have the groups.
        known = {self.hub.name, BROKER, *(guest.name for guest in self.stations.values())}
        hosts = {name: told for name, told in reached.items() if name in known}
        (self.folder / "lab.json").write_text(json.dumps({"all": {"vars": common, "hosts": hosts}}))

    def play(self, *options, book="site.yml", **variables):
        """Run *book*, and return what it did."""
        return self.begin_play(*options, book=book, **variables).end()

    def begin_play(self, *options, book="site.yml", **variables):
        """Start *book*, and return it while it runs."""
        told = (word for name, value in variables.items() for word in ("-e", f"{name}={value}"))
        return Playing(self.lab, self._ansible("ansible-playbook", "--diff", book, *options, *told))

    def ansible(self, program, *words):
        """Run another of Ansible's programs with the inventory; it must end well."""
        subprocess.run(**self._ansible(program, *words), check=True, capture_output=True)

    def _ansible(self, program, *words):
        environment = {
            **os.environ,
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_SSH_ARGS": "",
            "HOME": str(self.lab.folder),
        }
        return {
            "args": [str(each) for each in (BIN / program, "-i", self.folder, *words)],
            # Where ansible.cfg is, as the how-tos say.
            "cwd": builds.TREE / "ansible",
            "env": environment,
        }

    def bundle(self, folder, archive, *wave):
        """Sign a bundle of *archive* for *wave*, all stations where none; return its folder."""
        inventory, updates = folder / "inventory.json", folder / "updates"
        self.ansible("ansible-inventory", "--list", "--output", inventory)
        words = ["--archive", archive, "--wheels", builds.wheels(), "--inventory", inventory]
        words += ["--key", self.folder / "release/release.key", "--to", updates]
        waves = (word for each in wave for word in ("--wave", each))
        self.provisioning("bundle", "make", *words, *waves)
        self.artefacts.append(updates)
        return updates

    def load(self):
        """Give the hub titles, libraries and cards."""
        example = "/opt/fingertopp/app/provisioning/umearegionen"
        hub = ("hub", "--config", "/etc/fingertopp/hub.toml")
        self.hub.module(*hub, "import", f"{example}/titles.mrc")
        self.hub.module(*hub, "load", example)

    def expect(self, station, branch, kit):
        """Have the hub expect *station*, and put its claim where a first-boot medium would."""
        words = ["station", "add", station, "--branch", branch, "--kit", kit]
        self.hub.module("provisioning", *words, "--to", "/root/claims")
        token = (self.hub.root / f"root/claims/{station}.token").read_text()
        self.tokens.append(token.strip())
        claim = self.stations[station].root / "etc/fingertopp/claim"
        claim.mkdir(parents=True, exist_ok=True)
        (claim / "token").write_text(token)
        (claim / "ca.pem").write_bytes((self.folder / "files/ca.pem").read_bytes())

    def name_stations(self):
        """Put into the inventory what the hub knows of its stations."""
        told = self.hub.module("provisioning", "inventory", "--domain", DOMAIN, "--file")
        (self.folder / "stations.json").write_text(told, encoding="utf-8")
        self.write_lab()

    def admit(self, station):
        """Switch a blank machine on that is to be the newcomer *station*."""
        guest = self.lab.guests[f"{station}.{DOMAIN}"]
        self.lab.begin(guest)
        self.stations[station] = guest
        self.expect(station, *NEWCOMERS[station])
        self.name_stations()
        return guest

    def dismiss(self, station):
        """Have the region without *station*, and its machine switched off."""
        secrets.keep(self)
        self.stations.pop(station).wipe()
        self.name_stations()

    def reissue(self, station):
        """Give *station* its next identity, as after a swapped card, and play."""
        secrets.keep(self)
        self.hub.module("provisioning", "reissue", station, *AUTHORITY, "--to", "/root/again")
        identity = self.folder / "identities" / station
        shutil.rmtree(identity, ignore_errors=True)
        shutil.copytree(self.hub.root / "root/again", identity)
        self.hub.run("rm -r /root/again")
        self.joins[station] = False
        self.name_stations()
        played = self.play("--limit", self.stations[station].name)
        assert played.status == 0, played.said

    # --- visitors ------------------------------------------------------------------------

    def borrow(self, station):
        """Lend the region's next free book at *station*; return its item's number."""
        number, item = next(self._visits)
        # One of the first cards: those that nothing hinders.
        self.stations[station].python(VISIT, str(number % 5), item)
        return item

    def alive(self, station):
        """Return whether the hub hears *station*."""
        return any(each["id"] == station and each["alive"] for each in self.hub.hub("stations"))

    def has(self, *items):
        """Return whether the catalogue has all *items* on loan."""
        return set(items) <= {loan["item"] for loan in self.hub.hub("loans")}

    def exceptions(self, *kinds):
        """Return the open exceptions of *kinds*."""
        return [each for each in self.hub.hub("exceptions") if each["kind"] in kinds]

    def until(self, so, what, seconds=60):
        """Return when *so* is true, at last after *seconds*."""
        until = time.monotonic() + seconds
        while not so():
            assert time.monotonic() < until, f"not in {seconds} s: {what}"
            time.sleep(0.3)
