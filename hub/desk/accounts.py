"""Who may use the desk, and what they opened there."""

from msgspec import Struct
from sqlalchemy import BigInteger, Column, Engine, Integer, String, Table, insert, select

from hub.catalogue import pins
from hub.catalogue.upsert import enter_or_replace
from hub.database import METADATA
from hub.web import visits

ROLES = ("librarian", "technician", "region")
PASSWORD_LETTERS_MIN = 10
_NOBODY = pins.HASHER.hash("no such account")

desk_account = Table(
    "desk_account",
    METADATA,
    Column("name", String, primary_key=True),
    Column("password_hash", String, nullable=False),
    Column("role", String, nullable=False),
)

desk_opening = Table(
    "desk_opening",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("account", String, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("key", String, nullable=False),
)


class Account(Struct, frozen=True):
    """Somebody who is signed in at the desk."""

    name: str
    role: str

    @property
    def may_see_patrons(self) -> bool:
        """Return whether names and titles may be shown; a technician has no need of them."""
        return self.role != "technician"


def add_account(engine: Engine, name: str, password: str, role: str) -> None:
    """Enter *name*, or give it a new *password* and *role* and end its visits."""
    if role not in ROLES:
        raise ValueError(f"role {role!r}; choose one of {', '.join(ROLES)}")
    if len(password) < PASSWORD_LETTERS_MIN:
        raise ValueError(f"a desk password has at least {PASSWORD_LETTERS_MIN} letters")
    row = {"name": name, "password_hash": pins.HASHER.hash(password), "role": role}
    with engine.begin() as db:
        enter_or_replace(db, desk_account, "name", [row])
        visits.end_all(db, visits.STAFF, name)


def right(engine: Engine, name: str, password: str) -> bool:
    """Return whether *password* is that of account *name*; an unknown one is slow alike."""
    known = select(desk_account.c.password_hash).where(desk_account.c.name == name)
    with engine.connect() as db:
        hashed = db.scalar(known)
    return pins.right(hashed or _NOBODY, password) and hashed is not None


def account(engine: Engine, name: str) -> Account | None:
    """Return the account called *name*."""
    with engine.connect() as db:
        row = db.execute(select(desk_account).where(desk_account.c.name == name)).first()
    return Account(row.name, row.role) if row else None


def log_opening(engine: Engine, name: str, key: str, at_ms: int) -> None:
    """Return when it is on disk that *name* opened the exception *key*."""
    with engine.begin() as db:
        db.execute(insert(desk_opening).values(account=name, at_ms=at_ms, key=key))
