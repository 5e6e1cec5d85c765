"""One plug at a time is pulled in the middle of a visit: nothing is lost, nothing twice."""

import pytest

from tests.journeys.region import eventually


def item(book: dict[str, str]) -> str:
    return book["name"].removeprefix("book-")


def once(region, books) -> None:
    """Assert that each of *books* is out, after exactly one fact that says so."""
    wanted = {item(book) for book in books}
    eventually(region.settled, "no station owes anything", 40)
    eventually(lambda: wanted <= region.loans().keys(), "all are out")
    facts = [f for f in region.hub("facts") if f["item"] in wanted]
    told = [f["item"] for f in facts if f["outcome"] in ("accepted", "offline")]
    assert sorted(told) == sorted(wanted)


@pytest.mark.parametrize("victim", ["hub", "broker"])
def test_a_hub_or_broker_killed_in_mid_visit_loses_nothing(region, unused, vindeln, victim):
    card, (before, after) = unused.card(), unused.books(2)
    vindeln.sign_in(card)
    vindeln.place("pad", before)
    eventually(lambda: vindeln.screen()["rows"], "the first is told")
    region.kill(victim)
    vindeln.place("pad", after)
    eventually(lambda: len(vindeln.screen()["rows"]) == 2, "the second is told", 30)
    vindeln.press_first()
    vindeln.leave(card, before, after)

    once(region, [before, after])


def test_a_station_killed_after_the_receipt_keeps_its_word(region, unused, vindeln):
    card, books = unused.card(), unused.books(1)
    vindeln.post("line", up=False)
    vindeln.borrow(card, *books)
    region.kill(vindeln.id)

    once(region, books)
    vindeln.until("idle")
