"""One MQTT connection from birth to last word; its callbacks only carry."""

import contextlib
import queue
import ssl
import threading
from pathlib import Path
from typing import Any

from msgspec import Struct
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from circulation.instants import Instant

KEEPALIVE_SECONDS = 15
CONNECT_SECONDS_MAX = 5.0
STOP_SECONDS_MAX = 3.0
INCOMING_MAX = 1000


class Incoming(Struct, frozen=True):
    """One message as the broker handed it over."""

    topic: str
    payload: bytes


class Opened(Struct, frozen=True):
    """The broker has let us in, or not (*refused* says why)."""

    refused: str = ""


class Closed(Struct, frozen=True):
    """The connection is gone."""


class Nudge(Struct, frozen=True):
    """There is something new to send."""


class Address(Struct, frozen=True):
    """Where and as whom to connect; with *tls* the certificate is shown."""

    host: str
    port: int
    client_id: str
    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    name: str = ""
    """Whom the broker's certificate must name, where that is not *host*: a relay is between."""


class _Context(ssl.SSLContext):
    """Looks for the name that is wanted, whatever host paho has connected to."""

    wanted = ""
    line: ssl.SSLSocket | None = None
    """What was wrapped last: paho forgets, and leaves open, what would not shake hands."""

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        if self.wanted:
            options["server_hostname"] = self.wanted
        self.line = super().wrap_socket(*args, **options)
        return self.line


# OpenSSL's X509_V_FLAG_NO_CHECK_TIME, to which Python gives no name.
NO_CHECK_TIME = 0x200000


class Connection:
    """A paho client for one connection only: a new try is a new client, with nothing stale."""

    def __init__(
        self, address: Address, will_topic: str, will: bytes, *, now: Instant | None = None
    ) -> None:
        """Prepare to connect to *address*; *will* is retained if we vanish.

        Where *now* is not to be trusted, it only says that a certificate has surely expired.
        """
        self._floor_ms = now.wall_ms if now and not now.trusted else None
        self.incoming: queue.Queue[Incoming | Opened | Closed | Nudge] = queue.Queue(INCOMING_MAX)
        self._address = address
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=address.client_id,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        self._client.will_set(will_topic, will, qos=1, retain=True)
        self._client.connect_timeout = CONNECT_SECONDS_MAX
        # Set before connect(): paho acknowledges and drops what comes earlier.
        self._client.on_message = self._on_message
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._tls = self._context() if address.tls else None
        if self._tls is not None:
            self._client.tls_set_context(self._tls)
        self._thread = threading.Thread(
            target=self._client.loop_forever, name="uplink-paho", daemon=True
        )

    def _context(self) -> _Context:
        context = _Context(ssl.PROTOCOL_TLS_CLIENT)
        context.wanted = self._address.name
        if self._address.ca is not None:
            context.load_verify_locations(self._address.ca)
        else:
            context.load_default_certs()
        if self._floor_ms is not None:
            context.verify_flags |= NO_CHECK_TIME
        if self._address.certificate is not None:
            context.load_cert_chain(self._address.certificate, self._address.key)
        return context

    def open(self) -> None:
        """Begin to connect; `Opened` or `Closed` comes in. Raises OSError where nobody listens."""
        self._client.connect(self._address.host, self._address.port, KEEPALIVE_SECONDS)
        self._refuse_expired(self._client.socket())
        self._thread.start()

    def _refuse_expired(self, line: object) -> None:
        if self._floor_ms is None or not isinstance(line, ssl.SSLSocket):
            return
        end = str((line.getpeercert() or {})["notAfter"])
        if ssl.cert_time_to_seconds(end) * 1000 < self._floor_ms:
            raise ssl.SSLError(f"the broker's certificate expired on {end}")

    def alive(self) -> bool:
        """Return whether the carrier thread lives; paho's own word is not enough."""
        return self._thread.is_alive()

    def subscribe(self, topic: str, qos: int) -> None:
        """Ask for what comes on *topic*."""
        self._client.subscribe(topic, qos)

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> None:
        """Hand *payload* to the broker; no promise."""
        self._client.publish(topic, payload, qos=qos, retain=retain)

    def nudge(self) -> None:
        """Wake whoever waits on `incoming`; any thread may."""
        self._carry(Nudge())

    def close(self) -> None:
        """Return when the connection and its thread are gone."""
        self._client.disconnect()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS_MAX)
        elif self._tls is not None and self._tls.line is not None:
            self._tls.line.close()

    def _carry(self, what: Incoming | Opened | Closed | Nudge) -> None:
        # Bounded: what does not fit is sent again by whoever sent it.
        with contextlib.suppress(queue.Full):
            self.incoming.put_nowait(what)

    def _on_connect(self, _c: Any, _u: Any, _f: Any, reason: Any, _p: Any) -> None:
        self._carry(Opened(str(reason) if reason.is_failure else ""))

    def _on_disconnect(self, _c: Any, _u: Any, _f: Any, _reason: Any, _p: Any) -> None:
        self._carry(Closed())

    def _on_message(self, _c: Any, _u: Any, message: mqtt.MQTTMessage) -> None:
        self._carry(Incoming(message.topic, bytes(message.payload)))
