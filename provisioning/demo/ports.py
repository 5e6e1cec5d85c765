"""Which ports the demo's processes listen on: one run of neighbours, the same at every restart."""

import random
import socket

from circulation.errors import ConfigError

HOST = "127.0.0.1"
FIRST, LAST = 20_000, 32_000
"""Below the kernel's own range: no outgoing connection can take a port while its owner restarts."""
TRIES_MAX = 200


def is_free(port: int) -> bool:
    """Return whether a server could listen on *port* now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen()
        except OSError:
            return False
    return True


def from_base(names: list[str], base: int) -> dict[str, int]:
    """Return a port for each of *names* from *base* on; one in use is a `ConfigError`."""
    ports = {name: base + offset for offset, name in enumerate(names)}
    if not 1 <= base <= 65_536 - len(names):
        raise ConfigError(f"--port-base {base}: {len(names)} ports from there do not exist")
    for name, port in ports.items():
        if not is_free(port):
            raise ConfigError(
                f"port {port} (for {name}) is in use by another program; stop it, "
                f"or choose another --port-base (ports {base}-{base + len(names) - 1} are needed), "
                "or leave --port-base out and free ones are found"
            )
    return ports


def free(names: list[str], *, again: dict[str, int], dice: random.Random) -> dict[str, int]:
    """Return a free port for each of *names*, those of last time (*again*) where they are free."""
    if set(again) == set(names) and all(map(is_free, again.values())):
        return again
    for _ in range(TRIES_MAX):
        base = dice.randrange(FIRST, LAST - len(names))
        if all(is_free(base + offset) for offset in range(len(names))):
            return from_base(names, base)
    raise ConfigError(f"no {len(names)} free ports side by side between {FIRST} and {LAST}")
