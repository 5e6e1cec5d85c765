"""Copies of a hub's database on PostgreSQL, by PostgreSQL's own programs."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import URL

from hub.errors import HubError

MAGIC = b"PGDMP"
"""How a file in `pg_dump`'s custom format begins."""


def write(url: URL, to: Path) -> None:
    """Write all of the database at *url*, as it is at one moment, to *to*."""
    # Other users of a machine see a command line: a password goes another way.
    plain = url.set(drivername="postgresql", password=None)
    secret = {"PGPASSWORD": str(url.password)} if url.password else {}
    asked = ("--format=custom", f"--file={to}", f"--dbname={plain.render_as_string()}")
    _run("pg_dump", *asked, environment=secret)


def lanes(path: Path) -> list[tuple[str, int, int]]:
    """Return (station, epoch, how far its facts are in it) of the copy at *path*.

    All of the copy has been read then: one that is torn is a `HubError`.
    """
    _run("pg_restore", "--file=/dev/null", str(path))
    said = _run("pg_restore", "--data-only", "--table=lane", "--file=-", str(path))
    lines = iter(said.splitlines())
    heading = next((line for line in lines if line.startswith("COPY ")), "")
    columns = heading.partition("(")[2].partition(")")[0].split(", ")
    try:
        station, epoch, reached = map(columns.index, ("station", "epoch", "up_to_seq"))
    except ValueError as error:
        raise HubError(f"the backup at {path} has no lanes: it is no hub's") from error
    rows: list[tuple[str, int, int]] = []
    for line in lines:
        if line == "\\.":
            return rows
        row = line.split("\t")
        rows.append((row[station], int(row[epoch]), int(row[reached])))
    raise HubError(f"the backup at {path} ends in the midst of its lanes")


def _run(program: str, *words: str, environment: dict[str, str] | None = None) -> str:
    """Return what *program* of PostgreSQL printed."""
    try:
        ran = subprocess.run(
            [program, *words],
            env=os.environ | (environment or {}),
            check=False,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError as error:
        raise HubError(f"there is no {program}: Debian has it in postgresql-client") from error
    if ran.returncode:
        raise HubError(f"{program} failed: {ran.stderr.strip()}")
    return ran.stdout
