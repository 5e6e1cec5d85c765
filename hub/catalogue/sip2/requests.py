"""What is asked of a library system, in its words: nothing here is sent."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from circulation.identifiers import BranchCode, CardNumber, ItemId
from hub.sip2 import dates
from hub.sip2.codec import Message

CHARGED = 2
"""The place of what somebody has on loan in the summary of a 63; holds have the first."""
HOLDS = 0
HOLDS_WAITING = 5
_SUMMARY_WIDTH = 10


class Requests(Struct, frozen=True, kw_only=True):
    """Writes requests for one library system; instants are UTC milliseconds."""

    institution: str
    location: str
    language: str
    terminal_password: str
    zone: ZoneInfo

    def item(self, item: ItemId, at_ms: int) -> Message:
        """Ask how it is with *item* (17)."""
        return self._message("17", {"date": self._stamp(at_ms)}, AB=item)

    def patron(
        self,
        card: CardNumber,
        at_ms: int,
        *,
        listing: int = CHARGED,
        pin: str | None = None,
        first: int = 1,
    ) -> Message:
        """Ask who stands behind *card* (63), and for one list, from its entry *first* on."""
        summary = "".join("Y" if place == listing else " " for place in range(_SUMMARY_WIDTH))
        fixed = {"language": self.language, "date": self._stamp(at_ms), "summary": summary}
        fields = {"AA": card} | ({"AD": pin} if pin is not None else {})
        if first > 1:
            fields |= {"BP": str(first), "BQ": str(first + 99)}
        return self._message("63", fixed, **fields)

    def lend(
        self, item: ItemId, card: CardNumber, at_ms: int, *, due: date | None, happened: bool
    ) -> Message:
        """Ask to lend (11): never to renew; what has *happened* should not be blocked."""
        now = self._stamp(at_ms)
        fixed = {
            "renewal_policy": "N",
            "no_block": "Y" if happened else "N",
            "date": now,
            # Blanks are legal, and some systems hang up on them.
            "nb_due_date": dates.end_of(due) if due else now,
        }
        return self._message("11", fixed, AA=card, AB=item, BO="N")

    def take_back(self, item: ItemId, branch: BranchCode, at_ms: int) -> Message:
        """Say that *item* was taken back (09)."""
        now = self._stamp(at_ms)
        fixed = {"no_block": "Y", "date": now, "return_date": now}
        return self._message("09", fixed, AP=self.location or branch, AB=item, BI="N")

    def renew(self, item: ItemId, card: CardNumber, at_ms: int, *, due: date | None) -> Message:
        """Ask to renew (29); *due* is given where it has happened."""
        now = self._stamp(at_ms)
        fixed = {
            "third_party": "N",
            "no_block": "Y" if due else "N",
            "date": now,
            "nb_due_date": dates.end_of(due) if due else now,
        }
        return self._message("29", fixed, AA=card, AB=item, BO="N")

    def hold(self, item: ItemId, card: CardNumber, at_ms: int, *, pickup: BranchCode) -> Message:
        """Ask for a place in the queue for any copy of *item*'s title (15)."""
        fixed = {"mode": "+", "date": self._stamp(at_ms)}
        return self._message("15", fixed, AA=card, AB=item, BS=pickup, BY="2")

    def no_hold(self, item: ItemId, card: CardNumber, at_ms: int) -> Message:
        """Give up the place in the queue for *item*'s title (15)."""
        fixed = {"mode": "-", "date": self._stamp(at_ms)}
        return self._message("15", fixed, AA=card, AB=item)

    def _message(self, code: str, fixed: dict[str, str], **fields: str) -> Message:
        head = (("AO", self.institution), *fields.items(), ("AC", self.terminal_password))
        return Message(code, fixed, head)

    def _stamp(self, at_ms: int) -> str:
        return dates.stamp(datetime.fromtimestamp(at_ms / 1000, UTC), self.zone)
