"""A store that fails in the middle of a change."""

from contextlib import contextmanager

from sqlalchemy import text


@contextmanager
def without(engine, table):
    """Let *table* be away: whoever writes there fails, whatever they wrote before."""
    with engine.begin() as db:
        db.execute(text(f"ALTER TABLE {table} RENAME TO away"))
    try:
        yield
    finally:
        with engine.begin() as db:
            db.execute(text(f"ALTER TABLE away RENAME TO {table}"))
