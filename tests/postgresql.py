"""`python -m tests.postgresql PATHS`: tests of the hub on a real PostgreSQL, which is then gone."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.databases import SERVER

WHERE = Path("/usr/lib/postgresql")
LEFT_OUT = "not sqlite and not slow and not faults and not hosts and not device"
"""What takes minutes, or a machine of its own, is no different on another database."""
QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300"


@contextmanager
def server() -> Iterator[str]:
    """Give the URL of a server with nothing in it, on a socket in a folder of its own."""
    programs = max(WHERE.glob("*/bin"), key=lambda path: int(path.parent.name))
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    try:
        # The server refuses to be root.
        user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)

        def run(program: str, *words: str) -> None:
            subprocess.run(
                [programs / program, *words],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd=folder,
                user=user.pw_name if user else None,
                group=user.pw_gid if user else None,
            )

        data, log = str(folder / "data"), str(folder / "log")
        run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8")
        options = f"-c listen_addresses='' -k {folder} {QUICK}"
        run("pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start")
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def main(words: list[str]) -> int:
    """Return what pytest returns of *words*."""
    with server() as url:
        tests = [sys.executable, "-m", "pytest", "-m", LEFT_OUT, *words]
        return subprocess.run(tests, env=os.environ | {SERVER: url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
