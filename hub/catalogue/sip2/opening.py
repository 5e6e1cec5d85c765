"""From the settings to a library system that can be asked."""

import ssl
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Column, Engine, select

from circulation.errors import ConfigError
from circulation.identifiers import CardNumber, ItemId, TitleId
from circulation.messages import ShelfTitle
from hub.catalogue import tables
from hub.catalogue.numbers import known_among
from hub.catalogue.port import FORGOTTEN
from hub.catalogue.sip2.asking import Asking
from hub.catalogue.sip2.catalogue import Sip2Catalogue
from hub.catalogue.sip2.numbering import Numbering
from hub.catalogue.sip2.requests import Requests
from hub.catalogue.sip2.tables import seen_copy
from hub.config import Sip2Setting
from hub.secret_files import read_password
from hub.sip2.attended import AttendedTerminal
from hub.sip2.pool import Pool
from hub.sip2.terminal import Account
from hub.tables import fact

CARDS_MAX = 3
"""How many of the cards that a copy was last lent with are asked whether they have it."""


def open_catalogue(
    setting: Sip2Setting, engine: Engine, *, zone: ZoneInfo, now_ms: Callable[[], int]
) -> Sip2Catalogue:
    """Return the catalogue behind *setting*, not asked yet; a bad file is a `ConfigError`."""
    account = _account(setting)
    pool = Pool(lambda: AttendedTerminal(account), size=setting.connections)
    requests = Requests(
        institution=setting.institution,
        location=setting.location,
        language=setting.language,
        terminal_password=account.terminal_password,
        zone=zone,
    )
    return Sip2Catalogue(
        engine,
        Asking(pool, requests, numbering_in(engine), now_ms),
        now_ms=now_ms,
        at_once=hands(setting),
        may_have=lambda item: lent_with(engine, item),
        copies_of=lambda title: copies_of(engine, title),
        title_of=lambda item: title_of(engine, item),
    )


def numbering_in(engine: Engine) -> Numbering:
    """Return how copies' numbers are written, by the hub's own tables and what it has looked at."""

    def known(column: Column[str], told: Collection[str]) -> set[str]:
        with engine.execution_options(read_only=True).begin() as db:
            return known_among(db, column, told)

    return Numbering(partial(known, tables.item.c.id), partial(known, seen_copy.c.item))


def hands(setting: Sip2Setting) -> int:
    """Return how many things the hub itself may do at once, so that visitors find a line free."""
    return max(1, setting.connections - 1)


def lent_with(engine: Engine, item: ItemId) -> list[CardNumber]:
    """Return the cards that *item* was last lent with at stations, so far as is remembered."""
    named = fact.c.card.is_not(None) & ~fact.c.card.startswith(FORGOTTEN)
    rows = select(fact.c.card).where(fact.c.item == item, named)
    latest = rows.order_by(fact.c.received_ms.desc(), fact.c.seq.desc()).limit(10)
    with engine.execution_options(read_only=True).begin() as db:
        cards = dict.fromkeys(CardNumber(card) for card in db.scalars(latest))
    return list(cards)[:CARDS_MAX]


def copies_of(engine: Engine, title: TitleId) -> list[ItemId]:
    """Return the copies of *title* that are in the hub's own tables."""
    items = select(tables.item.c.id).where(tables.item.c.title == title).order_by(tables.item.c.id)
    with engine.execution_options(read_only=True).begin() as db:
        return [ItemId(item) for item in db.scalars(items)]


def title_of(engine: Engine, item: ItemId) -> ShelfTitle | None:
    """Return the title of *item*, None where the hub's own tables do not have it."""
    known = select(tables.title.c.shelf_title).join(tables.item).where(tables.item.c.id == item)
    with engine.execution_options(read_only=True).begin() as db:
        found = db.scalar(known)
    return msgspec.convert(found, ShelfTitle) if found else None


def _account(setting: Sip2Setting) -> Account:
    return Account(
        host=setting.host,
        port=setting.port,
        user=setting.user,
        password=_password(setting.password),
        location=setting.location,
        institution=setting.institution,
        terminal_password=_password(setting.terminal_password),
        encoding=setting.encoding,
        error_detection=setting.error_detection,
        connect_seconds=setting.connect_seconds,
        answer_seconds=setting.answer_seconds,
        tls=_tls(setting) if setting.tls else None,
        telnet=setting.login == "telnet",
        log_lines=setting.log_lines,
    )


def _password(path: Path | None) -> str:
    return read_password(path) if path else ""


def _tls(setting: Sip2Setting) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=setting.ca)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"{setting.ca}: no authority's certificate: {error}") from error
