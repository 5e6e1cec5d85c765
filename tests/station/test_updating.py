"""A station takes what a technician has signed for it, whole and newer, and nothing else."""

import http.server
import io
import json
import os
import shutil
import ssl
import subprocess
import sys
import tarfile
import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from circulation.certificates import private_pem, request
from circulation.errors import ConfigError, ForgedError, MessageError
from circulation.identifiers import StationId
from circulation.signing import KeySigner
from circulation.updates import CURRENT, FILES, sign_bundle
from firmware_config import kit, units
from hub.enrolment import Authority
from station import updating
from station.errors import WaitError
from station.identity import load_key
from station.updating import Source, Told

VINDELN, UMEA = "vindeln-1.example.org", "umea-1.example.org"


def provisioning(*words):
    command = [sys.executable, "-m", "provisioning", "bundle", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)  # noqa: PLW1510


class Technician:
    """Somebody with a key, an archive, a wheel and an inventory."""

    def __init__(self, folder):
        self.folder = folder
        assert provisioning("key", folder / "release").returncode == 0
        wheels = folder / "wheels"
        wheels.mkdir()
        (wheels / "one-1-py3-none-any.whl").write_bytes(b"wheel" * 50_000)
        self.inventory = folder / "inventory.json"
        self.tell({VINDELN: {"station_branch": "VIN"}, UMEA: {"station_branch": "UMS"}})
        self.bundles = folder / "updates"
        self.archive("one")

    def tell(self, hosts):
        self.inventory.write_text(json.dumps({"_meta": {"hostvars": hosts}}))

    def archive(self, text):
        (self.folder / "README").write_text(text)
        with tarfile.open(self.folder / "fingertopp.tar.gz", "w:gz") as tar:
            tar.add(self.folder / "README", "ansible/README")

    def make(self, *wave):
        return provisioning(
            "make", "--archive", self.folder / "fingertopp.tar.gz",
            "--wheels", self.folder / "wheels", "--inventory", self.inventory,
            "--key", self.folder / "release/release.key", "--to", self.bundles,
            *(word for each in wave for word in ("--wave", each)),
        )  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Return a technician's folder, made once."""
    technician = Technician(tmp_path_factory.mktemp("technician"))
    made = technician.make()
    assert made.returncode == 0, made.stderr
    assert "for *: 0." in made.stdout
    return technician


@pytest.fixture
def technician(prepared, tmp_path):
    """Return a technician of one's own."""
    own = Technician.__new__(Technician)
    own.folder = tmp_path / "technician"
    shutil.copytree(prepared.folder, own.folder)
    own.inventory, own.bundles = own.folder / "inventory.json", own.folder / "updates"
    return own


@pytest.fixture
def machine(technician, tmp_path):
    """Return what station vindeln-1 needs to take bundles: who it is, two folders, a source."""

    class Machine:
        told = Told(
            StationId("vindeln-1"),
            "VIN",
            updating.release_key(technician.folder / "release/release.pem"),
        )
        folder, root = tmp_path / "updates", tmp_path / "root"
        source = Source(str(technician.bundles), Path("none"))

        def fetch(self, source=None):
            return updating.fetch(source or self.source, self.folder, self.told, self.root)

        def lay_out(self):
            return updating.lay_out(self.folder, self.told, self.root)

    machine = Machine()
    machine.folder.mkdir()
    machine.root.mkdir()
    return machine


@pytest.fixture
def site(technician, tmp_path):
    """Return the technician's folder as an HTTPS site of the region's authority."""
    now = datetime.now(UTC)
    authority, key = Authority.create("Region", now), ec.generate_private_key(ec.SECP256R1())
    issued = authority.issue(request(key, "hub"), "hub", now, hosts=("localhost",), days=10)
    (tmp_path / "ca.pem").write_bytes(authority.certificate_pem())
    (tmp_path / "site.pem").write_bytes(private_pem(key) + issued)
    asked = []

    class Pages(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *words):
            super().__init__(*words, directory=technician.bundles)

        def send_head(self):
            """Give what is asked for from a place on, as nginx does; where nothing is left, 416."""
            begun = int((self.headers.get("Range") or "bytes=0-")[6:-1])
            if not begun:
                return super().send_head()
            path = Path(self.translate_path(self.path))
            rest = path.read_bytes()[begun:]
            self.send_response(206 if rest else 416)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            return io.BytesIO(rest)

        def log_message(self, *_words):
            asked.append((self.path, self.headers.get("Range")))

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "site.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    source = Source(f"https://localhost:{server.server_port}", tmp_path / "ca.pem")
    yield source, asked
    server.shutdown()
    thread.join(5)
    server.server_close()


def test_what_was_signed_is_fetched_and_laid_out(machine):
    fetched = machine.fetch()
    laid = machine.lay_out()

    assert fetched == laid
    assert (machine.root / "bundle/tree/ansible/README").read_text() == "one"
    told = json.loads((machine.root / "bundle/inventory.json").read_text())
    hosts = told["all"]["children"]["stations"]["hosts"]
    assert hosts[VINDELN] == {"station_branch": "VIN", "station_is_here": True}


def test_what_was_applied_is_not_taken_again_nor_anything_older(machine, technician):
    old = (technician.bundles / CURRENT).read_bytes()
    technician.archive("two")
    technician.make()
    newer = machine.fetch()
    updating.note_taken(machine.root, newer.serial)

    assert machine.fetch() is None
    (technician.bundles / CURRENT).write_bytes(old)
    assert machine.fetch() is None, "an old list that somebody says again"


def test_a_clock_that_was_ahead_once_keeps_no_later_bundle_away(machine, technician):
    """Stations take what is newer alone: in 2099 they would have taken another."""
    signer = KeySigner("r", load_key(technician.folder / "release/release.key"))
    in_2099 = msgspec.structs.replace(machine.fetch(), serial=4_070_908_800_000)
    (technician.bundles / CURRENT).write_bytes(sign_bundle(in_2099, signer))
    updating.note_taken(machine.root, machine.fetch().serial)

    technician.archive("two")
    technician.make()

    assert machine.fetch().version != in_2099.version


def test_a_wave_reaches_its_station_or_branch_and_no_other(machine, technician):
    technician.make("umea-1")
    assert machine.fetch() is None
    technician.make("VIN")
    assert machine.fetch().version


def test_a_list_that_another_key_has_signed_is_refused(machine, technician, tmp_path):
    provisioning("key", tmp_path / "other")
    shutil.copy(tmp_path / "other/release.key", technician.folder / "release/release.key")
    technician.make()

    with pytest.raises(ForgedError):
        machine.fetch()
    assert not (machine.folder / CURRENT).exists()


def test_a_file_that_was_changed_is_thrown_away(machine, technician):
    largest = max((technician.bundles / FILES).iterdir(), key=lambda each: each.stat().st_size)
    largest.write_bytes(b"something else")

    with pytest.raises(ForgedError, match="not what the bundle says"):
        machine.fetch()
    assert machine.lay_out() is None


def test_a_file_that_is_changed_after_it_was_fetched_is_not_applied(machine):
    machine.fetch()
    for each in (machine.folder / FILES).iterdir():
        each.write_bytes(each.read_bytes()[:-1] + b"x")

    with pytest.raises(ForgedError):
        machine.lay_out()
    assert not (machine.root / "bundle").exists()


class Endless(Source):
    """A source where whatever is asked for never ends; it counts what was taken of it."""

    def __init__(self, bundles, endless):
        super().__init__(str(bundles), Path("none"))
        self._endless, self.taken = endless, 0

    def _parts(self, name, begun):
        yield from super()._parts(name, begun)
        while name == self._endless:
            assert self.taken < 100, "as much as anybody would give"
            self.taken += 1
            yield bytes(updating.PART_BYTES)


def test_of_a_file_no_more_is_taken_than_was_signed(machine, technician):
    largest = max((technician.bundles / FILES).iterdir(), key=lambda each: each.stat().st_size)
    source = Endless(technician.bundles, f"{FILES}/{largest.name}")

    with pytest.raises(ForgedError, match="thrown away"):
        machine.fetch(source)

    assert source.taken <= 1
    assert not list((machine.folder / FILES).glob("*.part"))


def test_of_a_list_no_more_is_read_than_one_can_have(machine, technician):
    source = Endless(technician.bundles, CURRENT)

    with pytest.raises(MessageError):
        machine.fetch(source)

    assert source.taken <= 5


@pytest.mark.parametrize("name", [CURRENT, FILES])
def test_a_pipe_on_a_stick_holds_nobody_up(machine, technician, name):
    target = technician.bundles / name
    if target.is_dir():
        target = max(target.iterdir(), key=lambda each: each.stat().st_size)
    target.unlink()
    os.mkfifo(target)

    with pytest.raises((MessageError, WaitError)):
        machine.fetch()


@pytest.mark.parametrize("put", ["link", "pipe", "nothing"])
@pytest.mark.parametrize("name", [CURRENT, FILES])
def test_what_fetches_cannot_have_another_file_laid_out_nor_hold_it_up(machine, name, put):
    """Who applies is root, and may read what who fetches may not."""
    machine.fetch()
    target = machine.folder / name
    if target.is_dir():
        target = max(target.iterdir(), key=lambda each: each.stat().st_size)
    kept = target.rename(machine.folder / "kept")
    if put == "link":
        target.symlink_to(kept)
    elif put == "pipe":
        os.mkfifo(target)

    if (name, put) == (CURRENT, "nothing"):
        assert machine.lay_out() is None
    else:
        with pytest.raises(MessageError):
            machine.lay_out()
    assert not (machine.root / "bundle").exists()


@pytest.mark.parametrize("kept", [1000, None])
def test_a_line_that_was_cut_goes_on_where_it_was(machine, technician, site, kept):
    source, asked = site
    largest = max((technician.bundles / FILES).iterdir(), key=lambda each: each.stat().st_size)
    part = machine.folder / FILES / f"{largest.name}.part"
    part.parent.mkdir()
    part.write_bytes(largest.read_bytes()[:kept])

    machine.fetch(source)

    assert (machine.folder / FILES / largest.name).read_bytes() == largest.read_bytes()
    ranges = [header for path, header in asked if path.endswith(largest.name)]
    assert ranges == (["bytes=1000-"] if kept else []), "what is whole is not asked for"


def test_a_file_spoilt_on_the_way_is_thrown_away_and_fetched_anew(machine, technician, site):
    source, _ = site
    largest = max((technician.bundles / FILES).iterdir(), key=lambda each: each.stat().st_size)
    part = machine.folder / FILES / f"{largest.name}.part"
    part.parent.mkdir()
    part.write_bytes(bytes(largest.stat().st_size))

    with pytest.raises(ForgedError, match="thrown away"):
        machine.fetch(source)
    machine.fetch(source)

    assert (machine.folder / FILES / largest.name).read_bytes() == largest.read_bytes()


def test_a_file_that_the_card_has_spoilt_is_fetched_anew(machine):
    machine.fetch()
    largest = max((machine.folder / FILES).iterdir(), key=lambda each: each.stat().st_size)
    largest.write_bytes(bytes(100))

    machine.fetch()

    assert machine.lay_out() is not None


def test_what_was_applied_is_known_to_whoever_fetches_whatever_the_umask(machine):
    before = os.umask(0o077)
    try:
        updating.note_taken(machine.root, 7)
    finally:
        os.umask(before)

    assert (machine.root / updating.TAKEN).stat().st_mode & 0o777 == 0o644


def test_an_address_that_is_none_is_told_in_one_sentence():
    with pytest.raises(WaitError, match=r"no current\.json from"):
        Source("https://no host.example.org", None).list()


def test_where_nobody_answers_it_is_said_and_the_next_time_tries_again(machine, tmp_path):
    with pytest.raises(WaitError, match=r"no current\.json from"):
        machine.fetch(Source(str(tmp_path / "no-stick"), Path("none")))


@pytest.mark.parametrize("what", ["nothing", "garbage", "folder"])
def test_an_authority_that_is_none_is_told_in_one_sentence(tmp_path, what):
    (tmp_path / "garbage").write_text("a holiday picture")
    (tmp_path / "folder").mkdir()

    with pytest.raises(ConfigError, match="no authority's certificate"):
        Source("https://example.org/updates", tmp_path / what)


def test_bundles_come_over_https_alone(tmp_path):
    with pytest.raises(ConfigError, match="https"):
        Source("http://example.org/updates", tmp_path)


@pytest.mark.parametrize(
    ("hosts", "wave", "said"),
    [
        ({VINDELN: {"station_branch": "VIN"}}, ["VIM"], "no such station or branch"),
        ({VINDELN: {"station_branch": "VIN", "wifi_password": "x"}}, [], "read by anybody"),
        (
            {VINDELN: {"station_branch": "VIN", "base_network": {"a": [{"password": "hush"}]}}},
            [],
            "has 'base_network.a.password': a bundle can be read by anybody",
        ),
        (
            {VINDELN: {"station_branch": "VIN", "base_proxy": "http://me:hush@proxy:3128"}},
            [],
            "has 'base_proxy': a bundle can be read by anybody",
        ),
        ({"hub": {}}, [], "no stations"),
    ],
)
def test_a_bundle_that_would_be_wrong_is_not_made(technician, hosts, wave, said):
    technician.tell(hosts)
    before = (technician.bundles / CURRENT).read_bytes()

    made = technician.make(*wave)

    assert made.returncode == 78
    assert said in made.stderr
    assert "hush" not in made.stderr
    assert (technician.bundles / CURRENT).read_bytes() == before


@pytest.mark.parametrize(
    ("file", "body", "said"),
    [
        ("fingertopp.tar.gz", b"a holiday picture", "make archive"),
        ("fingertopp.tar.gz", None, "make archive"),
        ("release/release.key", b"a holiday picture", "no key that signs bundles"),
        ("release/release.key", "RSA", "no key that signs bundles"),
    ],
)
def test_what_no_bundle_can_be_made_of_is_told_in_one_sentence(technician, file, body, said):
    path = technician.folder / file
    if body == "RSA":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        body = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(path.read_bytes()[:60] if body is None else body)
    before = (technician.bundles / CURRENT).read_bytes()

    made = technician.make()

    assert (made.returncode, "Traceback" in made.stderr) == (78, False)
    assert said in made.stderr
    assert (technician.bundles / CURRENT).read_bytes() == before


def test_only_wheels_that_a_station_is_locked_to_are_in_it(machine, technician):
    (technician.folder / "wheels/Hub_Only-2-py3-none-any.whl").write_bytes(b"of the hub")
    (technician.folder / "lock").write_text("one==1 \\\n    --hash=sha256:0\nhub-only==3 \\\n")
    with tarfile.open(technician.folder / "fingertopp.tar.gz", "w:gz") as tar:
        tar.add(technician.folder / "lock", "requirements/station.txt")
    assert technician.make().returncode == 0

    assert {name for name in machine.fetch().files if name.startswith("wheels/")} == {
        "wheels/one-1-py3-none-any.whl"
    }


def test_the_key_that_stations_believe_is_not_made_twice(technician):
    again = provisioning("key", technician.folder / "release")

    assert again.returncode == 78
    assert "is there already" in again.stderr


def test_a_play_that_opened_the_root_is_begun_and_not_done(machine, technician, tmp_path):
    required = tmp_path / "reboot-required"
    play = technician.folder / "site.yml"
    touch = "ansible.builtin.file: {{path: '{}', state: touch, mode: '0644'}}"
    opened = touch.format(machine.root / "window")
    play.write_text(
        "- hosts: stations\n  gather_facts: false\n  tasks:\n"
        f"    - {opened}\n    - {touch.format(required)}\n"
    )
    with tarfile.open(technician.folder / "fingertopp.tar.gz", "w:gz") as tar:
        tar.add(play, "ansible/site.yml")
    assert technician.make().returncode == 0
    machine.fetch()
    machine.lay_out()
    assert not updating.is_begun(machine.root, required)

    applied = updating.apply(machine.root, VINDELN)

    assert (applied.changed, applied.failed) == (2, 0), applied.said
    assert updating.is_begun(machine.root, required)
    # After the restart the playbook closes the root, and asks for another start.
    (machine.root / "window").unlink()
    assert not updating.is_begun(machine.root, required)
    assert updating.must_restart(required)


def test_an_order_has_systemd_look_for_what_is_newer(tmp_path):
    key = tmp_path / "release.pem"
    key.touch()
    asked = tmp_path / updating.ASKED

    told = updating.ask(str(tmp_path), key)

    assert "looks for a newer program" in told
    first = asked.read_text()
    updating.ask(str(tmp_path), key)
    # Another order is another change: systemd sees it.
    assert asked.read_text() != first


@pytest.mark.parametrize(("unit", "signed"), [(False, True), (True, False)])
def test_a_station_that_fetches_nothing_says_so(unit, signed, tmp_path):
    key = tmp_path / "release.pem"
    if signed:
        key.touch()

    with pytest.raises(ConfigError, match="fetches no programs by itself"):
        updating.ask(str(tmp_path) if unit else "", key)
    assert not (tmp_path / updating.ASKED).exists()


def test_the_unit_that_sees_the_order_looks_where_a_station_writes_it():
    role = Path(__file__).parents[2] / "ansible/roles/station/templates/fingertopp-pull.path.j2"
    told = next(line for line in role.read_text().splitlines() if "PathChanged" in line)
    unit = units.station_unit(kit.load_kit("simulated-loan"))

    assert told == f"PathChanged=/run/fingertopp-station/{updating.ASKED}"
    assert "RuntimeDirectory=fingertopp-station\n" in unit
