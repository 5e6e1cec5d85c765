"""A hub's inbox in a process of its own: prints each acknowledgement once it was committed."""

import base64
import json
import sys
from itertools import count
from pathlib import Path

from sqlalchemy import select

from circulation import envelopes, topics
from circulation.messages import Ack
from hub import tables
from hub.catalogue.own import OwnCatalogue
from hub.database import open_database
from tests.hub.catalogue.cast import NOW_MS, make_catalogue
from tests.hub.rig import TalkingHub

STATION = "vindeln-1"
DATABASE = "hub.sqlite"


class ReopenedHub(TalkingHub):
    """The inbox over a database that is there already."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / DATABASE}"
        self.engine = open_database(self.url)
        self.own = self.catalogue = OwnCatalogue(self.engine)
        self.touched = set()
        self.now_ms = NOW_MS
        self.erase_after_backup = False
        self.hub_id = "hub-1"
        self.put_together()


def make_database(folder: Path) -> None:
    """Make the database of a hub that has heard nothing yet."""
    make_catalogue(folder / DATABASE).dispose()


def ledger(hub: TalkingHub) -> list[str]:
    """Return the hashes of the facts in *hub*'s ledger, whose chain must be whole."""
    with hub.engine.connect() as db:
        rows = db.execute(select(tables.fact).order_by(tables.fact.c.seq)).all()
    prev = envelopes.GENESIS
    for seq, row in enumerate(rows, start=1):
        assert (row.seq, row.prev) == (seq, prev), f"the chain breaks at {seq}"
        prev = row.hash
    return [row.hash for row in rows]


def sent_again(hub: TalkingHub, frames: Path) -> int:
    """Give *hub* all that the dead one was ever sent; return how many facts that was."""
    sent = [json.loads(line) for line in frames.read_text().splitlines() if line.endswith("}")]
    for each in sent:
        hub.takes(each["topic"], base64.b64decode(each["frame"]))
    return len(sent)


def main(folder: Path, frames: Path, wanted: int) -> None:
    """Take *wanted* facts, without end where it is 0; every frame is kept in *frames* first."""
    hub = ReopenedHub(folder)
    station = hub.enrol(STATION, "VIN", 1)
    topic = station.topic(topics.FACTS)
    with frames.open("a", encoding="ascii") as kept:
        for number in range(1, wanted + 1) if wanted else count(1):
            station.takes_back("B-1")
            frame = station.framed(topics.FACTS, station.batch(number))
            line = {"topic": topic, "frame": base64.b64encode(frame).decode()}
            kept.write(json.dumps(line) + "\n")
            kept.flush()
            for out in hub.takes(topic, frame):
                word = hub.word(out)
                if isinstance(word, Ack):
                    print(word.up_to_seq, word.head, flush=True)
    hub.engine.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
