"""The short table that a started demo prints."""

from provisioning.demo.ready import Ready


def lines(ready: Ready) -> list[str]:
    """Return the table of *ready*, a page on each line."""
    rows = [
        ("Start here", ready.start),
        ("Public site", ready.portal),
        ("Desk", f"{ready.desk}  (account demo, password in {ready.desk_password_file})"),
    ]
    rows += [
        (f"{station.municipality}, {_KINDS[station.kind]}", station.bench)
        for station in ready.stations
    ]
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {url}" for name, url in rows]


_KINDS = {"loan": "loan station", "listening": "listening station"}
