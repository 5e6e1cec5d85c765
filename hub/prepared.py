"""Statements that are put together once and then given straight to the database's driver.

SQLAlchemy writes them, for either database, and knows their types; to have it carry one out, too,
takes many times as long as SQLite needs to answer. See docs/explanation/hub.md.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]
_Change = Callable[[Any], Any] | None
NONE: Values = {}
ROWS_AT_ONCE = 500
"""In one statement; SQLite takes 32,766 values there, and a table has a few dozen columns."""


class _Bind(NamedTuple):
    """One place in the statement: what goes there, and how the driver wants it."""

    name: str
    """In the driver's words, where it names places."""
    key: str | None
    """Which value; None where the statement itself has it."""
    value: Any
    change: _Change


class _Made(NamedTuple):
    """A statement for one dialect."""

    words: str
    binds: tuple[_Bind, ...]
    pick: Callable[[Values], tuple[Any, ...]] | None
    """Takes the values in the places' order; None where the places have names."""
    binds_changed: tuple[tuple[int, Callable[[Any], Any]], ...]
    """Which of those the driver wants otherwise."""
    row: Any
    """The type of a row; None where there are none."""
    columns_changed: tuple[tuple[int, Callable[[Any], Any]], ...]
    """Which columns of a row the driver has otherwise."""


class Prepared:
    """One statement; any thread may have it carried out.

    It begins a transaction where none is open, and its errors are SQLAlchemy's own, as if that had
    carried it out itself.
    """

    def __init__(self, statement: ClauseElement, columns: Iterable[str] | None = None) -> None:
        """Make ready *statement*; of an insert, *columns* are those that have values."""
        self._statement = statement
        self._columns = None if columns is None else list(columns)
        self._made: dict[str, _Made] = {}

    def all(self, db: Connection, values: Values = NONE) -> list[Any]:
        """Return all rows, whose columns are attributes."""
        made = self._for(db)
        return [_row(made, each) for each in _carried_out(db, made, _told(made, values)).fetchall()]

    def first(self, db: Connection, values: Values = NONE) -> Any:
        """Return the first row, whose columns are attributes; None where there is none."""
        made = self._for(db)
        cursor = _carried_out(db, made, _told(made, values))
        found = cursor.fetchone()
        # What is left unread would keep SQLite from ending the transaction.
        cursor.close()
        return None if found is None else _row(made, found)

    def scalar(self, db: Connection, values: Values = NONE) -> Any:
        """Return the first row's first column; None where there is none."""
        found = self.first(db, values)
        return None if found is None else found[0]

    def do(self, db: Connection, values: Values = NONE) -> int:
        """Carry out a change, and return to how many rows."""
        made = self._for(db)
        return int(_carried_out(db, made, _told(made, values)).rowcount)

    def do_all(self, db: Connection, many: Iterable[Values]) -> None:
        """Carry out a change once with each of *many*."""
        made = self._for(db)
        if told := [_told(made, each) for each in many]:
            _carried_out(db, made, told, once=False)

    def enter_all(self, db: Connection, many: Sequence[Values]) -> None:
        """Carry out an insert with all of *many*, in order, in as few statements as there may be.

        At each statement's end SQLite writes out its search index: with one for each row that
        takes three times as long as the rows themselves.
        """
        made = self._for(db)
        if made.pick is None:
            self.do_all(db, many)
            return
        one = f"({', '.join('?' * len(made.binds))})"
        for first in range(0, len(many), ROWS_AT_ONCE):
            rows = [_told(made, each) for each in many[first : first + ROWS_AT_ONCE]]
            words = made.words.replace(one, ", ".join([one] * len(rows)), 1)
            _carried_out(db, made._replace(words=words), [*chain.from_iterable(rows)])

    def _for(self, db: Connection) -> _Made:
        made = self._made.get(db.dialect.name)
        if made is None:
            made = self._made[db.dialect.name] = self._make(db.dialect)
        return made

    def _make(self, dialect: Dialect) -> _Made:
        done = self._statement.compile(dialect=dialect, column_keys=self._columns)
        assert isinstance(done, SQLCompiler), "no statement"
        assert "POSTCOMPILE" not in done.string, f"not known beforehand: {done.string}"
        names = done.positiontup if done.positional else list(done.binds)
        columns = list(getattr(self._statement, "selected_columns", ()))
        changes = [_impl(each.type, dialect).result_processor(dialect, None) for each in columns]
        binds = tuple(_bind(done, name, dialect) for name in names or ())
        return _Made(
            words=done.string,
            binds=binds,
            pick=_picker(binds) if done.positional else None,
            binds_changed=_numbered(bind.change for bind in binds),
            row=_row_type([str(each.key) for each in columns]) if columns else None,
            columns_changed=_numbered(changes),
        )


def _numbered(changes: Iterable[_Change]) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    return tuple((number, change) for number, change in enumerate(changes) if change is not None)


def _picker(binds: tuple[_Bind, ...]) -> Callable[[Values], tuple[Any, ...]]:
    keys = [bind.key for bind in binds]
    if len(keys) > 1 and None not in keys:
        return itemgetter(*keys)
    if len(keys) == 1 and keys[0] is not None:
        only = keys[0]
        return lambda values: (values[only],)
    if not keys:
        return lambda _values: ()
    return lambda values: tuple(
        bind.value if bind.key is None else values[bind.key] for bind in binds
    )


def _row_type(names: list[str]) -> Any:
    return namedtuple("Row", names, rename=True)  # noqa: PYI024 - the columns decide its fields


def _bind(done: SQLCompiler, name: str, dialect: Dialect) -> _Bind:
    bind = done.binds[name]
    change = _impl(bind.type, dialect).bind_processor(dialect)
    if bind.required:
        return _Bind(name, bind.key, None, change)
    return _Bind(name, None, change(bind.value) if change else bind.value, None)


def _impl(type_: Any, dialect: Dialect) -> Any:
    return type_.dialect_impl(dialect)


def _told(made: _Made, values: Values) -> Any:
    if made.pick is None:
        return {bind.name: _told_one(bind, values) for bind in made.binds}
    told = made.pick(values)
    return _changed(told, made.binds_changed) if made.binds_changed else told


def _told_one(bind: _Bind, values: Values) -> Any:
    if bind.key is None:
        return bind.value
    value = values[bind.key]
    return value if bind.change is None else bind.change(value)


def _row(made: _Made, found: Any) -> Any:
    changes = made.columns_changed
    return made.row._make(_changed(found, changes) if changes else found)


def _changed(
    values: Iterable[Any], changes: tuple[tuple[int, Callable[[Any], Any]], ...]
) -> list[Any]:
    found = list(values)
    for number, change in changes:
        found[number] = change(found[number])
    return found


def _carried_out(db: Connection, made: _Made, told: Any, *, once: bool = True) -> Any:
    """Return the cursor; what the driver raises is raised as SQLAlchemy's own."""
    if not db.in_transaction():
        db.begin()
    driver: Any = db.connection.dbapi_connection
    try:
        cursor = driver.cursor()
        if once:
            cursor.execute(made.words, told)
        else:
            cursor.executemany(made.words, told)
    except Exception as error:
        errors = db.dialect.loaded_dbapi.Error
        if not isinstance(error, errors):
            raise
        gone = db.dialect.is_disconnect(error, None, None)
        if gone:
            db.invalidate(error)
        # What it was about is nobody's business: it may be a card.
        raise DBAPIError.instance(
            made.words,
            None,
            error,
            errors,
            hide_parameters=True,
            connection_invalidated=gone,
            dialect=db.dialect,
        ) from error
    return cursor
