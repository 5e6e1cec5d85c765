"""Of a whole setting up no key and no token is printed, or stands on a command line."""

import base64
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hub.app import Hub, now_ms, open_joining, upgrade
from hub.authorities import load_authorities
from hub.catalogue.importing import import_file
from hub.catalogue.region import load_region
from hub.config import load
from hub.database import open_database
from hub.joining import remember_sealing
from hub.keys import load_kept, load_ring
from provisioning.demo.region import EXAMPLE
from tests.hub.joiners import NOW_MS, served
from tests.hub.test_cli import ROOT

PASSPHRASE = "sju sjuka sjuksköterskor"


class Onlooker(threading.Thread):
    """Reads every command line of this machine, over and over, as anybody on it may."""

    def __init__(self):
        super().__init__(name="onlooker", daemon=True)
        self.seen = set()
        self._stopping = threading.Event()

    def run(self):
        while not self._stopping.wait(0.1):
            for each in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(each.read_bytes())
                except OSError:
                    continue

    def stop(self):
        self._stopping.set()
        self.join(10)


@pytest.fixture
def onlooker():
    watching = Onlooker()
    watching.start()
    yield watching
    watching.stop()


class Technician:
    """Types commands, and keeps all that they say."""

    def __init__(self):
        self.said = ""

    def types(self, program, *words):
        done = subprocess.run(
            [sys.executable, "-m", program, *map(str, words)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        self.said += done.stdout + done.stderr
        assert done.returncode == 0, done.stderr


def secrets_of(folder, hub):
    """Return every secret under *folder* as it could be shown: whole, or a line of it."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and b"PRIVATE KEY" in (text := path.read_bytes()):
            body = re.sub(rb"-----[A-Z ]+-----|\s", b"", text)
            found |= {body[at : at + 40] for at in range(0, len(body) - 40, 40)}
    for token in folder.rglob("*.token"):
        found.add(token.read_bytes().strip())
    for path in [*folder.rglob("card.key"), hub.secret]:
        found.add(path.read_bytes().strip())
    for key in load_kept(hub.sealing):
        found |= {base64.b64encode(key.private), key.private.hex().encode()}
    return found | {PASSPHRASE.encode()}


@pytest.mark.timeout(400)
def test_no_secret_is_printed_or_on_a_command_line(tmp_path, onlooker):
    types, region = Technician(), tmp_path / "region"
    types.types(
        "provisioning", "region", "new", region, "--name", "Umeåregionen", "--hub", "127.0.0.1",
        "--broker", "127.0.0.1", "--database", f"sqlite:///{tmp_path}/hub.db",
    )  # fmt: skip
    settings = region / "hub" / "hub.toml"
    hub = load(settings)
    upgrade(hub.database)
    engine = open_database(hub.database)
    import_file(engine, EXAMPLE / "titles.mrc")
    load_region(engine, EXAMPLE, NOW_MS)
    remember_sealing(engine, load_ring(hub.sealing).public())
    engine.dispose()
    claims, etc, ca = tmp_path / "claims", tmp_path / "etc", hub.enrolment.authority / "ca.pem"
    types.types(
        "provisioning", "station", "add", "vindeln-7", "--branch", "VIN", "--kit",
        "simulated-loan", "--hub", settings, "--to", claims,
    )  # fmt: skip
    types.types("provisioning", "labels", claims)
    token = tmp_path / "token"
    token.write_bytes((claims / "vindeln-7.token").read_bytes())
    running = Hub(hub, lambda: "hub-1")
    try:
        with served_by(running, tmp_path) as url:
            types.types(
                "station", "join", "vindeln-7", "--url", url, "--ca", ca, "--token-file", token,
                "--to", etc,
            )  # fmt: skip
            types.types("station", "--config", etc / "station.toml", "renew", "--now")
    finally:
        running.stop()
    types.types("hub", "--config", settings, "keys", "rotate", "--authority", ca.parent)
    (tmp_path / "passphrase").write_text(PASSPHRASE)
    types.types(
        "hub", "--config", settings, "keys", "escrow", tmp_path / "keys.escrow",
        "--passphrase-file", tmp_path / "passphrase",
    )  # fmt: skip
    types.types(
        "provisioning", "reissue", "vindeln-7", "--hub", settings, "--authority", ca.parent,
        "--to", tmp_path / "again",
    )  # fmt: skip
    types.types("provisioning", "inventory", "--hub", settings, "--list")
    onlooker.stop()

    secrets = secrets_of(tmp_path, hub)
    assert len(secrets) > 20
    lines = b"\n".join(onlooker.seen)
    assert b"station\0add\0vindeln-7" in lines
    shown = [each for each in secrets if each in types.said.encode() or each in lines]
    assert shown == []
    public = [tmp_path / "keys.escrow", etc / "station.toml", settings]
    assert not [path for path in public if any(each in path.read_bytes() for each in secrets)]


def served_by(running, folder):
    """Serve the hub's own way of taking stations in, over TLS by the region's authority."""

    class Served:
        engine = running.engine
        joining = open_joining(running.config, running.engine)

        @property
        def now_ms(self):
            return now_ms()

    issuer = load_authorities(running.config.enrolment.authority).present
    return served(Served(), folder, issuer)
