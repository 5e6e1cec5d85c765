"""A visitor at a simulated station, run on the station itself: lends one book."""

import json
import sys
import time
import urllib.request
from pathlib import Path

SECONDS_MAX = 90


def ask(path, **body):
    """Return what the station's bench says to *path*."""
    data = json.dumps(body).encode() if body else None
    asked = urllib.request.Request(f"{BENCH}/{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return json.load(answer)


def screen_of(*states, so=lambda screen: True):
    """Return the screen once it is one of *states*; leave those that hinder."""
    until, passed = time.monotonic() + SECONDS_MAX, []
    while (screen := ask("screen"))["state"] not in states or not so(screen):
        if (shown := (screen["state"], screen["lines"])) not in passed[-1:]:
            passed.append(shown)
        if screen["state"] in {"loans", "receipt", "bye"} - set(states):
            leave(screen)
        assert time.monotonic() < until, f"none of {states}, but {passed}"
        time.sleep(0.2)
    return screen


def leave(screen):
    """Press what ends it."""
    offered = [button["id"] for button in screen["buttons"]]
    ends = ("done", "finish", "finish_now", "cancel", "retry")
    wanted = [each for each in ends if each in offered]
    if offered:
        ask("press", button=(wanted or offered)[0])


def lend(card, book):
    """Lend *book* to whoever has *card*, and take both away whatever comes of it."""
    try:
        ask("place", reader="card", tag=card["name"])
        if screen_of("pin", "menu", "offline")["state"] == "pin":
            for digit in card["pin"]:
                ask("key", key=digit)
            screen_of("menu", "offline")
        ask("place", reader="pad", tag=book["name"])
        screen = screen_of("loans", so=lambda screen: screen["rows"])
        assert screen["rows"][0]["status"] != "stop", screen["rows"]
        leave(screen)
    finally:
        ask("remove", reader="pad", tag=book["name"])
        ask("remove", reader="card", tag=card["name"])
    screen_of("idle")


if __name__ == "__main__":
    BENCH = json.loads(Path("/run/fingertopp-station/ready.json").read_text())["bench"]
    tags = ask("tags")
    cards = [each for each in tags if each["kind"] == "card"]
    books = {each["name"]: each for each in tags if each["kind"] == "book"}
    lend(cards[int(sys.argv[1])], books[f"book-{sys.argv[2]}"])
