"""A region in a lab: a hub, a broker and two stations, set up as a technician would."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

from circulation.tags import dump
from provisioning.bench_tags import bench_tags
from provisioning.demo.region import EXAMPLE
from tests.hosts import builds

HUB, BROKER = "bibliotek.example.org", "broker.example.org"
STATIONS = {"vindeln-1": ("VIN", "simulated-loan"), "umea-1": ("UMS", "simulated-loan")}
DOMAIN = "example.org"
NAMES = (HUB, BROKER, *(f"{each}.{DOMAIN}" for each in STATIONS))
SITE = f"https://{HUB}"
BIN = Path(sys.executable).parent
VISIT = """
import json, sys, time, urllib.request
bench = json.load(open("/run/fingertopp-station/ready.json"))["bench"]

def ask(path, **body):
    data = json.dumps(body).encode() if body else None
    asked = urllib.request.Request(bench + "/" + path, data, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(asked, timeout=20))

def until(*states):
    until = time.monotonic() + 90
    while (screen := ask("screen"))["state"] not in states:
        if screen["state"] in ("loans", "receipt", "bye"):
            press(screen)
        assert time.monotonic() < until, screen
        time.sleep(0.2)
    return screen

def press(screen):
    offered = [button["id"] for button in screen["buttons"]]
    words = ("done", "finish", "finish_now", "cancel", "retry")
    wanted = [each for each in words if each in offered]
    if offered:
        ask("press", button=(wanted or offered)[0])

tags = ask("tags")
card = [each for each in tags if each["kind"] == "card"][int(sys.argv[1])]
book = [each for each in tags if each["kind"] == "book"][int(sys.argv[2])]
ask("place", reader="card", tag=card["name"])
if until("pin", "menu", "offline")["state"] == "pin":
    for digit in card["pin"]:
        ask("key", key=digit)
    until("menu", "offline")
ask("place", reader="pad", tag=book["name"])
while (screen := ask("screen"))["state"] != "loans" or not screen["rows"]:
    time.sleep(0.2)
assert screen["rows"][0]["status"] != "stop", screen["rows"]
press(screen)
ask("remove", reader="pad", tag=book["name"])
ask("remove", reader="card", tag=card["name"])
until("idle")
print(book["name"].removeprefix("book-"))
"""


class Played:
    """What a run of a playbook did to each host."""

    def __init__(self, ran):
        """Read it from what *ran* said."""
        self.status, self.said = ran.returncode, ran.stdout + ran.stderr
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
    def failed(self):
        """Return the hosts on which something failed."""
        return {host for host, counts in self.hosts.items() if counts[3]}

    @property
    def unreachable(self):
        """Return the hosts that did not answer."""
        return {host for host, counts in self.hosts.items() if counts[2]}


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
        self.tokens = []
        self.joins = dict.fromkeys(STATIONS, True)

    def begin(self):
        """Make authority, keys and settings."""
        command = ["region", "new", self.folder, "--name", "Umeåregionen"]
        self.provisioning(*command, "--hub", HUB, "--broker", BROKER)
        self.provisioning("bundle", "key", self.folder / "release")
        self.write_inventory({})

    def provisioning(self, *words):
        """Run a technician's command here."""
        command = [sys.executable, "-m", "provisioning", *map(str, words)]
        ran = subprocess.run(command, cwd=builds.TREE, check=True, capture_output=True, text=True)
        self.lab.note(ran.stdout + ran.stderr)
        return ran.stdout

    def write_inventory(self, stations):
        """Write hosts.json: how each is reached, and what the hub says of its *stations*."""
        reached = {
            name: {
                "ansible_user": "root",
                "ansible_host": "host",
                "ansible_ssh_common_args": " ".join(f"'{each}'" for each in guest.ssh_options),
            }
            for name, guest in self.lab.guests.items()
        }
        for name, told in stations.get("_meta", {}).get("hostvars", {}).items():
            reached[name] |= told | {"station_joins": self.joins[name.partition(".")[0]]}
        common = {
            "base_archive": str(self.archive),
            "base_wheelhouse": "/srv/wheels",
            "base_proof_seconds": 3,
            "broker_site": SITE,
            "station_site": SITE,
            "station_bench_tags": str(self.tags),
            "station_pull": True,
        }
        groups = {
            "hubs": {"hosts": {HUB: reached[HUB]}},
            "brokers": {"hosts": {BROKER: reached[BROKER]}},
            "stations": {
                "hosts": {guest.name: reached[guest.name] for guest in self.stations.values()},
                "vars": stations.get("stations", {}).get("vars", {}),
            },
        }
        inventory = {"all": {"vars": common, "children": groups}}
        (self.folder / "hosts.json").write_text(json.dumps(inventory, ensure_ascii=False, indent=1))

    def play(self, *options, book="site.yml", **variables):
        """Run *book*, and return what it did."""
        environment = {
            **os.environ,
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_SSH_ARGS": "",
            "HOME": str(self.lab.folder),
        }
        command = [
            BIN / "ansible-playbook", "-i", self.folder / "hosts.json", "--diff", book, *options,
            *(word for name, value in variables.items() for word in ("-e", f"{name}={value}")),
        ]  # fmt: skip
        begun = time.monotonic()
        ran = subprocess.run(  # noqa: PLW1510 - whoever asked looks at it
            command, cwd=builds.TREE / "ansible", env=environment, capture_output=True, text=True
        )
        played = Played(ran)
        self.lab.note(f"{command}\n{played.said}\n{time.monotonic() - begun:.1f} s")
        return played

    def load(self):
        """Give the hub titles, libraries, cards; and have it expect the stations."""
        example = "/opt/fingertopp/app/provisioning/umearegionen"
        hub = ("hub", "--config", "/etc/fingertopp/hub.toml")
        self.hub.module(*hub, "import", f"{example}/titles.mrc")
        self.hub.module(*hub, "load", example)
        for station, (branch, kit) in STATIONS.items():
            self.expect(station, branch, kit)

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
        """Write into the inventory what the hub knows of its stations."""
        told = self.hub.module("provisioning", "inventory", "--domain", DOMAIN, "--list")
        self.write_inventory(json.loads(told))

    # --- visitors ------------------------------------------------------------------------

    def borrow(self, station, number):
        """Lend the *number*th book of the bench at *station*; return its item's number."""
        # One of the first cards: those that nothing hinders.
        return self.stations[station].python(VISIT, str(number % 5), str(number)).strip()

    def alive(self, station):
        """Return whether the hub hears *station*."""
        return any(each["id"] == station and each["alive"] for each in self.hub.hub("stations"))

    def has(self, item):
        """Return whether the catalogue has *item* on loan."""
        return any(loan["item"] == item for loan in self.hub.hub("loans"))

    def until(self, so, what, seconds=60):
        """Return when *so* is true, at last after *seconds*."""
        until = time.monotonic() + seconds
        while not so():
            assert time.monotonic() < until, f"not in {seconds} s: {what}"
            time.sleep(0.3)
