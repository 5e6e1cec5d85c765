"""A network plug that can be pulled: a relay on loopback between a station and its broker."""

import asyncio
import contextlib
import threading

CONNECT_SECONDS_MAX = 1.0
STOP_SECONDS_MAX = 3.0


class SimulatedLine(threading.Thread):
    """Relays TCP to one address; unplugged, it cuts what is open and refuses what is new."""

    def __init__(self, host: str, port: int) -> None:
        """Relay to *host*:*port*; the station connects to `port` on 127.0.0.1 instead."""
        super().__init__(name="line", daemon=True)
        self._target = (host, port)
        self._plugged = True
        self._open: set[asyncio.StreamWriter] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self.port = 0

    def start(self) -> None:
        """Return when the relay listens."""
        super().start()
        if not self._ready.wait(STOP_SECONDS_MAX):
            raise RuntimeError("the simulated line did not start")

    def run(self) -> None:
        """Relay until told to stop."""
        self._loop = loop = asyncio.new_event_loop()
        server = loop.run_until_complete(asyncio.start_server(self._relay, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        loop.run_forever()
        loop.run_until_complete(self._hang_up(server))
        loop.close()

    @property
    def plugged(self) -> bool:
        """Whether the plug is in."""
        return self._plugged

    def plug(self, *, up: bool) -> None:
        """Pull the plug or put it back."""
        self._plugged = up
        if not up and self._loop is not None:
            self._loop.call_soon_threadsafe(self._cut)

    def stop(self) -> None:
        """Return when the thread is gone, or say that it would not go."""
        assert self._loop is not None, "stopped before it was started"
        self._loop.call_soon_threadsafe(self._loop.stop)
        self.join(STOP_SECONDS_MAX)
        if self.is_alive():
            raise RuntimeError(f"{self.name} did not stop in {STOP_SECONDS_MAX} s")

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._plugged:
            writer.transport.abort()
            return
        self._open.add(writer)
        with contextlib.suppress(OSError):
            async with asyncio.timeout(CONNECT_SECONDS_MAX):
                to_reader, to_writer = await asyncio.open_connection(*self._target)
            self._open.add(to_writer)
            await asyncio.gather(_pump(reader, to_writer), _pump(to_reader, writer))
            self._open.discard(to_writer)
        writer.transport.abort()
        self._open.discard(writer)

    async def _hang_up(self, server: asyncio.Server) -> None:
        """Return when nothing is open. Who was let in a moment ago is hung up on, not forgotten."""
        self._plugged = False
        self._cut()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        server.close()  # not earlier: a closed server drops whom it has just let in
        await asyncio.sleep(0)  # what was aborted closes its socket in the loop's next turn


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
