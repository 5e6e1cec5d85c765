"""What the roles write is read by the programs that will read it: systemd, nginx, Mosquitto, sh."""

import json
import os
import py_compile
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec

from circulation.certificates import private_pem, request
from firmware_config.units import SECURITY_MAX
from hub.enrolment import Authority
from provisioning.region_new import make_region
from provisioning.region_told import Told
from tests.brokers import free_port

ANSIBLE = Path(__file__).parents[2] / "ansible"
NETWORKS = ANSIBLE.parent / "docs/howto/branch-network.md"
BIN = Path(sys.executable).parent
ROLES = ("base", "broker", "hub", "monitoring", "station")
UNITS = {
    "fingertopp-hub.service",
    "fingertopp-web.service",
    "fingertopp-backup.service",
    "fingertopp-feeds.service",
    "fingertopp-alarm.service",
    "fingertopp-figures.service",
    "fingertopp-phrases.service",
    "fingertopp-pull.service",
    "fingertopp-report.service",
}
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.include_vars: "{{ item }}"
      loop: "{{ defaults }}"
    - ansible.builtin.template:
        src: "{{ item }}"
        dest: "{{ to }}/{{ item | basename | replace('.j2', '') }}"
      loop: "{{ templates }}"
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a folder with every template of every role, as a host would get it."""
    folder = tmp_path_factory.mktemp("written")
    to = folder / "files"
    to.mkdir()
    (folder / "play.yml").write_text(PLAY)
    told = {
        "to": str(to),
        "defaults": [str(ANSIBLE / f"roles/{role}/defaults/main.yml") for role in ROLES],
        "templates": sorted(map(str, ANSIBLE.glob("roles/*/templates/*.j2"))),
        "inventory_hostname": "bibliotek.example.org",
        "inventory_hostname_short": "bibliotek",
        "group_names": ["hubs", "brokers"],
        "base_proof": ["--unit", "fingertopp-hub.service"],
        "base_proxy": "http://proxy.example.org:3128",
        "hub_mail_to": "it@example.org",
        "station_number": 1,
    }
    (folder / "told.json").write_text(json.dumps(told))
    environment = os.environ | {"HOME": str(folder), "LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1"}
    ran = subprocess.run(
        [BIN / "ansible-playbook", "-i", "localhost,", "-c", "local", folder / "play.yml",
         "-e", f"@{folder / 'told.json'}"],
        cwd=ANSIBLE, env=environment, check=False, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return to


@pytest.fixture
def keys(tmp_path):
    """Return a folder with an authority, its list, and two certificates with their keys."""
    now, folder = datetime.now(UTC), tmp_path / "keys"
    folder.mkdir()
    authority = Authority.create("Region", now)
    (folder / "ca.pem").write_bytes(authority.certificate_pem())
    (folder / "ca.crl").write_bytes(authority.revocation_list([], now))
    for name in ("localhost", "vindeln-1"):
        key = ec.generate_private_key(ec.SECP256R1())
        (folder / f"{name}.key").write_bytes(private_pem(key))
        issued = authority.issue(request(key, name), name, now, hosts=(name,), days=10)
        (folder / f"{name}.pem").write_bytes(issued)
    return folder


def ran(*command):
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_every_unit_is_read_without_a_word_of_blame(written, tmp_path):
    units = []
    for path in written.glob("fingertopp-*.*"):
        told = re.sub(r"(?m)^(Exec\w+=[-+]?)\S+", rf"\g<1>{shutil.which('true')}", path.read_text())
        units.append(tmp_path / path.name)
        units[-1].write_text(told)
    assert {each.name for each in units} > UNITS

    told = ran("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *map(str, units))

    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("name", sorted(UNITS))
def test_what_is_run_is_shut_in(written, name):
    threshold = f"--threshold={SECURITY_MAX * 10:.0f}"

    told = ran("systemd-analyze", "security", "--offline=true", threshold, str(written / name))

    assert told.returncode == 0, told.stdout[-300:]


def test_mosquitto_is_shut_in(written, tmp_path):
    override = (written / "mosquitto.override").read_text()
    unit = tmp_path / "mosquitto.service"
    unit.write_text(override.replace("[Service]", "[Service]\nExecStart=/usr/sbin/mosquitto"))

    told = ran("systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit))

    assert told.returncode == 0, told.stdout[-300:]


def test_nginx_reads_its_settings(written, keys, tmp_path):
    text = (written / "nginx.conf").read_text()
    text = text.replace("/etc/fingertopp/site.pem", f"{keys}/localhost.pem")
    text = text.replace("/etc/fingertopp/site.key", f"{keys}/localhost.key")
    text = text.replace("/var/log/nginx/", f"{tmp_path}/")
    (tmp_path / "site.conf").write_text(text)
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{ include {tmp_path}/site.conf; }}"
    )

    told = ran("/usr/sbin/nginx", "-t", "-q", "-p", str(tmp_path), "-c", f"{tmp_path}/nginx.conf")

    assert (told.returncode, told.stderr) == (0, "")


@pytest.fixture
def broker(written, keys, tmp_path):
    """Yield the port of a Mosquitto with the role's settings."""
    port, figures = free_port(), free_port()
    text = (written / "mosquitto.conf").read_text()
    for old, new in {
        "listener 8883": f"listener {port} 127.0.0.1",
        "listener 1884": f"listener {figures}",
        "/var/lib/fingertopp-broker/": f"{keys}/",
        "/etc/mosquitto/certs/broker.": f"{keys}/localhost.",
        "/etc/mosquitto/": f"{tmp_path}/",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "mosquitto.conf").write_text(f"{text}user root\n")
    for name in ("fingertopp.acl", "figures.acl"):
        shutil.copy(written / name, tmp_path / name)
    said = (tmp_path / "said").open("w+")
    process = subprocess.Popen(
        ["/usr/sbin/mosquitto", "-c", tmp_path / "mosquitto.conf"], stderr=said, stdout=said
    )
    until = time.monotonic() + 15
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    assert process.poll() is None, (tmp_path / "said").read_text()
    yield port
    process.terminate()
    process.wait(10)
    said.close()


def greeted(port, context):
    """Return what the broker on *port* answers to a client that connects."""
    connect = bytes.fromhex("100d00044d5154540402003c0001") + b"x"
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as line,
    ):
        line.sendall(connect)
        return line.recv(4)


def test_mosquitto_serves_by_its_settings_and_lets_in_who_has_a_certificate(broker, keys):
    context = ssl.create_default_context(cafile=keys / "ca.pem")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        greeted(broker, context)

    context.load_cert_chain(keys / "vindeln-1.pem", keys / "vindeln-1.key")
    assert greeted(broker, context) == bytes.fromhex("20020000"), "CONNACK, accepted"


def examples():
    """Return each network that the documentation shows, as YAML."""
    shown = re.findall(r"```yaml\n(.*?)```", NETWORKS.read_text(encoding="utf-8"), re.DOTALL)
    return [yaml.safe_load(each)["base_network"] for each in shown]


@pytest.mark.parametrize("number", range(4))
def test_netplan_reads_the_networks_that_the_documentation_shows(written, tmp_path, number):
    network = tmp_path / "network.yaml"
    network.write_text(yaml.safe_dump({"network": {"version": 2} | examples()[number]}))

    told = ran("sh", str(written / "check-network"), str(network))

    assert (told.returncode, told.stdout) == (0, "")


def test_a_network_that_nobody_could_come_back_from_is_refused(written, tmp_path):
    network = tmp_path / "network.yaml"
    network.write_text("network: {version: 2, ethernets: {eth0: {dhpc4: true}}}")

    told = ran("sh", str(written / "check-network"), str(network))

    assert told.returncode != 0
    assert "unknown key 'dhpc4'" in told.stdout + told.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [("passwrod: hush", "unknown key 'passwrod'"), ("password: {a: hush}", "expected scalar")],
)
def test_what_is_wrong_with_a_network_is_said_without_its_passwords(written, tmp_path, line, said):
    """Ansible prints what the check says."""
    network = tmp_path / "network.yaml"
    point = f"access-points:\n        Biblioteket:\n          {line}\n"
    network.write_text(f"network:\n  version: 2\n  wifis:\n    wlan0:\n      {point}")

    told = ran("sh", str(written / "check-network"), str(network))

    assert told.returncode != 0
    assert said in told.stderr
    assert "hush" not in told.stdout + told.stderr


class Post(threading.Thread):
    """A mail server that takes what comes."""

    def __init__(self):
        super().__init__(daemon=True)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.letters = []

    def run(self):
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                with line, line.makefile("rwb", buffering=0) as spoken:
                    self._take(spoken)

    def _take(self, spoken):
        spoken.write(b"220 here\r\n")
        for word in iter(spoken.readline, b""):
            if word.upper().startswith(b"DATA"):
                spoken.write(b"354 go on\r\n")
                letter = b"".join(iter(spoken.readline, b".\r\n"))
                self.letters.append(letter.decode())
            spoken.write(b"221 bye\r\n" if word.upper().startswith(b"QUIT") else b"250 yes\r\n")

    def close(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.join(5)


class GuardedPost(threading.Thread):
    """A mail server that wants a login, and whoever knocks to begin with TLS."""

    def __init__(self, keys):
        super().__init__(name="post")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(keys / "localhost.pem", keys / "localhost.key")
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.logins = []

    def run(self):
        with suppress(OSError):
            while True:
                line, _ = self._server.accept()
                line.settimeout(30)
                with suppress(OSError), line:
                    self._greet(line)

    def _greet(self, line):
        line.sendall(b"220 here\r\n")
        line.recv(1000)
        line.sendall(b"250-here\r\n250 STARTTLS\r\n")
        line.recv(1000)
        line.sendall(b"220 go on\r\n")
        with self._context.wrap_socket(line, server_side=True) as secured:
            secured.recv(1000)
            secured.sendall(b"250-here\r\n250 AUTH PLAIN\r\n")
            self.logins.append(secured.recv(1000).decode())

    def close(self):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.join(40)
        assert not self.is_alive()


@pytest.mark.parametrize("known", [True, False])
def test_the_mail_servers_password_goes_to_nobody_else(written, keys, tmp_path, monkeypatch, known):
    post = GuardedPost(keys)
    post.start()
    told = (written / "alarm").read_text()
    (tmp_path / "password").write_text("hush\n")
    for here, there in (
        ('SERVER, PORT = "localhost", 25', f'SERVER, PORT = "localhost", {post.port}'),
        ('TLS, USER = False, ""', 'TLS, USER = False, "hub"'),
        ("/etc/fingertopp/mail-password", f"{tmp_path}/password"),
        ("/var/lib/fingertopp/alarm/told", f"{tmp_path}/told"),
    ):
        assert here in told
        told = told.replace(here, there)
    (tmp_path / "alarm").write_text(told)
    if known:
        monkeypatch.setenv("SSL_CERT_FILE", str(keys / "ca.pem"))

    said = ran(sys.executable, str(tmp_path / "alarm"))
    post.close()

    assert said.returncode != 0, "this server ends it after the login"
    assert [each[:10] for each in post.logins] == (["AUTH PLAIN"] if known else [])
    assert "hush" not in said.stdout + said.stderr
    assert not (tmp_path / "told").exists()


def test_somebody_is_written_to_when_something_is_wrong_and_once(written, tmp_path):
    post = Post()
    post.start()
    told = (written / "alarm").read_text()
    told = told.replace(
        'SERVER, PORT = "localhost", 25', f'SERVER, PORT = "127.0.0.1", {post.port}'
    )
    told = told.replace("/var/lib/fingertopp/alarm/told", f"{tmp_path}/told")
    (tmp_path / "alarm").write_text(told)

    for _ in range(2):
        assert ran(sys.executable, str(tmp_path / "alarm")).stderr == ""
    post.close()

    (letter,) = post.letters
    assert "To: it@example.org" in letter
    assert "/etc/fingertopp/hub.toml" in letter, "the doctor's own words"


def test_programs_can_be_read(written, tmp_path):
    for name in ("undo-version", "alarm", "figures"):
        py_compile.compile(str(written / name), cfile=str(tmp_path / "c"), doraise=True)
    for name in ("before-version", "backup", "restore", "feeds", "check-network"):
        assert ran("sh", "-n", str(written / name)).stderr == ""


def test_every_variable_is_explained():
    for role in ROLES:
        lines = (ANSIBLE / f"roles/{role}/defaults/main.yml").read_text().splitlines()
        explained = False
        for before, line in pairwise(lines):
            if re.match(r"[a-z_]+:", line):
                explained = explained if re.match(r"[a-z_ ]", before) else before.startswith("#")
                assert explained, f"{role}: {line}"


@pytest.fixture
def rendering(written, tmp_path):
    """Return the night's command and its condition, for the hub of a region that was just begun."""
    make_region(
        tmp_path / "region",
        Told("Region", "hub.example.org", "broker.example.org", f"sqlite:///{tmp_path}/hub.db"),
        datetime.now(UTC),
    )
    settings = tmp_path / "region/hub/hub.toml"
    text = settings.read_text().replace("/var/lib/fingertopp/hub/phrases", f"{tmp_path}/phrases")
    # Another night's work would be eight hundred English sentences.
    settings.write_text(f'{text}\n[[phrases.voice]]\nlanguage = "en"\nengine = "espeak"\n')
    unit = (written / "fingertopp-phrases.service").read_text()

    def command(key):
        told = re.search(rf"(?m)^{key}=(.+)$", unit).group(1)
        told = told.replace("/etc/fingertopp/hub.toml", str(settings))
        return shlex.split(told.replace("/opt/fingertopp/venv/bin/python", sys.executable))

    return settings, command("ExecCondition"), command("ExecStart")


def test_what_a_region_says_is_rendered_at_night_without_anything_more_to_set(rendering, tmp_path):
    _, condition, night = rendering
    # systemd has unescaped what the shell would take as it stands.
    assert ran(*(each.replace("\\\\", "\\") for each in condition)).returncode == 0

    told = ran(*night)

    assert told.returncode == 0, told.stderr
    assert "0 sentences rendered" in told.stdout
    assert "no neural voice for Swedish" in told.stderr
    assert (tmp_path / "phrases/offers.json").exists()


def test_a_hub_without_a_folder_for_phrases_renders_none_and_nothing_fails(rendering):
    settings, condition, _ = rendering
    settings.write_text(settings.read_text().replace("[phrases]", "[other]"))

    assert ran(*(each.replace("\\\\", "\\") for each in condition)).returncode == 1
