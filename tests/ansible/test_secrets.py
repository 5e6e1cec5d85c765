"""A station's keys end with root alone, whether it made them or they were brought to it.

The role's own tasks are played in a mount namespace whose /etc and /var are laid over this
machine's.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
ALONE = """
set -eu
mount -t tmpfs memory "$1"
for each in etc opt var; do
  mkdir -p "$1/$each" "$1/$each.work"
  mount -t overlay over -o "lowerdir=/$each,upperdir=$1/$each,workdir=$1/$each.work" "/$each"
done
exec "$2" -c "$3"
"""
PLAY = f"""
- hosts: all
  gather_facts: false
  vars:
    station_secrets_folder: /var/lib/fingertopp/secrets
    station_identity_folder: /var/lib/fingertopp/identity
    station_identity: /opt/brought
  handlers:
    - name: Restart station
      ansible.builtin.meta: noop
  tasks:
    - ansible.builtin.user: {{name: fingertopp, system: true, create_home: false}}
    - ansible.builtin.file:
        path: /var/lib/fingertopp/identity
        state: directory
        owner: fingertopp
        group: fingertopp
        mode: "0700"
    - ansible.builtin.include_tasks: {TREE}/ansible/roles/station/tasks/secrets.yml
    - ansible.builtin.include_tasks: {TREE}/ansible/roles/station/tasks/identity.yml
      when: brought
"""
DO = """
import json, os, re, subprocess, sys
from pathlib import Path
PYTHON, BROUGHT, MADE = {python!r}, {brought!r}, {made!r}
identity, brought = Path("/var/lib/fingertopp/identity"), Path("/opt/brought")
for folder, names in ((identity, MADE), (brought, ["key.pem", "card.key", "certificate.pem",
                                                    "hub.pem", "ca.pem"])):
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("a key" if "key" in name else folder.name)
Path("/opt/play.yml").write_text({play!r})
env = {{**os.environ, "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PIPELINING": "1",
        "HOME": "/opt"}}
changed = []
for _ in range(2):
    ran = subprocess.run([PYTHON, "-m", "ansible", "playbook", "-i", "here,", "-c", "local", "-e",
                          "ansible_python_interpreter=/usr/bin/python3",
                          "-e", json.dumps({{"brought": BROUGHT}}), "/opt/play.yml"],
                         env=env, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(ran.stdout[-3000:] + ran.stderr)
    changed.append(int(re.search(r"changed=(\\d+)", ran.stdout)[1]))
told = {{"changed": changed, "files": {{}}}}
for path in Path("/var/lib/fingertopp").rglob("*"):
    kind = path.stat()
    told["files"][str(path.relative_to("/var/lib/fingertopp"))] = [
        path.owner(), oct(kind.st_mode & 0o777), path.read_text() if path.is_file() else ""]
print("TOLD", json.dumps(told))
"""

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root makes what is root's"),
    pytest.mark.timeout(400),
]
OWNED = ["root", "0o600", "a key"]


@pytest.mark.parametrize(
    ("made", "brought", "certificate"),
    [
        (["key.pem", "card.key", "certificate.pem", "hub.pem", "ca.pem"], False, "identity"),
        ([], True, "brought"),
        # One that was set up before: its certificate has been renewed since.
        (["key.pem", "card.key", "certificate.pem", "hub.pem", "ca.pem"], True, "identity"),
    ],
    ids=["joined", "brought", "set up before"],
)
def test_its_keys_are_roots_and_its_certificate_its_own(made, brought, certificate, tmp_path):
    (tmp_path / "memory").mkdir()
    do = DO.format(python=sys.executable, brought=brought, made=made, play=PLAY)
    ran = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
         "sh", "-c", ALONE, "sh", tmp_path / "memory", sys.executable, do],
        check=False, capture_output=True, text=True, timeout=380,
    )  # fmt: skip
    assert "TOLD" in ran.stdout, ran.stdout[-2000:] + ran.stderr[-2000:]
    told = json.loads(ran.stdout.rpartition("TOLD ")[2])

    files = told["files"]
    assert files["secrets"] == ["root", "0o700", ""]
    assert files["secrets/key.pem"] == files["secrets/card.key"] == OWNED
    assert "identity/key.pem" not in files
    assert "identity/card.key" not in files
    assert files["identity/certificate.pem"][2] == certificate
    assert told["changed"][1] == 0
