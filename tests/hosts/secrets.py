"""Every key and token that was made, and where they must not stand."""

import json

LETTERS_MIN = 16


def made(region):
    """Yield (name, text) of each secret that the region has, wherever it was made."""
    for number, token in enumerate(region.tokens):
        yield f"token {number}", token
    folders = [region.folder, region.hub.root / "etc/fingertopp"]
    folders += [guest.root / "var/lib/fingertopp/identity" for guest in region.stations.values()]
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield from ((f"{path}", text) for text in _secrets_in(path))


def _secrets_in(path):
    if path.name == "sealing.json":
        yield from _strings(json.loads(path.read_text()))
    elif path.name in {"secret", "card.key"}:
        yield path.read_text().strip()
    elif path.suffix == ".key" or path.name == "key.pem":
        yield path.read_text().splitlines()[1]


def _strings(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, str) and len(value) >= LETTERS_MIN:
        yield value


def said(region):
    """Yield (where, text) of all that was printed or logged during the run."""
    for path in (region.lab.said, *sorted(region.lab.folder.glob("*.console"))):
        yield path.name, path.read_text(encoding="utf-8", errors="replace")
    for guest in region.lab.guests.values():
        yield f"{guest.name}: journal", guest.run("journalctl --no-pager -o cat", noted=False)
        for path in sorted((guest.root / "var/log").rglob("*")):
            if path.is_file() and path.suffix not in {".journal", ".gz"}:
                yield str(path), path.read_text(encoding="utf-8", errors="replace")


def told(region):
    """Return where which secret stands, which should be nowhere, and how many were looked for."""
    secrets = dict(made(region))
    texts = list(said(region))
    found = [
        (name, where) for name, secret in secrets.items() for where, text in texts if secret in text
    ]
    return found, len(secrets)
