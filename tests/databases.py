"""Where a test's hub keeps its rows: in a file, or on the PostgreSQL of `tests.postgresql`."""

import hashlib
import os
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

SERVER = "FINGERTOPP_TEST_SERVER"
"""Names the server's URL to those tests that it is tried with."""


def on_server() -> bool:
    """Return whether this run is one of those on PostgreSQL."""
    return SERVER in os.environ


def url(path: Path) -> str:
    """Return the URL of the database called *path*; on a server it is made where it is not yet."""
    if not on_server():
        return f"sqlite:///{path}"
    server = make_url(os.environ[SERVER])
    name = f"t{hashlib.sha256(str(path).encode()).hexdigest()[:24]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        known = text("SELECT 1 FROM pg_database WHERE datname = :name")
        if db.scalar(known, {"name": name}) is None:
            db.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)
