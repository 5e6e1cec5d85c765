"""The product with one mistake in it, for each promise that the worlds watch over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from circulation.identifiers import CardNumber
from hub import epochs, exceptions, postings, rules
from hub.catalogue.own import OwnCatalogue
from hub.poster import Poster
from station import journal_file
from station.journal import Journal
from station.keeping import Keeper


@dataclass(frozen=True)
class Mutant:
    """A mistake, the promise that it breaks, and worlds in which it shows."""

    install: Callable[[Any], None]
    breaks: str
    seeds: range


def _believes_the_broker(patch: Any) -> None:
    """What is on its way is as good as there."""
    believe = Journal._believe

    def all_is_well(self: Journal, *word: Any) -> bool:
        believed = believe(self, *word)
        if believed:
            self._db.execute("UPDATE journal SET acked_seq = seq")
            self._db.execute("DELETE FROM owed WHERE seq NOT IN (SELECT seq FROM open_ask)")
        return believed

    patch.setattr(Journal, "_believe", all_is_well)


def _does_not_sync(patch: Any) -> None:
    """The disk will have written it soon."""
    open_file = journal_file.open_file

    def hasty(*given: Any, **how: Any) -> Any:
        db = open_file(*given, **how)
        db.execute("PRAGMA synchronous = OFF")
        return db

    patch.setattr(journal_file, "open_file", hasty)


def _leaves_it_lent(patch: Any) -> None:
    """Who has brought it back will not mind."""
    patch.setattr(Poster, "_take_back", lambda *_given: None)


def _names_a_write_by_its_fact_alone(patch: Any) -> None:
    """One fact, one write."""
    call = Poster._call

    def named(self: Poster, id_: str, *more: Any) -> Any:
        return call(self, id_.partition("@")[0], *more)

    patch.setattr(Poster, "_call", named)


def _writes_before_it_records(patch: Any) -> None:
    """It can be noted down afterwards."""
    patch.setattr(postings, "begin", lambda *_given, **_how: True)


def _drops_a_kind_of_exception(patch: Any) -> None:
    """Nobody looks at these."""
    open_one = exceptions.open_one

    def silent(db: Any, named: exceptions.Named) -> None:
        if named.kind != "return_not_on_loan":
            open_one(db, named)

    patch.setattr(exceptions, "open_one", silent)


def _keeps_the_card(patch: Any) -> None:
    """A number is quicker to compare than a token."""

    def plain(_self: Keeper, card: CardNumber) -> str:
        return str(card)

    patch.setattr(Keeper, "_token", plain)
    patch.setattr(Keeper, "known_offline", lambda _self, _card: True)


def _forgets_by_halves(patch: Any) -> None:
    """The ledger is one thing, the catalogue's log another."""
    patch.setattr(OwnCatalogue, "forget", lambda *_given, **_how: None)


def _asks_what_stands_now(patch: Any) -> None:
    """A card that is blocked is blocked."""
    patch.setattr(rules, "was_good", lambda past, _at_ms: past[-1].good)


def _lets_nobody_leave_a_queue(patch: Any) -> None:
    """Who waits, waits."""
    patch.setattr(rules._Queue, "_leave", lambda *_given: None)


def _leaves_it_where_it_lies(patch: Any) -> None:
    """Staff will find it in the end."""
    patch.setattr(rules._Queue, "to_fetch", lambda *_given: [])


def _counts_at_one_desk_only(patch: Any) -> None:
    """Nobody can carry that many."""
    patch.setattr(rules, "over_limit", lambda *_given: {})


def _throws_old_cards_away(patch: Any) -> None:
    """What has not come by now was nothing."""
    patch.setattr(epochs, "missing", lambda *_given: [])


def _judges_anew_what_is_over(patch: Any) -> None:
    """What cannot be found any more is resolved."""
    patch.setattr(exceptions, "_out_of_sight", lambda *_given: False)


def _forgets_who_waited(patch: Any) -> None:
    """Who waits no more need not be known."""
    patch.setattr(
        rules,
        "done_waiting",
        lambda log, _lives, through_ms: {e.patron for e in log if e.at_ms <= through_ms},
    )


SOME = range(1, 5)
MUTANTS = {
    "believes the broker": Mutant(_believes_the_broker, "was told to a visitor", SOME),
    "does not sync": Mutant(_does_not_sync, "was told to a visitor", SOME),
    "leaves it lent": Mutant(_leaves_it_lent, "in the catalogue, and with", SOME),
    "names a write once": Mutant(
        _names_a_write_by_its_fact_alone, "in the catalogue", range(15, 18)
    ),
    "writes unrecorded": Mutant(_writes_before_it_records, "no record was made before", SOME),
    "drops exceptions": Mutant(_drops_a_kind_of_exception, "is on nobody's desk", SOME),
    "forgets by halves": Mutant(_forgets_by_halves, "still names who had", SOME),
    "asks what stands now": Mutant(_asks_what_stands_now, "patron_blocked:", SOME),
    "lets nobody leave": Mutant(_lets_nobody_leave_a_queue, "lent_over_hold:", SOME),
    "leaves it where it lies": Mutant(_leaves_it_where_it_lies, "trap_for_hold:", SOME),
    "counts at one desk": Mutant(_counts_at_one_desk_only, "over_limit:", range(103, 104)),
    "throws old cards away": Mutant(_throws_old_cards_away, "epoch_gap:", range(19, 20)),
    "judges what is over": Mutant(_judges_anew_what_is_over, "changed what stands", SOME),
    "forgets who waited": Mutant(_forgets_who_waited, "changed what stands", SOME),
    "keeps the card": Mutant(_keeps_the_card, "can be read in", SOME),
}
