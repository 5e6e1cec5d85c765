"""A library system as they are: it lends again what is asked for twice, and renews it by that.

`LibrarySystem` is the shelves and the rules; `wire` speaks for it, `pysip2` may as well.
"""

import threading
from dataclasses import dataclass, field
from datetime import date, timedelta

from hub.sip2 import codec, dates
from hub.sip2.codec import Message
from hub.sip2.forms import ANSWERS

NOW = "20261125    110000"
TODAY = date(2026, 11, 25)
DAYS = 28


@dataclass
class Out:
    """One loan there."""

    card: str
    due: date
    renewals: int = 0


@dataclass
class LibrarySystem:
    """Who has what, and every change that was made; any thread may ask."""

    cards: dict[str, str] = field(default_factory=dict)
    """What a 64 says of the card: fourteen letters."""
    pins: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    loans: dict[str, Out] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    """Items on the hold shelf, by the card they are kept for."""
    waiting: dict[str, list[str]] = field(default_factory=dict)
    """Who waits, by title; it takes a hold as often as it is asked for."""
    not_for_loan: set[str] = field(default_factory=set)
    children: set[str] = field(default_factory=set)
    for_grown_ups: set[str] = field(default_factory=set)
    closed: set[date] = field(default_factory=set)
    today: date = TODAY
    limit: int = 30
    honours_no_block: bool = True
    lies: bool = False
    """It says ok and does nothing."""
    online: bool = True
    counts_holds: bool = True
    """Whether it lists and counts who waits; blank is that it does not."""
    hangs_up: bool = False
    """It ends each line that is asked anything."""
    changes: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lend(self, item: str, card: str, *, no_block: bool, due: date) -> tuple[Out | None, str]:
        """Return the loan, or None and why not."""
        no_block = no_block and self.honours_no_block
        held = self.loans.get(item)
        if refusal := self._refusal(item, card, no_block=no_block):
            return None, refusal
        if self.lies:
            return Out(card, self.today), ""
        if held is not None and held.card == card:
            held.renewals += 1
            held.due += timedelta(days=DAYS)
            self.changes.append(f"renew {item}")
            return held, "Item already checked out to you: renewing item."
        self.loans[item] = Out(card, due if no_block else self._due())
        self.kept.pop(item, None)
        if card in (queue := self._queue(item)):
            queue.remove(card)
        self.changes.append(f"lend {item} {card}")
        return self.loans[item], ""

    def _due(self) -> date:
        due = self.today + timedelta(days=DAYS)
        while due in self.closed:
            due += timedelta(days=1)
        return due

    def _queue(self, item: str) -> list[str]:
        return self.waiting.get(self.titles.get(item, ""), [])

    def _refusal(self, item: str, card: str, *, no_block: bool) -> str:
        held = self.loans.get(item)
        if card not in self.cards:
            return "Invalid Patron"
        if item not in self.titles:
            return "Invalid Item"
        if held is not None and held.card != card:
            return "Item checked out to another patron"
        if no_block:
            return ""
        if self.cards[card].strip():
            return "Patron Blocked"
        return self._rules(item, card)

    def _rules(self, item: str, card: str) -> str:
        if item in self.not_for_loan:
            return "NOT_FOR_LOAN: 1"
        if item in self.for_grown_ups and card in self.children:
            return "AGE_RESTRICTION: 15"
        if card != self.kept.get(item, [*self._queue(item), card][0]):
            return "Item is on hold for another patron."
        too_many = sum(each.card == card for each in self.loans.values()) >= self.limit
        return "TOO_MANY: 30" if too_many else ""

    def take_back(self, item: str) -> bool:
        """Return whether it was out."""
        if self.lies:
            return True
        if self.loans.pop(item, None) is None:
            return False
        if queue := self._queue(item):
            self.kept[item] = queue.pop(0)
        self.changes.append(f"take back {item}")
        return True

    def renew(self, item: str, card: str) -> tuple[Out | None, str]:
        """Return the loan, or None and why not."""
        held = self.loans.get(item)
        if held is None or held.card != card:
            return None, "Item not checked out to this patron"
        if self._queue(item):
            return None, "Item is on hold for another patron."
        if held.due < self.today:
            return None, "Item is overdue"
        if held.renewals >= 3:
            return None, "Renewals not permitted for this item"
        if self.lies:
            return Out(card, held.due + timedelta(days=DAYS)), ""
        held.renewals += 1
        held.due += timedelta(days=DAYS)
        self.changes.append(f"renew {item}")
        return held, ""

    def hold(self, item: str, card: str) -> int:
        """Return the place in the queue, 0 where there is none."""
        if item not in self.titles or self.cards.get(card, "Y").strip():
            return 0
        queue = self.waiting.setdefault(self.titles[item], [])
        queue.append(card)
        self.changes.append(f"hold {self.titles[item]} {card}")
        return len(queue)

    def no_hold(self, item: str, card: str) -> bool:
        """Return whether the card was in the queue, or a copy kept for it."""
        queue = self.waiting.get(self.titles.get(item, ""), [])
        if card in queue:
            queue.remove(card)
        elif self.kept.get(item) == card:
            del self.kept[item]
        else:
            return False
        self.changes.append(f"no hold {self.titles[item]} {card}")
        return True

    # --- in SIP2 ---------------------------------------------------------------------------

    def wire(self, line: bytes, _number: int) -> bytes | None:
        """Return the answer to *line*, with its digit where it has one."""
        if self.hangs_up:
            return None
        heard = codec.decode(line, encoding="utf-8")
        if heard.sum_held is False:
            return b"96AZFEF6\r"
        with self.lock:
            self.asked.append(heard.message.code)
            answer = self.answer(heard.message)
        return codec.encode(answer, encoding="utf-8", sequence=heard.sequence)

    def answer(self, asked: Message) -> Message:
        """Do what is *asked*, and return what is said to it."""
        code = ANSWERS[asked.code]
        item, card = asked.get("AB") or "", asked.get("AA") or ""
        if code == "94":
            return Message("94", {"ok": "1"})
        if code == "98":
            return self._status()
        if code == "18":
            return self._copy(item)
        if code == "64":
            return self._patron(card, asked)
        if code == "10":
            head = {"ok": "10"[not self.take_back(item)], "resensitize": "Y", "magnetic": "N"}
            fields = (("AO", ""), ("AB", item), ("AQ", "VIN"))
            return Message("10", head | {"alert": "N", "date": NOW}, fields)
        if code == "16":
            leaving = asked.fixed["mode"] == "-"
            place = int(self.no_hold(item, card)) if leaving else self.hold(item, card)
            fixed = {"ok": "1" if place else "0", "available": "N", "date": NOW}
            told = (("AO", ""), ("AA", card), ("AB", item), ("BR", str(place)))
            return Message("16", fixed, told)
        if code == "30":
            out, said = self.renew(item, card)
        else:
            due = dates.day(asked.fixed["nb_due_date"])
            out, said = self.lend(item, card, no_block=asked.yes("no_block"), due=due)
        head = {"ok": "1" if out else "0", "renewal_ok": "N", "magnetic": "N", "desensitize": "Y"}
        due = dates.end_of(out.due) if out else ""
        fields = [("AO", ""), ("AA", card), ("AB", item), ("AJ", self.titles.get(item, ""))]
        fields += [("AH", due), *([("AF", said)] if said else [])]
        return Message(code, head | {"date": NOW}, tuple(fields))

    def _status(self) -> Message:
        yes = ("checkin_ok", "checkout_ok", "renewal_policy", "status_update_ok", "offline_ok")
        head = {"online": "Y" if self.online else "N"} | dict.fromkeys(yes, "Y")
        head |= {"timeout": "100", "retries": "003", "date_time_sync": NOW, "version": "2.00"}
        return Message("98", head, (("AO", ""), ("BX", "Y" * 16)))

    def _copy(self, item: str) -> Message:
        out, kept = self.loans.get(item), self.kept.get(item)
        status = "04" if out else "08" if kept else "03"
        head = {"circulation_status": status if item in self.titles else "01"}
        head |= {"security_marker": "02", "fee_type": "01", "date": NOW}
        fields = [("AB", item), ("AJ", self.titles.get(item, ""))]
        fields += [("AH", dates.end_of(out.due))] if out else []
        fields += [("CF", str(len(self.waiting.get(self.titles.get(item, ""), []))))]
        return Message("18", head, tuple(fields))

    def _patron(self, card: str, asked: Message) -> Message:
        known, charged = card in self.cards, self._charged(card)
        summary = asked.fixed["summary"]
        ready = sum(each == card for each in self.kept.values())
        counts = {"hold_items": ready, "overdue_items": 0, "charged_items": len(charged)}
        counts |= {"fine_items": 0, "recall_items": 0, "unavailable_holds": len(self._waits(card))}
        head = {name: f"{count:04d}" for name, count in counts.items()}
        head |= {} if self.counts_holds else {"hold_items": " " * 4, "unavailable_holds": " " * 4}
        head |= {"patron_status": self.cards.get(card, "Y" * 4 + " " * 10), "language": "006"}
        right = asked.get("AD") is not None and self.pins.get(card) == asked.get("AD")
        fields = [("AO", ""), ("AA", card), ("AE", "Namn" if known else "")]
        fields += [("BL", "Y" if known else "N"), ("CQ", "Y" if right else "N"), ("BV", "12.50")]
        fields += [("AU", each) for each in charged if summary[2] == "Y"]
        ready_here = [each for each, whose in sorted(self.kept.items()) if whose == card]
        waits = self._waits(card)
        if self.counts_holds:
            fields += [("AS", each) for each in ready_here if summary[0] == "Y"]
            fields += [("CD", each) for each in waits if summary[5] == "Y"]
        return Message("64", head | {"date": NOW}, tuple(fields))

    def _waits(self, card: str) -> list[str]:
        first = {title: item for item, title in sorted(self.titles.items(), reverse=True)}
        return [
            first[title] for title, queue in self.waiting.items() for each in queue if each == card
        ]

    def _charged(self, card: str) -> list[str]:
        return sorted(item for item, out in self.loans.items() if out.card == card)
