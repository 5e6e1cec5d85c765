"""A whole station in this process: real parts on virtual chips, its files in a test's folder."""

import base64
import json
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from circulation import messages, signing, topics
from circulation.cards import token
from circulation.identifiers import CardNumber
from circulation.messages import OfflineRules, Settings
from circulation.shelf_rows import Kind
from circulation.tags import dump
from circulation.tags.content import Usage
from circulation.tags.dump import TagDump
from circulation.tags.iso28560_3 import encode_basic
from hub.enrolment import Authority
from provisioning import identities
from station import settings_file
from station.app import StationApp
from station.config import load
from station.identity import load_authority_keys, load_hub_key, load_signer
from station.settings_file import Trusted
from station.shelf import ShelfStore
from tests.brokers import free_port
from tests.station.rig import KEY
from tests.station.shelves import BRANCH, card_row, item_row, put_on, row, title_row

CARD = CardNumber("20000001")
PUBLIC = base64.b64encode(KEY.public).decode()
BOOKS = ("30000001", "30000002")

SETTINGS = """
station = "vindeln-1"
number = 6
partition = "vindeln"
branch = "VIN"
kit = "{kit}"
data = "data"
[hub]
name = "hub"
certificate = "hub.pem"
ca = "ca.pem"
[sealing]
id = "2026-1"
public = "{public}"
[identity]
key = "key.pem"
certificate = "certificate.pem"
card_key = "card.key"
[broker]
host = "127.0.0.1"
port = {port}
tls = false
[speech]
sink = "null"
[bench]
tags = "tags.json"
"""


def write_station(
    folder: Path,
    kit: str = "simulated-loan",
    port: int | None = None,
    issuer: Authority | None = None,
) -> Path:
    """Return the settings file of a station whose other files lie beside it."""
    now = datetime.now(UTC)
    issuer = issuer or Authority.create("Umeåregionen", now)
    identities.identity(folder, "vindeln-1", issuer, now)
    hub = folder / "hub"
    hub.mkdir()
    (folder / "hub.pem").write_bytes(identities.identity(hub, "hub", issuer, now))
    (folder / "ca.pem").write_bytes(issuer.certificate_pem())
    identities.secret(folder / "card.key")
    (folder / "tags.json").write_bytes(dump.encode(tags()))
    path = folder / "station.toml"
    path.write_text(
        SETTINGS.format(kit=kit, port=port or free_port(), public=PUBLIC), encoding="utf-8"
    )
    return path


def tags() -> list[TagDump]:
    """Return one card and two books."""

    def tag(kind: str, number: str, usage: Usage, uid: int) -> TagDump:
        block = encode_basic(number, usage=usage, owner="SE-Vi")
        name = f"{kind}-{number}"
        return TagDump(name=name, kind=kind, uid=f"0400000000{uid:04x}", pages=block.hex())

    books = [tag("book", item, Usage.CIRCULATING, n) for n, item in enumerate(BOOKS, start=2)]
    return [tag("card", CARD, Usage.PATRON_CARD, 1), *books]


def stock(path: Path) -> None:
    """Give the station at *path* a shelf and settings, as if the hub had been heard before."""
    config = load(path)
    config.data.mkdir(exist_ok=True)
    key = identities.secret(path.parent / "card.key")
    shelf = ShelfStore(config.data / "shelf.sqlite")
    titles = [title_row(f"t{item}", f"Bok {item}") for item in BOOKS]
    items = [item_row(item, f"t{item}") for item in BOOKS]
    card = card_row(token(CARD, key))
    version = put_on(shelf, [row(Kind.BRANCH, "VIN", BRANCH), *titles, *items, card])
    shelf.close()
    offline = OfflineRules(until_ms=1 << 50, loans_per_card_day_max=5, pin="waive")
    settings = Settings(shelf_version=version, pin_to_borrow=False, offline=offline)
    ask(path, settings)


def trusted(path: Path) -> Trusted:
    """Return whom the station at *path* believes."""
    return Trusted(
        topics.topic("vindeln", "vindeln-1", topics.SETTINGS),
        "hub",
        load_hub_key(path.parent / "hub.pem", path.parent / "ca.pem", "hub"),
        lambda: load_authority_keys(path.parent / "ca.pem"),
    )


def ask(path: Path, settings: Settings) -> bytes:
    """Have the station at *path* go by *settings*; return them as its hub signed them."""
    config = load(path)
    topic = topics.topic(config.partition, config.station, topics.SETTINGS)
    signer = load_signer("hub", path.parent / "hub" / "key.pem")
    frame = signing.wrap(topic, messages.encode(settings), signer)
    (config.data / settings_file.NAME).write_bytes(frame)
    return frame


@contextmanager
def running(path: Path):
    """Run the station at *path*, its line down as no broker is there."""
    app = StationApp(load(path))
    app.start()
    try:
        yield Desk(app)
    finally:
        app.stop()


class Desk:
    """The station's bench."""

    def __init__(self, app: StationApp) -> None:
        self.app = app
        self._url = f"http://127.0.0.1:{app.server.port}"

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self._url}/{path}", timeout=5) as answer:
            return json.load(answer)

    def post(self, path: str, **body: object) -> None:
        data = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._url}/{path}", data, headers)
        urllib.request.urlopen(request, timeout=5).close()

    def screen(self) -> Any:
        return self.get("bench/screen")

    def until(self, look, what: str, seconds: float = 8) -> Any:
        """Return the screen once *look* holds for it."""
        end = time.monotonic() + seconds
        while not look(screen := self.screen()):
            assert time.monotonic() < end, f"never so: {what}; shown is {screen}"
            time.sleep(0.02)
        return screen
