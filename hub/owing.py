"""What waits to be posted: in hand as much as there is room for, all else in the ledger."""

from collections.abc import Iterable

from sqlalchemy import BigInteger, Engine, Integer, String, bindparam, select, tuple_

from circulation.identifiers import ItemId
from hub.database import reading
from hub.prepared import Prepared
from hub.tables import fact

FOLDED = fact.c.rank.is_not(None) | (fact.c.kind == "asked")
"""What the fold looks at: all that the chain has reached, and questions ahead of it."""

_OWED = Prepared(
    select(fact.c.received_ms, fact.c.item)
    .where(
        fact.c.posted_ms.is_(None),
        fact.c.item.is_not(None),
        FOLDED,
        tuple_(fact.c.received_ms, fact.c.item)
        > tuple_(bindparam("after_ms", type_=BigInteger), bindparam("after_item", type_=String)),
    )
    .distinct()
    .order_by(fact.c.received_ms, fact.c.item)
    .limit(bindparam("most", type_=Integer))
)
_FIRST = (-1, "")


class Owing:
    """The items that are to be posted, oldest first; one thread calls.

    Items whose facts were told of, or found in the ledger, are taken in hand where there is room.
    The ledger keeps the others, and is gone through page by page.
    """

    def __init__(self, engine: Engine, most: int) -> None:
        """Have at most so many items of the ledger in *engine* in hand."""
        self._engine = engine
        self._most = most
        self._waiting: dict[ItemId, None] = {}
        self._failing: set[ItemId] = set()
        """Of those, which could not be posted on their own account: they take no room."""
        self._after = _FIRST
        self.behind = False
        """Whether the ledger may have more that is owed than is in hand."""

    def __len__(self) -> int:
        """Return how many are in hand."""
        return len(self._waiting)

    @property
    def items(self) -> list[ItemId]:
        """What is in hand."""
        return list(self._waiting)

    @property
    def goes_well(self) -> bool:
        """Whether nothing is in hand but what fails on its own account."""
        return len(self._waiting) == len(self._failing)

    def take(self, items: Iterable[ItemId]) -> None:
        """Take *items* in hand, room or not: of some of them the ledger does not know."""
        self._waiting.update(dict.fromkeys(items))

    def take_if_room(self, item: ItemId) -> None:
        """Take *item* in hand, or find it in the ledger later."""
        if self._room() > 0:
            self.take([item])
        else:
            self.behind = True

    def next(self) -> list[ItemId]:
        """Return the next items with facts that the catalogue does not show yet, oldest first.

        No more than there is room for, however many the ledger has: the next call goes on behind
        the last of them, and after the very last begins anew.
        """
        room = self._room()
        if room <= 0:
            self.behind = True
            return []
        after_ms, after_item = self._after
        page = {"after_ms": after_ms, "after_item": after_item, "most": room}
        with reading(self._engine) as db:
            rows = _OWED.all(db, page)
        self.behind = len(rows) == room
        self._after = (rows[-1].received_ms, rows[-1].item) if self.behind else _FIRST
        return list(dict.fromkeys(ItemId(row.item) for row in rows))

    def posted(self, items: Iterable[ItemId]) -> None:
        """Let go of *items*: the catalogue shows them."""
        for item in items:
            del self._waiting[item]
            self._failing.discard(item)

    def failed(self, item: ItemId) -> None:
        """Note that *item* cannot be posted for what is wrong with itself; any thread may."""
        self._failing.add(item)

    def _room(self) -> int:
        return self._most - len(self._waiting) + len(self._failing)
