"""A small region of invented people and books, for every test of the catalogue."""

import msgspec
from sqlalchemy import insert

from circulation.messages import ShelfHours, ShelfTitle
from hub.catalogue import pins, tables
from hub.catalogue.branches import Details
from hub.catalogue.staff import StaffDesk
from hub.database import open_database
from tests import databases
from tests.hub.catalogue.records import iso2709, record

NOW_MS = 1_795_600_800_000  # Wednesday 25 November 2026, 11.00 in Vindeln
PIN_HASH = pins.HASHER.hash("1234")

CARDS = {
    "K-ANNA": ("anna", "active"),
    "K-ANNA-OLD": ("anna", "lost"),
    "K-BO": ("bo", "active"),
    "K-EXPIRED": ("bo", "expired"),
    "K-CHILD": ("child", "active"),
    "K-BLOCKED": ("blocked", "active"),
}
PATRONS = {
    "anna": ("Anna Exempel", 1980, "active"),
    "bo": ("Bo Exempel", 1975, "active"),
    "child": ("Clara Exempel", 2019, "active"),
    "blocked": ("David Exempel", 1990, "blocked"),
}
TITLES = {
    "t-novel": ShelfTitle(id="t-novel", title="Vägen genom myren", author="Ett Exempel"),
    "t-film": ShelfTitle(id="t-film", title="Natten", kind="film"),
    "t-map": ShelfTitle(id="t-map", title="Atlas över ån", author="Åsa Öberg"),
}
ITEMS = {
    "B-1": ("t-novel", "circulating"),
    "B-2": ("t-novel", "circulating"),
    "B-FILM": ("t-film", "circulating"),
    "B-REF": ("t-map", "reference"),
    "B-MAP": ("t-map", "circulating"),
}


def make_catalogue(path):
    """Return a database with the region in it."""
    engine = open_database(databases.url(path))
    tables.ensure(engine)
    with engine.begin() as db:
        _enter_places(db)
        for control_number, title in TITLES.items():
            enter_title(db, control_number, title)
        for item, (title, usage) in ITEMS.items():
            row = {"id": item, "title": title, "branch": "VIN", "usage": usage, "shelf": "Hc"}
            db.execute(insert(tables.item).values(row))
        _enter_people(db)
    return engine


def _enter_places(db):
    db.execute(
        insert(tables.municipality).values(
            code="vindeln", name="Vindeln", pin_to_borrow=True, pin_offline="waive"
        )
    )
    weekdays = [
        ShelfHours(weekday=day, opens=600, closes=1080, staffed=day < 3) for day in range(5)
    ]
    for code, name, floating in (("VIN", "Vindeln", True), ("GRA", "Granö", False)):
        details = Details(
            telephone="0933-000 00",
            drop="i lådan vid dörren",
            drop_en="in the box by the door",
            loan_days=28,
            closed_days=["2026-12-23"],
            hours=weekdays,
            stops=[],
        )
        row = {"code": code, "name": name, "municipality": "vindeln", "floating": floating}
        db.execute(insert(tables.branch).values(row | {"details": msgspec.to_builtins(details)}))


def enter_title(db, control_number, title):
    """Enter a title with what is sought of it."""
    db.execute(
        insert(tables.title).values(
            control_number=control_number,
            marc=iso2709(record(control_number, title.title, f650a="Natur", f264c="2020")),
            shelf_title=msgspec.to_builtins(title),
            sought_title=title.title,
            sought_author=title.author,
        )
    )


def _enter_people(db):
    for patron, (name, born, state) in PATRONS.items():
        row = {"id": patron, "name": name, "birth_year": born, "kind": "adult", "state": state}
        row |= {"pin_hash": PIN_HASH, "language": "sv", "municipality": "vindeln"}
        db.execute(insert(tables.patron).values(row))
    for card, (patron, state) in CARDS.items():
        db.execute(insert(tables.loan_card).values(number=card, patron=patron, state=state))


def enter_talking_book(engine):
    """Enter a talking book made under the exception in the copyright law; Bo is entitled to it."""
    title = ShelfTitle(id="t-talking", title="Rösten", kind="talking_book")
    item = {"id": "B-TALKING", "title": title.id, "branch": "VIN", "usage": "entitled"}
    with engine.begin() as db:
        enter_title(db, title.id, title)
        db.execute(insert(tables.item).values(item))
        db.execute(insert(tables.entitlement).values(patron="bo"))


def wait_for(engine, title, patron, branch="VIN", at_ms=NOW_MS):
    """Put *patron* in the queue for *title*."""
    StaffDesk(engine).reserve(title, patron, branch, at_ms=at_ms)
