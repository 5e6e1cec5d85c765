"""A hub's catalogue on a line to a library system, with the cast's cards and books in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from hub.catalogue.region_days import local_day
from hub.catalogue.sip2.asking import Asking
from hub.catalogue.sip2.catalogue import Sip2Catalogue
from hub.catalogue.sip2.opening import copies_of, lent_with, numbering_in, title_of
from hub.catalogue.sip2.requests import Requests
from hub.sip2.attended import AttendedTerminal
from hub.sip2.breaker import Breaker
from hub.sip2.pool import Pool
from hub.sip2.terminal import Account
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.sip2.system import LibrarySystem

GOOD = " " * 14
BLOCKED = "YYYY" + " " * 10
LOST = "Y   Y" + " " * 9
TITLES = {
    "B-1": "Vägen genom myren",
    "B-2": "Vägen genom myren",
    "B-REF": "Atlas över ån",
    "B-MAP": "Atlas över ån",
    "B-FILM": "Natten",
}


def cast() -> LibrarySystem:
    """Return a library system in which everybody and everything of the cast is."""
    cards = {"K-ANNA": GOOD, "K-BO": GOOD, "K-CHILD": GOOD}
    cards |= {"K-BLOCKED": BLOCKED, "K-ANNA-OLD": LOST, "K-EXPIRED": BLOCKED}
    pins = dict.fromkeys(cards, "1234")
    return LibrarySystem(
        cards=cards,
        pins=pins,
        titles=dict(TITLES),
        not_for_loan={"B-REF"},
        children={"K-CHILD"},
        for_grown_ups={"B-FILM"},
    )


class Clock:
    """What time the catalogue takes it to be."""

    now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms

    def day(self, days: int) -> date:
        """Return the day that is *days* from now."""
        return local_day(self.now_ms) + timedelta(days=days)


@contextmanager
def catalogue_at(
    port: int,
    engine: Engine,
    now_ms: Clock,
    *,
    answer_seconds: float = 5.0,
    size: int = 2,
    login: tuple[str, str] = ("", ""),
) -> Iterator[Sip2Catalogue]:
    """Give the catalogue that is reached at *port*, with a user and a password where it wants."""
    account = Account(
        host="127.0.0.1",
        port=port,
        answer_seconds=answer_seconds,
        user=login[0],
        password=login[1],
    )
    breaker = Breaker(rest_seconds=0)
    pool = Pool(lambda: AttendedTerminal(account), size=size, breaker=breaker)
    requests = Requests(
        institution="SE-Um",
        location="",
        language="006",
        terminal_password="",
        zone=ZoneInfo("Europe/Stockholm"),
    )
    try:
        yield Sip2Catalogue(
            engine,
            Asking(pool, requests, numbering_in(engine), now_ms),
            now_ms=now_ms,
            may_have=lambda item: lent_with(engine, item),
            copies_of=lambda title: copies_of(engine, title),
            title_of=lambda item: title_of(engine, item),
        )
    finally:
        pool.close()
