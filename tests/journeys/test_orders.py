"""A technician far away has a station blink, look for its faults, send again and start anew."""

from tests.journeys.region import eventually


def order(region, bench, kind, *words):
    return region.hub("order", bench.id, kind, "--wait", "60", *words)


def test_a_station_that_is_looked_for_blinks(region, vindeln):
    given = order(region, vindeln, "identify")

    assert given["outcome"] == "done"
    assert vindeln.get("state")["lamp"] == "identify"


def test_its_own_word_on_what_is_wrong_comes_to_the_hub(region, vindeln):
    given = order(region, vindeln, "self_test")

    assert given["outcome"] == "done"
    assert given["told"]
    assert "PRIVATE" not in given["told"]


def test_all_is_sent_again_and_counted_once(region, unused, bjurholm):
    card, books = unused.card(), unused.books(1)
    bjurholm.borrow(card, *books)
    bjurholm.leave(card, *books)
    eventually(lambda: bjurholm.owed() == 0, "all is acknowledged")
    before = len(region.hub("facts"))

    assert order(region, bjurholm, "resend")["outcome"] == "done"

    eventually(lambda: bjurholm.owed() == 0, "all is acknowledged")
    assert len(region.hub("facts")) == before


def test_a_station_starts_anew_once_and_answers(region, listening):
    before = region.ready["pids"][listening.id]

    given = order(region, listening, "restart")

    assert given["outcome"] == "done"
    after = eventually(
        lambda: (
            region.ready["pids"].get(listening.id) not in (None, before)
            and region.ready["pids"][listening.id]
        ),
        "another process",
    )
    again = region.bench(id=listening.id)
    eventually(lambda: again.screen()["state"], "it shows a screen")
    assert region.ready["pids"][listening.id] == after
    assert [each["kind"] for each in region.hub("orders", listening.id)].count("restart") == 1
