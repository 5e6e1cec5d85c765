"""A whole region as a stranger starts it, driven through its benches."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
START_SECONDS_MAX = 120.0
WAIT_SECONDS_MAX = 20.0


def eventually(look: Callable[[], Any], what: str, seconds: float = WAIT_SECONDS_MAX) -> Any:
    """Return what *look* returns once it is true; *what* names it where it never is."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            if found := look():
                return found
        if time.monotonic() > end:
            raise AssertionError(f"never so in {seconds:.0f} s: {what}")
        time.sleep(0.03)


def fetch(url: str, body: dict[str, object] | None = None) -> Any:
    """Return the JSON at *url*, POSTing *body* where there is one."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


class Bench:
    """One station's bench, over its JSON."""

    def __init__(self, station: dict[str, str]) -> None:
        self.id = station["id"]
        self._bench = station["bench"]

    def get(self, what: str) -> Any:
        return fetch(f"{self._bench}/{what}")

    def post(self, what: str, **body: object) -> Any:
        return fetch(f"{self._bench}/{what}", body)

    def sound(self, number: int) -> bytes:
        """Return what was heard as *number*, as a WAV file."""
        with urllib.request.urlopen(f"{self._bench}/heard/{number}.wav", timeout=10) as answer:
            return bytes(answer.read())

    def tags(self, kind: str) -> list[dict[str, str]]:
        return [tag for tag in self.get("tags") if tag["kind"] == kind]

    def place(self, reader: str, *tags: dict[str, str]) -> None:
        for tag in tags:
            self.post("place", reader=reader, tag=tag["name"])

    def remove(self, reader: str, *tags: dict[str, str]) -> None:
        for tag in tags:
            self.post("remove", reader=reader, tag=tag["name"])

    def plug(self, inside: bool) -> None:
        """Plug headphones in or pull them out, and wait for the jack to settle."""
        self.post("headphones", **{"in": inside})
        eventually(
            lambda: self.get("state")["headphones"] is inside, f"{self.id} has felt the jack"
        )

    def screen(self) -> Any:
        return self.get("screen")

    def owed(self) -> int:
        return int(self.get("owed")["owed"])

    def until(self, *states: str) -> Any:
        """Return the screen once its state is one of *states*."""

        shown: list[str] = []

        def look() -> Any:
            screen = self.screen()
            if screen["state"] not in shown[-1:]:
                shown.append(screen["state"])
            return screen if screen["state"] in states else None

        try:
            return eventually(look, f"{self.id} shows {' or '.join(states)}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it showed {' then '.join(shown)}") from error

    def press_first(self) -> None:
        """Press the present screen's first button."""
        self.post("press", button=self.screen()["buttons"][0]["id"])

    def sign_in(self, card: dict[str, str]) -> None:
        """Lay *card* on the reader, and key its PIN where it is asked for."""
        self.place("card", card)
        if self.until("pin", "menu", "offline")["state"] == "pin":
            for digit in card["pin"]:
                self.post("key", key=digit)
            self.until("menu", "offline")

    def borrow(self, card: dict[str, str], *books: dict[str, str]) -> Any:
        """Borrow *books* on *card* up to the receipt; return the screen of the loans."""
        self.sign_in(card)
        self.place("pad", *books)

        def all_told() -> Any:
            screen = self.screen()
            told = screen["state"] == "loans" and len(screen["rows"]) == len(books)
            return screen if told else None

        loans = eventually(all_told, f"{self.id} tells of {len(books)} books")
        self.press_first()
        self.until("receipt")
        return loans

    def leave(self, card: dict[str, str] | None, *books: dict[str, str]) -> None:
        """Take everything along and let the station come to rest."""
        if card:
            self.remove("card", card)
        self.remove("pad", *books)

        self.rest()

    def clear(self) -> None:
        """Take everything away, put every plug where it belongs, and let the station rest."""
        for reader, tags in self.get("state")["placed"].items():
            for tag in tags:
                self.post("remove", reader=reader, tag=tag)
        self.post("line", up=True)
        self.plug(False)
        self.rest()

    def rest(self) -> None:
        """End what the present screen shows, until nobody's visit is open."""

        def at_rest() -> bool:
            screen = self.screen()
            if screen["state"] in ("idle", "listening"):
                return True
            if screen["state"] not in ("bye", "reading", "checking"):
                self.press_last_word()
            return False

        eventually(at_rest, f"{self.id} comes to rest")

    def press_last_word(self) -> None:
        """Press what ends a visit on the present screen."""
        offered = [button["id"] for button in self.screen()["buttons"]]
        wanted = next(
            (b for b in ("done", "finish", "finish_now", "cancel", "retry") if b in offered), None
        )
        self.post("press", button=wanted or offered[-1])

    def give_back(self, *books: dict[str, str]) -> Any:
        """Return *books* and leave; return the screen that thanks."""
        self.place("pad", *books)

        def all_told() -> Any:
            screen = self.screen()
            told = screen["state"] == "return" and len(screen["rows"]) == len(books)
            return screen if told else None

        return eventually(all_told, f"{self.id} takes back {len(books)} books")


class Region:
    """A region that runs, and what its hub says."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._options = options
        self._ready = folder / "ready.json"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when all is up."""
        self._ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "provisioning", "demo", "--dir", str(self.folder / "demo")]
        with (self.folder / "demo.out").open("ab") as out:
            self._process = subprocess.Popen(
                [*command, "--ready-file", str(self._ready), *self._options],
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        eventually(self._up, "the region is up", START_SECONDS_MAX)

    def _up(self) -> bool:
        assert self._process is not None
        said = (self.folder / "demo.out").read_text(errors="replace")
        assert self._process.poll() is None, f"the demo ended: {said[-2000:]}"
        return self._ready.exists()

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self._process.wait(20)

    @property
    def ready(self) -> Any:
        return json.loads(self._ready.read_bytes())

    def bench(self, **which: str) -> Bench:
        """Return the bench of the first station for which all of *which* holds."""
        stations = self.ready["stations"]
        return Bench(next(s for s in stations if which.items() <= s.items()))

    def kill(self, name: str) -> None:
        """Kill -9 the process *name*, and return when another has taken its place."""
        before = self.ready["pids"][name]
        os.kill(before, signal.SIGKILL)
        eventually(lambda: self.ready["pids"].get(name, before) != before, f"{name} is back")

    def hub(self, *words: str) -> Any:
        """Return what `python -m hub` says, as JSON."""
        return json.loads(self.run_hub(*words, "--json"))

    def run_hub(self, *words: str) -> bytes:
        """Return what `python -m hub` says."""
        command = [sys.executable, "-m", "hub", "--config", self.ready["hub_config"], *words]
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout

    def loans(self) -> dict[str, str]:
        """Return who has what, as the catalogue has it: patron by item."""
        return {loan["item"]: loan["patron"] for loan in self.hub("loans")}

    def settled(self) -> bool:
        """Return whether no station owes a fact."""
        return all(Bench(station).owed() == 0 for station in self.ready["stations"])


@contextlib.contextmanager
def running_region(folder: Path, *options: str) -> Iterator[Region]:
    """Run a region with its files in *folder*, and leave no process behind."""
    region = Region(folder, *options)
    region.start()
    try:
        yield region
    finally:
        region.stop()
