"""Every key and token that was made, and where they must not stand."""

import gzip
import json

LETTERS_MIN = 16
_GZIP = b"\x1f\x8b"


def keep(region):
    """Remember the secrets that *region* has now: a key that is replaced is one all the same."""
    region.secrets |= {text: name for name, text in _made(region)}


def _made(region):
    for number, token in enumerate(region.tokens):
        yield f"token {number}", token
    folders = [region.folder, region.hub.root / "etc/fingertopp"]
    kept = [guest.root / "var/lib/fingertopp" for guest in region.stations.values()]
    folders += [each / name for each in kept for name in ("identity", "secrets")]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield from ((f"{path}", text) for text in _secrets_in(path))


def _secrets_in(path):
    if path.name == "sealing.json":
        yield from _private(json.loads(path.read_text()))
    elif path.name in {"secret", "card.key", "passphrase"}:
        yield path.read_text().strip()
    elif path.suffix == ".key" or path.name == "key.pem":
        yield path.read_text().splitlines()[1]


def _private(value):
    if isinstance(value, dict):
        for name, each in value.items():
            if not isinstance(each, str):
                yield from _private(each)
            elif name == "private":
                assert len(each) >= LETTERS_MIN
                yield each
    elif isinstance(value, list):
        for each in value:
            yield from _private(each)


def _said(region):
    """Yield (where, bytes) of all that was printed, logged or handed out during the run."""
    for each in (region.lab.said, *region.lab.folder.glob("*.console"), *region.artefacts):
        yield from _in(each)
    for guest in filter(lambda guest: guest.is_on, region.lab.guests.values()):
        journal = guest.run("journalctl --no-pager", noted=False)
        assert guest.name.partition(".")[0] in journal, f"nothing is heard of {guest.name}"
        yield f"{guest.name}: journal", journal.encode()
        yield from _in(guest.root / "var/log")


def _in(place):
    for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
        if path.is_file() and path.suffix != ".journal":
            body = path.read_bytes()
            yield str(path), gzip.decompress(body) if body.startswith(_GZIP) else body


def told(region):
    """Return where which secret stands, which should be nowhere, and how many were looked for."""
    keep(region)
    found = [
        (name, where)
        for where, text in _said(region)
        for secret, name in region.secrets.items()
        if secret.encode() in text
    ]
    return found, len(region.secrets)
