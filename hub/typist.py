"""Who types a command at the hub."""

import getpass
import os


def typist() -> str:
    """Return the account on this machine by which a command is typed."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number and no name
        return f"user {os.getuid()}"
