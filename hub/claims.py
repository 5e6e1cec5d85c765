"""Stations that are expected: each may be claimed once, with the token that was meant for it."""

import hmac
import secrets

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, update

from circulation.errors import ConfigError
from circulation.identifiers import BranchCode, StationId
from circulation.joining import token_hash
from circulation.proof import STATION_NUMBER_MAX
from hub.tables import claim, station

TOKEN_DAYS = 14
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Neither I nor O, nor what they are mistaken for: 32, so five bits each."""
_GROUPS, _GROUP = 8, 4
DAY_MS = 86_400_000


class Expected(Struct, frozen=True, kw_only=True):
    """A station that a technician has told of."""

    station: StationId
    municipality: str
    branch: BranchCode
    kind: str
    kit: str
    partition: str
    serial: str = ""


class Claim(Expected, frozen=True, kw_only=True):
    """One that is expected, as it stands."""

    number: int
    token_hash: str
    expires_ms: int
    asked_ms: int | None
    asked_key: bytes | None
    accepted: bool
    taken_ms: int | None


def new_token() -> str:
    """Return 160 random bits, in groups that can be read out by telephone."""
    letters = [secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP)]
    groups = ["".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP)]
    return "-".join(groups)


def is_written_as_token(text: str) -> bool:
    """Return whether *text* can be a token: so many letters, however they are grouped."""
    plain = "".join(text.split()).replace("-", "").upper()
    return len(plain) == _GROUPS * _GROUP and set(plain) <= set(_LETTERS)


def is_token(known: Claim, token: str) -> bool:
    """Return whether *token* is the one of *known*; how long it takes tells nothing."""
    return hmac.compare_digest(known.token_hash, token_hash(token))


def expect(db: Connection, new: Expected, token: str, now_ms: int) -> int:
    """Expect *new*, who shows *token* within `TOKEN_DAYS`, and return its number.

    One that is expected and has not come gets this token in the place of the one before, and
    what was said of it is replaced. One that is in already is a `ConfigError`.
    """
    before = of(db, new.station)
    if before is None:
        _refuse_second(db, new.station)
    elif before.taken_ms is not None:
        raise ConfigError(f"{new.station} is in already: see `reissue` for another identity")
    number = before.number if before else _free_number(db)
    db.execute(delete(claim).where(claim.c.station == new.station))
    row = {
        "number": number,
        "token_hash": token_hash(token),
        "expires_ms": now_ms + TOKEN_DAYS * DAY_MS,
        "accepted": False,
    }
    db.execute(insert(claim).values(**_plain(new), **row))
    return number


def of(db: Connection, id_: StationId) -> Claim | None:
    """Return the claim to *id_*, None where no such station is expected."""
    row = db.execute(select(claim).where(claim.c.station == id_)).one_or_none()
    return Claim(**row._mapping) if row else None


def waiting(db: Connection) -> list[Claim]:
    """Return those that have asked and that nobody has accepted yet, in order of time."""
    asked = claim.c.asked_ms.is_not(None) & claim.c.accepted.is_(False)
    rows = select(claim).where(asked, claim.c.taken_ms.is_(None)).order_by(claim.c.asked_ms)
    return [Claim(**row._mapping) for row in db.execute(rows)]


def expected(db: Connection) -> list[Claim]:
    """Return those that have not been taken in, by name."""
    rows = select(claim).where(claim.c.taken_ms.is_(None)).order_by(claim.c.station)
    return [Claim(**row._mapping) for row in db.execute(rows)]


def accept(db: Connection, id_: StationId) -> None:
    """Have *id_* taken in when it asks again, or raise `ConfigError` where none has asked."""
    if id_ not in [each.station for each in waiting(db)]:
        there_are = ", ".join(each.station for each in waiting(db)) or "none"
        raise ConfigError(f"{id_} has not asked; there wait: {there_are}")
    db.execute(update(claim).where(claim.c.station == id_).values(accepted=True))


def note_asked(db: Connection, id_: StationId, key: bytes, now_ms: int) -> None:
    """Keep that *id_* has asked with *key*, which is the only one that may from now on."""
    values = {"asked_ms": now_ms, "asked_key": key}
    db.execute(update(claim).where(claim.c.station == id_).values(values))


def note_taken(db: Connection, id_: StationId, key: bytes, now_ms: int) -> None:
    """Keep that *id_* is in, with *key*."""
    values = {"taken_ms": now_ms, "asked_key": key}
    db.execute(update(claim).where(claim.c.station == id_).values(values))


def _plain(new: Expected) -> dict[str, str]:
    return {name: getattr(new, name) for name in Expected.__struct_fields__}


def _refuse_second(db: Connection, id_: StationId) -> None:
    if db.scalar(select(station.c.id).where(station.c.id == id_)) is not None:
        raise ConfigError(f"{id_} is in already: see `reissue` for another identity")


def _free_number(db: Connection) -> int:
    newest = [db.scalar(select(func.max(each.c.number))) or 0 for each in (station, claim)]
    number: int = max(newest) + 1
    if number > STATION_NUMBER_MAX:
        raise ConfigError(f"there are no more numbers: {STATION_NUMBER_MAX} is the last")
    return number
