"""The hub's line to the broker: messages into a bounded inbox, answers out."""

import contextlib
import queue
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import structlog
from msgspec import Struct
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from circulation import topics
from hub.faults import where
from hub.keeping import Message, Outgoing

log = structlog.get_logger()

KEEPALIVE_SECONDS = 15
BACKOFF_SECONDS_MIN = 0.2
BACKOFF_SECONDS_MAX = 5.0
CONNECT_SECONDS_MAX = 5.0
SUBSCRIBE_SECONDS_MAX = 5.0
STOP_SECONDS_MAX = 8.0
INCOMING_MAX = 5000
HEARD_AT_ONCE = 64
"""So many of the messages that wait are taken together, at most."""


class Address(Struct, frozen=True):
    """Where and as whom to connect; with *tls* the certificate is shown."""

    host: str
    port: int
    client_id: str
    partitions: list[str]
    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class Line(threading.Thread):
    """Keeps one connection to the broker, a new client each time, until stopped.

    Its session is clean: what stations owe they send again, so a broker keeps nothing for us.
    """

    def __init__(
        self, address: Address, take: Callable[[list[Message]], Iterable[Outgoing]]
    ) -> None:
        """Give *take* the messages that wait, on this thread, and say each answer as it comes."""
        super().__init__(name="line", daemon=True)
        self._address = address
        self._take = take
        self._incoming: queue.Queue[Message | None] = queue.Queue(INCOMING_MAX)
        self._stopping = threading.Event()
        self._client: mqtt.Client | None = None
        self._subscribed = 0

    def say(self, outgoing: list[Outgoing]) -> None:
        """Hand *outgoing* to the broker where there is one; any thread may."""
        if (client := self._client) is not None:
            for message in outgoing:
                client.publish(message.topic, message.payload, message.qos, message.retain)

    def stop(self) -> None:
        """Return when the thread is gone, or say that it would not go."""
        self._stopping.set()
        with contextlib.suppress(queue.Full):
            self._incoming.put_nowait(None)
        self.join(STOP_SECONDS_MAX)
        if self.is_alive():
            raise RuntimeError(f"{self.name} did not stop in {STOP_SECONDS_MAX} s")

    def run(self) -> None:
        """Connect again and again, with back-off and jitter, until told to stop."""
        wait = BACKOFF_SECONDS_MIN
        while not self._stopping.is_set():
            if self._one_connection():
                wait = BACKOFF_SECONDS_MIN
            jitter = random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
            self._stopping.wait(wait * jitter)
            wait = min(wait * 2, BACKOFF_SECONDS_MAX)

    def _one_connection(self) -> bool:
        client = self._new_client()
        self._subscribed = 0
        carrier = threading.Thread(target=client.loop_forever, name="line-paho", daemon=True)
        try:
            client.connect(self._address.host, self._address.port, KEEPALIVE_SECONDS)
        except OSError as error:
            log.info("line_refused", problem=type(error).__name__)
            return False
        carrier.start()
        self._client = client
        # The carrier's life is watched, as paho says it is connected even when it has died.
        begun = time.monotonic()
        while carrier.is_alive() and not self._stopping.is_set() and not self._unserved(begun):
            self._work()
        self._client = None
        client.disconnect()
        carrier.join(STOP_SECONDS_MAX)
        return True

    def _unserved(self, begun: float) -> bool:
        """Return whether the broker let us in and then did not take our subscriptions."""
        wanted = len(self._address.partitions) * len(topics.FROM_STATION)
        return self._subscribed < wanted and time.monotonic() - begun > SUBSCRIBE_SECONDS_MAX

    def _work(self) -> None:
        messages = self._waiting()
        if not messages:
            return
        try:
            for answer in self._take(messages):
                self.say([answer])
        except Exception as error:  # noqa: BLE001 - one message must not end the hearing of all
            # A fact comes again; its words may be private, so only where it went wrong is told.
            about = sorted({message.topic for message in messages})
            log.error("message_not_taken", topics=about, **where(error))

    def _waiting(self) -> list[Message]:
        """Return what has come; wait for the first."""
        found: list[Message] = []
        try:
            while len(found) < HEARD_AT_ONCE:
                message = self._incoming.get(block=not found, timeout=1.0)
                if message is None:
                    break
                found.append(message)
        except queue.Empty:
            pass
        return found

    def _new_client(self) -> mqtt.Client:
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._address.client_id,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_SECONDS_MAX
        # Set before connect(): paho acknowledges and drops what comes earlier.
        client.on_message = self._on_message
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_socket_open = _without_delay
        if self._address.tls:
            context = ssl.create_default_context(cafile=self._address.ca)
            if self._address.certificate is not None:
                context.load_cert_chain(self._address.certificate, self._address.key)
            client.tls_set_context(context)
        return client

    def _on_connect(self, client: mqtt.Client, _u: Any, _f: Any, reason: Any, _p: Any) -> None:
        if reason.is_failure:
            return
        for partition in self._address.partitions:
            for lane in topics.FROM_STATION:
                qos = 0 if lane == topics.ASK else 1
                client.subscribe(f"{topics.ROOT}/{partition}/+/{lane}", qos)

    def _on_subscribe(self, _c: Any, _u: Any, _mid: int, _codes: Any, _p: Any) -> None:
        self._subscribed += 1

    def _on_message(self, _c: Any, _u: Any, message: mqtt.MQTTMessage) -> None:
        # Bounded: a fact that does not fit is sent again, a question is asked again.
        with contextlib.suppress(queue.Full):
            came = Message(message.topic, bytes(message.payload), message.retain)
            self._incoming.put_nowait(came)


def _without_delay(_client: mqtt.Client, _userdata: Any, line: Any) -> None:
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
