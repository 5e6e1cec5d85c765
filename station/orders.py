"""What a technician asks from afar: each order is done once; see docs/explanation/orders.md."""

from collections.abc import Callable

import structlog
from msgspec import Struct, structs

from circulation.messages import (
    COMING,
    IDENTIFY,
    ORDER_KINDS,
    RENEW,
    RESEND,
    RESTART,
    SAY,
    SELF_TEST,
    TOLD_LETTERS_MAX,
    UPDATE,
    Order,
    OrderDone,
)
from station.clock import Clock
from station.notebook import Notebook

log = structlog.get_logger()

DOCUMENT = "orders"
KEPT_MAX = 30
_WAITS_FOR_NOBODY = frozenset({SAY, SELF_TEST, UPDATE, RESTART})
_TAKES_TIME = frozenset({SELF_TEST, RENEW, UPDATE})
CUT_OFF = "the station was started anew in the middle of it"


class Known(Struct, frozen=True):
    """An order that was begun; *done* is None until it has ended."""

    id: str
    done: OrderDone | None = None


class Book(Struct, frozen=True):
    """The orders that this station remembers, the oldest first."""

    orders: list[Known] = []


class Hands(Struct, frozen=True, kw_only=True):
    """What can be done with the station; none of it may wait."""

    identify: Callable[[], None]
    say: Callable[[str], None]
    coming: Callable[[], None]
    """Tell whoever called from here that somebody of the staff comes."""
    resend: Callable[[], None]
    restart: Callable[[], None]
    chore: Callable[[Order], None]
    """Begin what takes time; its end comes to `Orders.ended`."""
    answer: Callable[[OrderDone], None]


class Orders:
    """Notes each order before it is done, and answers what comes again; one thread calls."""

    def __init__(self, notebook: Notebook, clock: Clock, hands: Hands) -> None:
        """Go on with what *notebook* knows; what was cut off there has failed."""
        self._notebook, self._clock, self._hands = notebook, clock, hands
        book = notebook.get(DOCUMENT, Book) or Book()
        self._known = {each.id: each for each in map(_ended, book.orders)}
        self._waiting: dict[str, Order] = {}

    def came(self, order: Order) -> None:
        """Do *order*, or have it wait for a quiet moment; one that is known is answered only."""
        if (known := self._known.get(order.id)) is not None:
            if known.done is not None:
                self._hands.answer(known.done)
        elif order.kind not in ORDER_KINDS:
            self._end(order.id, "refused", f"this program does not know {order.kind!r}")
        elif self._is_over(order):
            self._end(order.id, "expired")
        else:
            self._waiting[order.id] = order

    def look(self, *, at_rest: bool) -> None:
        """Do what may be done now: some of it only where nobody is there."""
        for order in list(self._waiting.values()):
            if self._is_over(order):
                del self._waiting[order.id]
                self._end(order.id, "expired")
            elif at_rest or order.kind not in _WAITS_FOR_NOBODY:
                del self._waiting[order.id]
                self._do(order)

    def ended(self, done: OrderDone) -> None:
        """Note and tell how an order has ended that took time."""
        self._end(done.id, done.outcome, done.told)

    def _do(self, order: Order) -> None:
        log.info("order", kind=order.kind, id=order.id)
        if order.kind in _TAKES_TIME:
            self._note(Known(order.id))
            self._hands.chore(order)
            return
        # Noted as done before it is: what a restart would ask for again is done once.
        self._end(order.id, "done")
        match order.kind:
            case "identify":
                self._hands.identify()
            case "say":
                self._hands.say(order.text)
            case "coming":
                self._hands.coming()
            case "resend":
                self._hands.resend()
            case "restart":
                self._hands.restart()

    def _is_over(self, order: Order) -> bool:
        return self._clock.now().wall_ms > order.until_ms

    def _end(self, id_: str, outcome: str, told: str = "") -> None:
        done = OrderDone(id=id_, outcome=outcome, told=told[:TOLD_LETTERS_MAX])  # type: ignore[arg-type]
        self._note(Known(id_, done))
        self._hands.answer(done)

    def _note(self, known: Known) -> None:
        self._known.pop(known.id, None)
        self._known[known.id] = known
        for old in list(self._known)[:-KEPT_MAX]:
            del self._known[old]
        try:
            self._notebook.put(DOCUMENT, Book(list(self._known.values())))
        except OSError as error:
            # A full disk: it is known until the end of this program.
            log.error("order_not_noted", problem=error.strerror)


def _ended(known: Known) -> Known:
    if known.done is not None:
        return known
    cut = OrderDone(id=known.id, outcome="failed", told=CUT_OFF)
    return structs.replace(known, done=cut)


_DONE = {IDENTIFY, SAY, COMING, RESEND, RESTART, *_TAKES_TIME}
assert set(ORDER_KINDS) == _DONE, "an order nobody does"
