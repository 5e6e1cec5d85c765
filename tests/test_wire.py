"""The wire's page is as the program is, and suffices for somebody who has nothing else."""

import base64
import hashlib
import json
import re
import zlib
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from nacl.public import PrivateKey, PublicKey, SealedBox

from circulation import envelopes, exports, facts, instants, messages, sealing, signing, verdicts
from circulation.facts import Asked, Wish
from circulation.identifiers import CardNumber, ItemId
from tests.hub.rig import HUB_KEY, KEY, NOW_MS, PRIVATE, TalkingHub

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "wire.md"
NOT_SAID = {"Origin", "Sealed", "SealingKey", "TagCount"}
"""Of the modules below, what is no object in JSON."""


def said() -> list[tuple[tuple[str, str], ...]]:
    """Return every object of the program's, each as its members and what they are if left out."""
    modules = (signing, envelopes, exports, instants, sealing, facts, verdicts, messages)
    kinds = [
        each
        for module in modules
        for name, each in vars(module).items()
        if isinstance(each, type)
        and issubclass(each, msgspec.Struct)
        and each.__module__ == module.__name__
        and not name.startswith("_")
        and name not in NOT_SAID
    ]
    return sorted(_members(each) for each in kinds)


def _members(kind: type[msgspec.Struct]) -> tuple[tuple[str, str], ...]:
    told = msgspec.inspect.type_info(kind)
    assert isinstance(told, msgspec.inspect.StructType)
    tag = [("type", str(told.tag))] if told.tag else []
    return (*tag, *((field.encode_name, _left_out(field)) for field in told.fields))


def _left_out(field: msgspec.inspect.Field) -> str:
    if field.required:
        return ""
    if field.default_factory is not msgspec.NODEFAULT:
        return json.dumps(field.default_factory())
    unset = field.default in (msgspec.UNSET, msgspec.NODEFAULT)
    return "there is none" if unset else json.dumps(field.default)


def written() -> list[tuple[tuple[str, str], ...]]:
    """Return the same of the page's tables."""
    tables = re.findall(
        r"\| member \| what \| left out \|\n\| --- \| --- \| --- \|\n((?:\|.*\n)+)",
        PAGE.read_text(encoding="utf-8"),
    )
    return sorted(tuple(map(_row, table.splitlines())) for table in tables)


def _row(line: str) -> tuple[str, str]:
    member, what, left_out = (cell.strip().strip("`") for cell in line.strip("|").split(" |"))
    return member, what if member == "type" else left_out


def test_the_page_has_every_object_with_its_members_and_what_they_are_if_left_out():
    assert written() == said()


class Stranger:
    """A station made from the page alone: JSON, SHA-256, P-256 and a sealed box."""

    def __init__(self, name: str, partition: str, key: ec.EllipticCurvePrivateKey) -> None:
        self.name, self.lanes = name, f"fingertopp/1/{partition}/{name}"
        self.key = key
        self.kept: list[bytes] = []
        self.head = "0" * 64

    def record(self, fact: dict[str, object]) -> bytes:
        """Return the newest envelope of the chain, with *fact* in it."""
        at = {"wall_ms": NOW_MS, "mono_ms": len(self.kept), "boot": "b", "trusted": True}
        sealed = SealedBox(PublicKey(KEY.public)).encrypt(json.dumps(fact | {"at": at}).encode())
        envelope = {
            "station": self.name,
            "epoch": 1,
            "seq": len(self.kept) + 1,
            "prev": self.head,
            "key": KEY.id,
            "sealed": base64.b64encode(sealed).decode(),
        }
        raw = json.dumps(envelope, separators=(",", ":")).encode()
        self.kept.append(raw)
        self.head = hashlib.sha256(raw).hexdigest()
        return raw

    def frame(self, lane: str, body: dict[str, object]) -> tuple[str, bytes]:
        topic, raw = f"{self.lanes}/{lane}", json.dumps(body).encode()
        sig = self.key.sign(topic.encode() + b"\n" + raw, ec.ECDSA(SHA256()))
        head = {"v": 1, "by": self.name, "sig": base64.b64encode(sig).decode()}
        return topic, json.dumps(head).encode()[:-1] + b',"body":' + raw + b"}"

    def read(self, topic: str, frame: bytes, key: ec.EllipticCurvePublicKey) -> dict:
        """Return what a frame of ours says, once its signature is known to be *key*'s."""
        told = json.loads(frame)
        body = frame[frame.index(b'"body":') + len(b'"body":') : -1]
        sig = base64.b64decode(told["sig"])
        key.verify(sig, topic.encode() + b"\n" + body, ec.ECDSA(SHA256()))
        assert told["v"] == 1
        return json.loads(body)

    def hears(self, outgoing) -> list[dict]:
        return [self.read(out.topic, out.payload, HUB_KEY.public_key()) for out in outgoing]


def opened(private: bytes, sealed: str) -> dict:
    return json.loads(SealedBox(PrivateKey(private)).decrypt(base64.b64decode(sealed)))


@pytest.fixture
def hub(tmp_path):
    hub = TalkingHub(tmp_path)
    yield hub
    hub.engine.dispose()


@pytest.fixture
def stranger(hub):
    station = hub.enrol("vindeln-1", "VIN", 1)
    return Stranger(station.id, station.partition, station.key)


def test_a_stranger_brings_facts_and_is_told_what_of_them_the_hub_has(hub, stranger):
    stranger.record({"type": "checkout", "item": "B-1", "card": "K-ANNA", "due": "2026-12-21"})
    stranger.record({"type": "checkin", "item": "B-2"})
    listed = [base64.b64encode(raw).decode() for raw in stranger.kept]

    said = hub.takes(*stranger.frame("facts", {"epoch": 1, "first": 1, "envelopes": listed}))

    assert stranger.hears(said) == [
        {"type": "ack", "hub": "hub-1", "epoch": 1, "up_to_seq": 2, "head": stranger.head,
         "safe_to_seq": 2},
    ]  # fmt: skip
    hub.poster.look()
    assert hub.own.item(ItemId("B-1")).loan.patron == "anna"


def test_a_stranger_asks_and_reads_the_answer(hub, stranger):
    raw = stranger.record({"type": "asked", "wish": "loan", "item": "B-1", "card": "K-ANNA"})
    reply = PrivateKey.generate()
    question = {
        "type": "write",
        "reply_to": base64.b64encode(bytes(reply.public_key)).decode(),
        "envelope": base64.b64encode(raw).decode(),
    }
    sealed = SealedBox(PublicKey(KEY.public)).encrypt(json.dumps(question).encode())
    ask = {"id": "q", "key": KEY.id, "sealed": base64.b64encode(sealed).decode()}

    (answer,) = stranger.hears(hub.takes(*stranger.frame("ask", ask)))

    assert answer["id"] == "q"
    due = hub.own.item(ItemId("B-1")).loan.due.isoformat()
    assert opened(bytes(reply), answer["sealed"]) == {
        "type": "write",
        "verdict": {"type": "accepted", "due": due},
    }


def test_a_stranger_puts_a_shelf_together_and_knows_that_it_is_whole(hub, stranger):
    born = stranger.frame("state", {"alive": True, "connection": 1, "epoch": 1})
    wished = next(each for each in stranger.hears(hub.takes(*born)) if "shelf_version" in each)

    parts = stranger.hears(hub.takes(*stranger.frame("shelf/want", {"have": ""})))

    packed = b"".join(base64.b64decode(part["data"]) for part in parts)
    assert hashlib.sha256(packed).hexdigest() == parts[0]["pack"]
    rows = [json.loads(line) for line in zlib.decompress(packed).splitlines()]
    bodies = dict(zip(((row[0], row[1]) for row in rows), bodies_of(packed), strict=True))
    digests = []
    for kind in ("branch", "title", "item", "card", "sign", "menu", "saying"):
        whole = hashlib.sha256()
        for key in sorted((key for of, key in bodies if of == kind), key=str.encode):
            name, body = key.encode(), bodies[kind, key]
            whole.update(b"%d:%d:" % (len(name), len(body)) + name + body)
        digests.append(whole.hexdigest())
    assert hashlib.sha256("".join(digests).encode()).hexdigest() == wished["shelf_version"]


def bodies_of(packed: bytes) -> list[bytes]:
    """Return the bodies' own bytes, which the version is of."""
    return [line[line.index(b",{") + 1 : -1] for line in zlib.decompress(packed).splitlines()]


def test_a_stranger_reads_an_export_of_ours(hub):
    station = hub.enrol("vindeln-1", "VIN", 1)
    station.asks("B-1", "K-ANNA", Wish.RENEWAL)
    station.takes_back("B-2")
    lines = exports.lines(station.raws, name="e", partition="vindeln", signer=station.signer)
    reader = Stranger(station.id, station.partition, station.key)

    parts = [
        reader.read(f"{reader.lanes}/export", line.rstrip(b"\n"), station.key.public_key())
        for line in lines
    ]

    assert [(part["export"], part["part"], part["parts"]) for part in parts] == [("e", 1, 1)]
    prev = "0" * 64
    found = []
    for raw in map(base64.b64decode, parts[0]["envelopes"]):
        envelope = json.loads(raw)
        assert envelope["prev"] == prev
        prev = hashlib.sha256(raw).hexdigest()
        found.append(opened(PRIVATE, envelope["sealed"]))
    assert [(each["type"], each["item"]) for each in found] == [
        ("asked", "B-1"),
        ("checkin", "B-2"),
    ]
    assert facts.decode(json.dumps(found[0]).encode()) == Asked(
        at=instants.Instant(**found[0]["at"]),
        wish=Wish.RENEWAL,
        item=ItemId("B-1"),
        card=CardNumber("K-ANNA"),
    )
