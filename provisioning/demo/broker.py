"""The demo's broker: amqtt in a process of its own, loopback only, nothing kept on disk."""

import asyncio
import logging
import signal
from pathlib import Path

import click
from amqtt.contexts import BrokerConfig, ListenerConfig

from provisioning.demo.steady_amqtt import SteadyBroker
from provisioning.files import write_atomically

HOST = "127.0.0.1"
KEEPALIVE_GRACE_SECONDS = 30
"""amqtt hangs up at the very second of the keep-alive, when a client's ping may be on its way."""


def amqtt_config(port: int) -> BrokerConfig:
    """Return a broker on *port* that admits anyone on this machine and publishes no $SYS."""
    return BrokerConfig(
        listeners={"default": ListenerConfig(bind=f"{HOST}:{port}")},
        timeout_disconnect_delay=KEEPALIVE_GRACE_SECONDS,
        plugins={"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    )


def mosquitto_config(port: int) -> str:
    """Return a mosquitto.conf for the same broker: loopback, anonymous, no persistence."""
    return f"listener {port} {HOST}\nallow_anonymous true\npersistence false\nlog_type error\n"


async def serve(port: int, ready: Path) -> None:
    """Serve until told to stop; *ready* is written once clients can connect."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    broker = SteadyBroker(amqtt_config(port))
    await broker.start()
    write_atomically(ready, b"{}")
    await stopping.wait()
    await broker.shutdown()


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--ready", type=click.Path(path_type=Path), required=True)
def main(port: int, ready: Path) -> None:
    """Run the demo's broker on PORT until it is told to stop."""
    logging.basicConfig(level=logging.ERROR)
    # transitions reports each state of each connection, amqtt each vanished client
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    asyncio.run(serve(port, ready))


if __name__ == "__main__":
    main()
