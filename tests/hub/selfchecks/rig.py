"""A hub that self-checks of others speak to, over the cast's catalogue."""

from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hub.answers import Answers
from hub.batches import Batches
from hub.catalogue.own import OwnCatalogue
from hub.config import DeviceSetting, Sip2ServerSetting
from hub.keys import KeptKey, encode_kept, load_ring
from hub.selfchecks.opening import Store, open_server
from hub.sip2.terminal import Account, Terminal
from hub.tables import fact
from tests.hub.rig import KEY, NOW, PRIVATE, TalkingHub

PASSWORD = "hemligt"


def setting(folder, **device):
    """Return the settings of one device at Vindeln."""
    password = folder / "device-password"
    password.write_text(f"{PASSWORD}\n")
    password.chmod(0o600)
    one = DeviceSetting(
        name="sorter-1", branch="VIN", user="sorter", password=password, institution="SE-Vin",
        **device,
    )  # fmt: skip
    return Sip2ServerSetting(host="127.0.0.1", port=0, device=[one])


class Counter:
    """A hub's database, its poster, and the server that devices speak to."""

    def __init__(self, folder, *, gathered=True):
        self.folder = folder
        self.batches = None
        self.hub = TalkingHub(folder)
        kept = folder / "sealing.json"
        kept.write_bytes(encode_kept([KeptKey(id=KEY.id, private=PRIVATE)]))
        kept.chmod(0o600)
        self.ring = load_ring(kept)
        self.now_ms = self.hub.now_ms
        self.catalogue = self.hub.catalogue
        if gathered:
            self.batches = Batches(self.hub.engine)
            self.catalogue = OwnCatalogue(self.batches.engine)

    def close(self):
        """End what runs."""
        if self.batches:
            self.batches.stop()
        self.hub.engine.dispose()

    @contextmanager
    def serving(self, **how):
        """Serve until the end of the block; give the port."""
        server = self.server(**how)
        server.start()
        try:
            yield server.port
        finally:
            server.stop()

    def server(self, **how):
        """Return a server that has not started."""
        settings = how.pop("settings", None) or setting(self.folder, **how)
        engine = self.batches.engine if self.batches else self.hub.engine
        answers = Answers(engine, self.catalogue, self.ring, today=NOW.date)
        store = Store(
            engine=self.hub.engine,
            catalogue=self.catalogue,
            answers=answers,
            batches=self.batches,
        )
        return open_server(
            settings,
            store,
            ring=self.ring,
            zone=ZoneInfo("Europe/Stockholm"),
            now_ms=lambda: self.now_ms,
            touched=self.hub.touched.update,
        )

    @contextmanager
    def terminal(self, **how):
        """Give a terminal of ours that is logged in."""
        with self.serving(**how) as port, self.logged_in(port) as terminal:
            yield terminal

    @contextmanager
    def logged_in(self, port):
        """Give a terminal on *port*."""
        terminal = Terminal(Account(host="127.0.0.1", port=port, user="sorter", password=PASSWORD))
        try:
            yield terminal
        finally:
            terminal.close()

    def kinds(self):
        """Return the kinds of all facts, in order."""
        with self.hub.engine.connect() as db:
            return list(db.scalars(select(fact.c.kind).order_by(fact.c.seq)))

    def loan(self, item):
        """Return who has *item* in the catalogue."""
        self.hub.post()
        loan = self.catalogue.item(item).loan
        return loan.patron if loan else None

    def stamp(self, seconds=0):
        """Return a transaction date, *seconds* after the hub's own time."""
        at = datetime.fromtimestamp(self.now_ms / 1000 + seconds, UTC)
        return f"{at.astimezone(ZoneInfo('Europe/Stockholm')):%Y%m%d    %H%M%S}"
