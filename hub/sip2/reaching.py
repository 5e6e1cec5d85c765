"""A connection to a library system is made, or it is said which setting to look at."""

import socket
import ssl

from hub.errors import NotAskedError

LOGIN_REFUSED = (
    "the library system refuses this login; look at `[catalogue] user` and at what stands in the "
    "file `password`"
)


def reach(host: str, port: int, *, seconds: float, tls: ssl.SSLContext | None) -> socket.socket:
    """Return a connection to *host*, over *tls* where it is given, or raise `NotAskedError`."""
    where = f"the library system at {host}:{port} is not reached"
    try:
        line = socket.create_connection((host, port), timeout=seconds)
    # A name that no line to a name service can carry, as one with two dots, is a UnicodeError.
    except (OSError, UnicodeError) as error:
        raise NotAskedError(f"{where}: {_unreached(error, seconds)}") from error
    try:
        if tls is not None:
            line = tls.wrap_socket(line, server_hostname=host)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        line.close()
        raise NotAskedError(f"{where}: {_unsecured(error)}") from error
    return line


def unanswered(error: Exception) -> NotAskedError:
    """Return what to say of a login that got no answer, for want of *error*."""
    return NotAskedError(
        f"the library system does not answer a login: {error}; some hang up at a wrong user or "
        "password; else look at `[catalogue] tls`, `login` and `port`"
    )


def _unreached(error: OSError | UnicodeError, seconds: float) -> str:
    match error:
        case socket.gaierror() | UnicodeError():
            return "no machine is known by that name; look at `[catalogue] host`"
        case ConnectionRefusedError():
            return "nobody listens there; look at `[catalogue] port`, and whether its server runs"
        case TimeoutError():
            return (
                f"nobody answers within {seconds:g} s; look at `[catalogue] host`, and at what "
                "stands between, such as a firewall"
            )
    return f"{error.strerror or error}; look at `[catalogue] host`"


def _unsecured(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not believed ({error.verify_message}); look at `[catalogue] ca` "
            "and `host`, which must be a name in it"
        )
    return f"no TLS is spoken there ({error.strerror or error}); look at `[catalogue] tls`, `port`"
