"""The hub's pages run as a user who can read neither the keys that open facts nor its signature.

The role places a region's files for two users, in a mount namespace whose /etc and /var are laid
over this machine's; then both halves of the hub run, each as its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.brokers import free_port

TREE = Path(__file__).parents[2]
ALONE = """
set -eu
mount -t tmpfs memory "$1"
for each in etc opt root var; do
  mkdir -p "$1/$each" "$1/$each.work"
  mount -t overlay over -o "lowerdir=/$each,upperdir=$1/$each,workdir=$1/$each.work" "/$each"
done
chmod 755 /root /opt
mkdir -p /opt/fingertopp/app /opt/region /opt/said
mount --bind "$2" /opt/fingertopp/app
mount -t tmpfs run /run
cp -r "$3/." /opt/region
cd /opt/fingertopp/app
exec "$4" -c "$5"
"""
"""$1: an empty folder; $2: this project; $3: a region's; $4: Python; $5: what is done."""
PLAY = """
- hosts: all
  gather_facts: false
  handlers:
    - name: Restart hub
      ansible.builtin.meta: noop
  tasks:
    - ansible.builtin.user: {name: fingertopp, system: true, create_home: false}
    - ansible.builtin.file:
        {path: /etc/fingertopp, state: directory, group: fingertopp, mode: "0751"}
    - ansible.builtin.file:
        {path: /var/lib/fingertopp, state: directory, owner: fingertopp, mode: "0751"}
    - ansible.builtin.include_vars: /opt/fingertopp/app/ansible/roles/hub/defaults/main.yml
    - ansible.builtin.set_fact: {hub_folder: /opt/region}
    - ansible.builtin.include_tasks: /opt/fingertopp/app/ansible/roles/hub/tasks/apart.yml
"""
DO = """
import glob, json, os, re, subprocess, sys, time, urllib.request
PORT, PYTHON = {port}, {python!r}
told = {{"played": [], "read": {{}}}}
open("/opt/play.yml", "w").write({play!r})
env = {{**os.environ, "ANSIBLE_ROLES_PATH": "/opt/fingertopp/app/ansible/roles",
        "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PIPELINING": "1",
        "HOME": "/opt/said"}}
for _ in range(2):
    ran = subprocess.run([PYTHON, "-m", "ansible", "playbook", "-i", "here,", "-c", "local",
                          "-e", "ansible_python_interpreter=/usr/bin/python3", "/opt/play.yml"],
                         env=env, capture_output=True, text=True)
    told["played"].append(re.findall(r"changed=\\d+|failed=\\d+", ran.stdout))
    if ran.returncode:
        sys.exit(ran.stdout[-3000:] + ran.stderr)
INBOX = ["setpriv", "--reuid=fingertopp", "--regid=fingertopp", "--init-groups"]
WEB = ["setpriv", "--reuid=fingertopp-web", "--regid=fingertopp-web", "--clear-groups"]
HUB = [PYTHON, "-m", "hub", "--config", "/etc/fingertopp/hub.toml", "run"]

def until(look):
    end = time.monotonic() + 120
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.1)
    return found

def page(path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{{PORT}}{{path}}", timeout=10) as answer:
            return answer.status
    except OSError as error:
        return 0

os.chmod("/run", 0o1777)
said = open("/opt/said/said", "w")
os.umask(0o077)
subprocess.Popen([*INBOX, *HUB, "inbox", "poster", "--ready", "/run/ready.json"], stderr=said,
                 stdout=said)
until(lambda: os.path.exists("/run/ready.json"))
subprocess.Popen([*WEB, *HUB, "web"], stderr=said, stdout=said)
told["page"] = until(lambda: page("/"))
told["trust"] = page("/join/trust")
placed = glob.glob("/etc/fingertopp/**", recursive=True)
for path in placed + glob.glob("/var/lib/fingertopp/hub/*"):
    if os.path.isfile(path):
        told["read"][path] = [
            subprocess.run([*who, "cat", path], capture_output=True).returncode == 0
            for who in (INBOX, WEB)
        ]
tried = subprocess.run([*WEB, *HUB, "inbox"], capture_output=True, text=True, timeout=60)
told["inbox_as_web"] = [tried.returncode, tried.stderr[-300:]]
told["said"] = open("/opt/said/said").read()[-3000:]
print("TOLD", json.dumps(told))
"""

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root runs what others are to read"),
    pytest.mark.timeout(400),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return what was seen of a hub in two halves."""
    folder = tmp_path_factory.mktemp("apart")
    (folder / "memory").mkdir()
    made = subprocess.run(
        [sys.executable, "-m", "provisioning", "region", "new", folder / "region",
         "--name", "Umeåregionen", "--hub", "hub.invalid", "--broker", "broker.invalid"],
        cwd=TREE, check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    settings = folder / "region/hub/hub.toml"
    port = free_port()
    settings.write_text(settings.read_text().replace("port = 8000", f"port = {port}"))
    do = DO.format(port=port, python=sys.executable, play=PLAY)
    ran = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
         "sh", "-c", ALONE, "sh", folder / "memory", TREE, settings.parent, sys.executable, do],
        check=False, capture_output=True, text=True, timeout=380,
    )  # fmt: skip
    assert "TOLD" in ran.stdout, ran.stdout[-2000:] + ran.stderr[-2000:]
    return json.loads(ran.stdout.rpartition("TOLD ")[2])


def test_a_second_run_changes_nothing(told):
    assert told["played"][1] == ["changed=0", "failed=0"], told["played"]
    assert told["played"][0][1] == "failed=0"


def test_pages_are_served_by_a_user_without_the_keys(told):
    assert (told["page"], told["trust"]) == (200, 200), told["said"]


def test_each_secret_is_read_by_whom_it_is_for(told):
    read = {path.removeprefix("/etc/fingertopp/"): who for path, who in told["read"].items()}
    both, inbox = [True, True], [True, False]

    assert read["sealing.json"] == read["key.pem"] == inbox
    assert read["hub.toml"] == read["secret"] == read["authority/ca.key"] == both
    assert read["/var/lib/fingertopp/hub/hub.db"] == both
    # What is not named is the inbox's.
    assert {path for path, who in read.items() if who == both} == {
        "hub.toml", "secret", "ca.pem", "certificate.pem", "authority/ca.key", "authority/ca.pem",
        "authority/ca.crl",
        *(path for path in read if path.startswith("/var/")),
    }  # fmt: skip


def test_the_pages_user_cannot_run_the_inbox(told):
    status, said = told["inbox_as_web"]

    assert status == 78
    assert "sealing.json: no sealing keys" in said
