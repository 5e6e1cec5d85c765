"""Whether a host can be reached over TLS, and where on the way it fails, in plain words."""

import errno
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from msgspec import Struct

CONNECT_SECONDS_MAX = 5.0


class Obstacle(Struct, frozen=True):
    """What is in the way, and the next thing to do."""

    wrong: str
    todo: str


def obstacle(
    host: str, port: int, *, ca: Path | None, identity: tuple[Path, Path] | None = None
) -> Obstacle | None:
    """Return what is between here and *host*, None where nothing is.

    With *identity*, a certificate's file and its key's, they are shown to it.
    """
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        todo = "look at the cable or Wi-Fi, then ask who sees to the network's names (DNS)"
        return Obstacle(f"the name {host} is not known here", todo)
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS_MAX) as line:
            _shake_hands(line, host, ca, identity)
    except ssl.SSLCertVerificationError as error:
        todo = "look whether the clock is right, and ask whether something on the way opens TLS"
        return Obstacle(f"{host} shows a certificate that is not good: {error.reason}", todo)
    except ssl.SSLError as error:
        todo = "its own doctor, at the hub, says whether this station is still let in"
        return Obstacle(f"{host} does not let this station in: {error.reason}", todo)
    except OSError as error:
        return _on_the_way(host, port, error)
    return None


def _shake_hands(
    line: socket.socket, host: str, ca: Path | None, identity: tuple[Path, Path] | None
) -> None:
    context = ssl.create_default_context(cafile=ca)
    if identity is not None:
        context.load_cert_chain(*identity)
    with context.wrap_socket(line, server_hostname=host) as tls:
        # In TLS 1.3 a certificate that is not let in is refused only after the handshake.
        tls.settimeout(0.3)
        try:
            tls.recv(1)
        except TimeoutError:
            return


def _on_the_way(host: str, port: int, error: OSError) -> Obstacle:
    if isinstance(error, ConnectionRefusedError):
        todo = f"look whether it runs there, and whether it listens on {port}"
        return Obstacle(f"{host} has refused port {port}", todo)
    if isinstance(error, TimeoutError):
        todo = f"ask who sees to the network to let port {port} out to {host}"
        return Obstacle(f"{host} does not answer on port {port}: something swallows it", todo)
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        todo = "look at the cable or Wi-Fi, and whether the machine has an address"
        return Obstacle(f"there is no way to {host}: this machine has no network", todo)
    return Obstacle(f"{host}, port {port}: {error}", "say this sentence to whoever helps")


def proxy_obstacle() -> Obstacle | None:
    """Return what is wrong with the proxy that this machine is told to use for https."""
    told = getproxies().get("https")
    if not told:
        return None
    proxy = urlsplit(told if "://" in told else f"http://{told}")
    if not proxy.hostname:
        return Obstacle(f"the proxy {told!r} is no address", "mend https_proxy: http://host:port")
    try:
        socket.create_connection((proxy.hostname, proxy.port or 8080), CONNECT_SECONDS_MAX).close()
    except OSError as error:
        todo = "ask who sees to the proxy; the broker's port is reached without it"
        return Obstacle(f"the proxy {proxy.hostname} does not answer: {error}", todo)
    return None
