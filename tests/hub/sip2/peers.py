"""Library systems to talk to: pysip2 with a small library behind it, and one that does as told."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from queue import Queue

import anyio
import anyio.from_thread
import anyio.lowlevel
import pysip2
from anyio.abc import SocketAttribute

DUE = "20261012    235959"
BUSY = "20260921    101530"


@dataclass
class Library:
    """Who has what, behind pysip2; *asked* is every request that it has carried out."""

    loans: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def server(self, **how: object) -> pysip2.SIP2Server:
        app = pysip2.SIP2Server(encoding="utf-8", institution_id="SE-Um", **how)
        app.route(pysip2.LOGIN)(self._login)
        app.route(pysip2.CHECKOUT)(self._checkout)
        app.route(pysip2.CHECKIN)(self._checkin)
        app.route(pysip2.ITEM_INFORMATION)(self._item)
        return app

    def _login(self, asked, _context):
        return pysip2.LoginResponse(ok="1" if asked.login_password == "hemligt" else "0")

    def _checkout(self, asked, _context):
        self.asked.append(f"lend {asked.item_identifier}")
        lent = self.loans.setdefault(asked.item_identifier, asked.patron_identifier)
        ok = lent == asked.patron_identifier
        return pysip2.CheckoutResponse(
            ok="1" if ok else "0", renewal_ok="N", magnetic_media="N", desensitize="Y",
            transaction_date=BUSY, institution_id="SE-Um", title_identifier="På ön",
            patron_identifier=asked.patron_identifier, item_identifier=asked.item_identifier,
            due_date=DUE if ok else "", screen_message=() if ok else ("Utlånad till annan",),
        )  # fmt: skip

    def _checkin(self, asked, _context):
        self.asked.append(f"take back {asked.item_identifier}")
        return pysip2.CheckinResponse(
            ok="1" if self.loans.pop(asked.item_identifier, None) else "0", resensitize="Y",
            magnetic_media="N", alert="N", transaction_date=BUSY, institution_id="SE-Um",
            item_identifier=asked.item_identifier, permanent_location="UME",
        )  # fmt: skip

    def _item(self, asked, _context):
        lent = asked.item_identifier in self.loans
        return pysip2.ItemInformationResponse(
            circulation_status="04" if lent else "03", security_marker="02", fee_type="01",
            transaction_date=BUSY, item_identifier=asked.item_identifier,
            title_identifier="På ön", due_date=DUE if lent else None,
        )  # fmt: skip


@contextmanager
def serving(app: pysip2.SIP2Server) -> Iterator[int]:
    """Serve *app* on a free port of loopback, and yield it."""
    bound: Queue[tuple[int, Callable[[], None]]] = Queue()

    async def serve() -> None:
        # Its own `start` leaves the listening socket open.
        async with await app.listen(port=0) as listener, anyio.create_task_group() as tasks:
            end, loop = anyio.Event(), anyio.lowlevel.current_token()
            tasks.start_soon(listener.serve, app._handle_connection)
            port = listener.extra(SocketAttribute.local_port)
            bound.put((port, lambda: anyio.from_thread.run_sync(end.set, token=loop)))
            await end.wait()
            tasks.cancel_scope.cancel()

    thread = threading.Thread(target=lambda: anyio.run(serve), name="pysip2")
    thread.start()
    port, end = bound.get(timeout=10)
    try:
        yield port
    finally:
        end()
        thread.join(10)


class _Scripted(socketserver.ThreadingTCPServer):
    daemon_threads = False
    answer: Callable[[bytes, int], bytes | None]
    numbers: Iterator[int]


class _Talk(socketserver.BaseRequestHandler):
    server: _Scripted

    def handle(self) -> None:
        heard = bytearray()
        while more := self._received():
            heard += more
            while b"\r" in heard:
                line, _, rest = bytes(heard).partition(b"\r")
                heard[:] = rest
                said = self.server.answer(line, next(self.server.numbers))
                if said is None:
                    return
                self.request.sendall(said)

    def _received(self) -> bytes:
        try:
            return self.request.recv(4096)
        except OSError:
            return b""


@contextmanager
def scripted(answer: Callable[[bytes, int], bytes | None]) -> Iterator[int]:
    """Serve a system whose word to the n-th line is *answer*(line, n); None hangs up."""
    with _Scripted(("127.0.0.1", 0), _Talk) as server:
        server.answer, server.numbers = answer, count()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="scripted")
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join(10)
