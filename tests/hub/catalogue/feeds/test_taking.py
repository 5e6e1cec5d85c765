"""A feed is taken: its differences are kept, and everything that is not kept is named."""

from datetime import date

import pytest
from sqlalchemy import select

from circulation.errors import ConfigError
from circulation.verdicts import Accepted, Reason, Refused
from hub.catalogue import accepted, pins, tables
from hub.catalogue.feeds import ages
from hub.catalogue.feeds.lines import Kind
from hub.catalogue.feeds.reading import Wrong
from hub.catalogue.feeds.taking import Asked, take
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.shelf_data import region_material
from hub.catalogue.sip2 import feeding, observations
from tests.hub.catalogue.cast import NOW_MS, wait_for

HOUR_MS = 3_600_000
CARDS = (
    "card,patron,state\nK-ANNA,anna,active\nK-ANNA-OLD,anna,lost\nK-BO,bo,active\n"
    "K-EXPIRED,bo,expired\nK-CHILD,child,active\nK-BLOCKED,blocked,active\n"
)


@pytest.fixture
def feed(engine, tmp_path):
    def fed(kind, text, *, whole=False, made_ms=NOW_MS, observe=None, **how):
        file = tmp_path / f"{kind}.csv"
        file.write_text(text, encoding="utf-8")
        asked = Asked(kind=Kind(kind), whole=whole, made_ms=made_ms, **how)
        return take(engine, file, asked, now_ms=NOW_MS, observe=observe)

    return fed


@pytest.fixture
def catalogue(engine):
    return OwnCatalogue(engine)


def counted(report):
    return (report.new, report.changed, report.gone, report.same)


def said(engine):
    event = tables.standing_event
    with engine.connect() as db:
        return list(db.scalars(select(event.c.change).order_by(event.c.version)))


def lend(catalogue, item, card, posting="p"):
    return catalogue.checkout(item, card, posting=posting, at_ms=NOW_MS, due=None, no_block=False)


def test_the_same_list_again_changes_nothing(engine, feed):
    assert counted(feed("cards", CARDS, whole=True)) == (0, 0, 0, 6)
    assert said(engine) == []


def test_a_card_that_is_blocked_lost_or_found_borrows_so_from_the_moment_of_the_list(
    engine, feed, catalogue
):
    text = CARDS.replace("K-ANNA,anna,active", "K-ANNA,anna,lost").replace(
        "K-ANNA-OLD,anna,lost", "K-ANNA-OLD,anna,active"
    )

    report = feed("cards", text)

    assert counted(report) == (0, 2, 0, 4)
    assert said(engine) == ["lost", "found"]
    assert lend(catalogue, "B-1", "K-ANNA") == Refused(Reason.CARD_REFUSED)
    assert isinstance(lend(catalogue, "B-1", "K-ANNA-OLD", "p2"), Accepted)
    assert catalogue.card_past("K-ANNA")[-1].good is False


def test_a_new_card_of_a_known_patron_borrows_and_is_on_the_shelf(engine, feed, catalogue):
    feed("cards", "card,patron\nK-NEW,anna\n")

    assert isinstance(lend(catalogue, "B-1", "K-NEW"), Accepted)
    assert "K-NEW" in region_material(engine).card_numbers


def test_cards_with_blocks_are_enough_and_stand_for_patrons_of_their_own(engine, feed, catalogue):
    feed("cards", "card,state\nK-A,active\nK-B,blocked\n")

    assert isinstance(lend(catalogue, "B-1", "K-A"), Accepted)
    assert lend(catalogue, "B-2", "K-B", "p2") == Refused(Reason.CARD_REFUSED)


def test_what_is_not_in_a_whole_list_is_gone(engine, feed, catalogue):
    report = feed("cards", CARDS.replace("K-CHILD,child,active\n", ""), whole=True)

    assert counted(report) == (0, 0, 1, 5)
    assert "K-CHILD" not in region_material(engine).card_numbers
    assert lend(catalogue, "B-1", "K-CHILD") == Refused(Reason.CARD_REFUSED)


def test_a_dry_run_says_it_all_and_changes_nothing(engine, feed):
    report = feed("cards", "card,state\nK-NEW,active\n", dry_run=True)

    assert counted(report) == (1, 0, 0, 0)
    assert "K-NEW" not in region_material(engine).card_numbers
    with engine.connect() as db:
        assert db.execute(select(tables.feed)).all() == []


def test_a_line_that_cannot_be_kept_is_named_the_rest_goes_in_and_nothing_is_taken_away(
    engine, feed
):
    report = feed("cards", "card,patron\nK-NEW,anna\nK-ODD,nobody\n", whole=True)

    reason = "it names a patron who is not there; feed the patrons first"
    assert (counted(report), report.wrong) == ((1, 0, 0, 0), [Wrong(3, reason)])
    assert "K-ANNA" in region_material(engine).card_numbers


def test_a_list_that_is_likelier_torn_than_true_changes_nothing(engine, feed):
    many = "card,patron\n" + "".join(f"K-{n},anna\n" for n in range(200))
    feed("cards", many)

    with pytest.raises(ConfigError, match=r"205 of 206 cards are not in it.*add --anyway"):
        feed("cards", "card,patron\nK-1,anna\n", whole=True)
    assert len(region_material(engine).card_numbers) > 200
    report = feed("cards", "card,patron\nK-1,anna\n", whole=True, anyway=True)
    assert report.gone == 205


def test_patrons_change_without_losing_their_pin_and_new_ones_bring_theirs(feed, catalogue):
    text = "patron,state,entitled,pin\nanna,blocked,true,9999\nnew,active,false,4321\n"

    report = feed("patrons", text)
    feed("cards", "card,patron\nK-NEW,new\n")

    assert counted(report) == (1, 1, 0, 0)
    assert lend(catalogue, "B-1", "K-ANNA") == Refused(Reason.CARD_REFUSED)
    assert catalogue.pin_refused("K-ANNA", "1234", NOW_MS) is None
    assert catalogue.pin_refused("K-NEW", "4321", NOW_MS) is None


def test_nobody_waits_for_pins_that_are_hashed(feed, catalogue, monkeypatch):
    """A hash is slow by intention: thousands of them kept all stations from the store."""

    class Meanwhile:
        def hash(self, pin):
            lent.append(lend(catalogue, "B-1", "K-ANNA"))
            return hasher.hash(pin)

        verify = pins.HASHER.verify

    lent, hasher = [], pins.HASHER
    monkeypatch.setattr(pins, "HASHER", Meanwhile())

    feed("patrons", "patron,pin\nnew,4321\nanna,9999\n", dry_run=True)
    feed("patrons", "patron,pin\nnew,4321\nanna,9999\n")

    assert [type(each) for each in lent] == [Accepted], "once, for who is new"


def test_a_patron_without_a_pin_signs_in_with_none(feed, catalogue):
    feed("patrons", "patron\nnew\n")
    feed("cards", "card,patron\nK-NEW,new\n")

    assert catalogue.pin_refused("K-NEW", "", NOW_MS) is Reason.PIN_WRONG


def test_who_is_gone_and_owes_nothing_is_taken_away_with_what_was_known(engine, feed):
    feed("patrons", "patron,entitled\nnew,true\n")
    text = "patron\nanna\nbo\nchild\n"

    report = feed("patrons", text, whole=True)

    assert (report.gone, report.kept) == (1, ["blocked"]), "new owed nothing, blocked has a card"
    with engine.connect() as db:
        assert db.execute(select(tables.entitlement)).all() == []


def test_copies_come_move_and_are_withdrawn_unless_they_are_out(engine, feed, catalogue):
    lend(catalogue, "B-1", "K-ANNA")
    text = "item,title,branch\nB-2,t-novel,GRA\nB-NEW,t-novel,VIN\nB-FILM,t-film,VIN\n"

    report = feed("items", text, whole=True)

    assert (counted(report), report.kept) == ((1, 1, 2, 1), ["B-1"])
    assert said(engine) == ["entered", "moved", "withdrawn", "withdrawn"]
    with engine.connect() as db:
        shelf = select(tables.item.c.shelf).where(tables.item.c.id == "B-2")
        assert db.scalar(shelf) == "Hc", "a list that does not name the shelf leaves it"


def test_a_copy_of_an_unknown_title_or_library_is_named(feed):
    report = feed("items", "item,title,branch\nB-X,t-none,VIN\nB-Y,t-novel,NONE\n")

    assert [wrong.reason for wrong in report.wrong] == [
        "there is no title 't-none'; import its record first",
        "there is no library 'NONE'",
    ]


def test_holds_are_what_another_system_says(engine, feed):
    wait_for(engine, "t-novel", "bo")
    wait_for(engine, "t-film", "anna")
    text = "title,patron,branch,item,state\nt-novel,bo,GRA,B-1,ready\nt-map,child,VIN,,waiting\n"

    report = feed("holds", text, whole=True, observe=feeding.observe)

    assert counted(report) == (1, 1, 1, 0)
    items = {item.id: item for item in region_material(engine).items}
    assert (items["B-1"].reserved, items["B-2"].reserved) == (True, False)
    assert said(engine)[2:] == ["cancelled", "trapped", "placed"]


def test_a_copy_kept_for_another_from_now_on_changes_hands(engine, feed):
    for patron in ("anna", "bo"):
        wait_for(engine, "t-novel", patron)
    head = "title,patron,branch,item,state\n"
    feed("holds", head + "t-novel,anna,VIN,B-1,ready\nt-novel,bo,VIN,,waiting\n")

    feed("holds", head + "t-novel,anna,VIN,,waiting\nt-novel,bo,VIN,B-1,ready\n")

    assert OwnCatalogue(engine).item("B-1").reserved_for == "bo"


def test_a_copy_passed_on_in_another_system_is_so_here_though_a_line_is_wrong(engine, feed):
    head = "title,patron,branch,item,state\n"
    told = {"whole": True, "observe": feeding.observe}
    feed("holds", head + "t-novel,anna,VIN,B-1,ready\n", **told)

    report = feed("holds", head + "t-novel,bo,VIN,B-1,ready\nt-none,bo,VIN,,waiting\n", **told)

    assert (report.new, [wrong.number for wrong in report.wrong]) == (1, [3])
    assert [hold.ready for hold in OwnCatalogue(engine).holds("K-BO")] == [True]
    assert [hold.ready for hold in OwnCatalogue(engine).holds("K-ANNA")] == [False]


def test_a_list_takes_no_copy_here_from_whom_it_is_kept_for(engine, feed, catalogue):
    head = "title,patron,branch,item,state\n"
    feed("holds", head + "t-novel,anna,VIN,B-1,ready\n")

    report = feed("holds", head + "t-novel,bo,VIN,B-1,ready\n")

    assert report.wrong == [Wrong(2, "the copy 'B-1' is kept for another")]
    assert catalogue.item("B-1").reserved_for == "anna"


def test_a_reservation_that_could_not_be_seen_to_here_is_named(feed, catalogue):
    head = "title,patron,branch,item,state\n"
    text = head + "t-novel,anna,VIN,,ready\nt-novel,bo,VIN,B-FILM,ready\n"

    report = feed("holds", text + "t-film,bo,VIN,,transit\n")

    assert report.wrong == [
        Wrong(2, "it is ready and names no copy"),
        Wrong(3, "the copy 'B-FILM' is of another title"),
        Wrong(4, "it is transit and names no copy"),
    ]
    assert catalogue.expire_holds(NOW_MS + 30 * 24 * HOUR_MS) == 0


def test_this_catalogue_ends_no_loan_or_hold_of_its_own_for_a_list(feed):
    for kind, head in (("loans", "item,patron,due"), ("holds", "title,patron,branch")):
        with pytest.raises(ConfigError, match=f"keeps its own {kind}"):
            feed(kind, f"{head}\n", whole=True)


def test_loans_of_a_system_that_is_left_come_in_with_their_day(feed, catalogue):
    text = "item,patron,due,renewals\nB-1,anna,2026-12-11,3\nB-NONE,anna,2026-12-11,0\n"

    report = feed("loans", text)

    assert report.wrong == [Wrong(3, "there is no copy 'B-NONE'")]
    assert catalogue.item("B-1").loan.due == date(2026, 12, 11)
    renewed = catalogue.renew("B-1", "K-ANNA", posting="r", at_ms=NOW_MS, due=None)
    assert renewed == Refused(Reason.RENEWAL_LIMIT)
    assert [entry.posting for entry in catalogue.log("B-1")] == [None]


def test_a_loan_here_is_not_ended_for_one_on_a_list(feed, catalogue):
    lend(catalogue, "B-1", "K-BO")

    report = feed("loans", "item,patron,due\nB-1,anna,2026-12-11\n")

    assert report.wrong == [Wrong(2, "the copy 'B-1' is out with another")]
    assert catalogue.item("B-1").loan.patron == "bo"


def test_a_later_list_of_loans_brings_their_other_last_days(feed, catalogue):
    for due in ("2026-12-11", "2026-12-18"):
        report = feed("loans", f"item,patron,due\nB-1,anna,{due}\n")

    assert counted(report) == (0, 1, 0, 0)
    assert catalogue.item("B-1").loan.due == date(2026, 12, 18)
    assert [entry.change.value for entry in catalogue.log("B-1")] == ["lent", "renewed"]


def observed(engine, item):
    with engine.connect() as db:
        return [
            (entry.change.value, entry.patron, entry.inferred)
            for entry in observations.log(db, item)
        ]


def test_what_staff_did_in_a_library_system_is_inferred_from_its_lists(engine, feed):
    head = "item,patron,due\n"
    first = head + "B-1,K-ANNA,2026-12-11\nB-2,K-BO,2026-12-11\n"
    second = head + "B-1,K-ANNA,2026-12-31\nB-9,K-BO,2026-12-12\n"
    told = {"whole": True, "observe": feeding.observe}

    feed("loans", first, made_ms=NOW_MS, **told)
    report = feed("loans", second, made_ms=NOW_MS + HOUR_MS, **told)

    assert report.changed == 3
    assert observed(engine, "B-1") == [("lent", "K-ANNA", True), ("renewed", "K-ANNA", True)]
    assert observed(engine, "B-2") == [("lent", "K-BO", True), ("returned", None, True)]
    assert observed(engine, "B-9") == [("lent", "K-BO", True)]
    with engine.connect() as db:
        assert observations.changed(db, 0) == ["B-1", "B-2", "B-9"]


def met(engine, **holders):
    with engine.begin() as db:
        for item, holder in holders.items():
            due = date(2026, 12, 11) if holder else None
            observations.keep(db, item, holder=holder, due=due, seen_ms=NOW_MS - HOUR_MS)


def test_a_list_without_zeros_is_about_the_copies_and_patrons_that_were_met(engine, feed):
    met(engine, **{"0012345": None, "00777": "0042"})
    lines = "item,patron,due\n12345,42,2026-12-11\n777,42,2026-12-11\n"

    report = feed("loans", lines, whole=True, observe=feeding.observe)

    assert report.changed == 1
    assert observed(engine, "0012345") == [("lent", "42", True)]
    assert (observed(engine, "12345"), observed(engine, "00777")) == ([], [])


def test_a_list_that_has_a_number_with_and_without_zeros_has_two_copies(engine, feed):
    met(engine, **{"0012345": None})
    lines = "item,patron,due\n12345,K-BO,2026-12-11\n012345,K-ANNA,2026-12-11\n"

    feed("loans", lines, observe=feeding.observe)

    assert observed(engine, "0012345") == []
    assert observed(engine, "12345") == [("lent", "K-BO", True)]
    assert observed(engine, "012345") == [("lent", "K-ANNA", True)]


def test_copies_and_patrons_that_are_known_with_and_without_zeros_are_two(engine, feed):
    feed("items", "item,title,branch\n0012345,t-novel,VIN\n12345,t-novel,VIN\n")
    feed("patrons", "patron\n42\n0042\n")
    met(engine, **{"0012345": None, "777": "0042"})
    lines = "item,patron,due\n12345,K-BO,2026-12-11\n777,42,2026-12-11\n"

    feed("loans", lines, observe=feeding.observe)

    assert observed(engine, "0012345") == []
    assert observed(engine, "12345") == [("lent", "K-BO", True)]
    assert observed(engine, "777") == [("returned", None, True), ("lent", "42", True)]


def test_half_a_list_of_loans_takes_back_no_book_that_is_out(engine, feed):
    head, lines = "item,patron,due\n", [f"B-{n},K-BO,2026-12-11\n" for n in range(60)]
    told = {"whole": True, "observe": feeding.observe}
    feed("loans", head + "".join(lines), made_ms=NOW_MS, **told)
    half = head + "".join(lines[:30])

    with pytest.raises(ConfigError, match=r"30 of 60 loans are not in it.*--anyway"):
        feed("loans", half, made_ms=NOW_MS + 1, **told)
    assert observed(engine, "B-59") == [("lent", "K-BO", True)]

    assert feed("loans", half, made_ms=NOW_MS + 2, anyway=True, **told).changed == 30
    assert observed(engine, "B-59") == [("lent", "K-BO", True), ("returned", None, True)]


def test_a_copy_that_was_looked_at_since_knows_better_than_a_list(engine, feed):
    with engine.begin() as db:
        observations.keep(db, "B-1", holder=None, due=None, seen_ms=NOW_MS + 1)

    report = feed("loans", "item,patron,due\nB-1,K-BO,2026-12-11\n", observe=feeding.observe)

    assert (report.changed, observed(engine, "B-1")) == (0, [])


def test_a_list_names_who_somebody_was(engine, feed):
    head = "item,patron,due\n"
    told = {"observe": feeding.observe}
    feed("loans", head + "B-1,somebody,2026-12-11\n", **told)

    report = feed("loans", head + "B-1,K-BO,2026-12-11\n", made_ms=NOW_MS + 1, **told)

    assert (report.changed, observed(engine, "B-1")) == (0, [("lent", "K-BO", True)])


def test_how_old_a_list_is_is_kept(engine, feed):
    feed("cards", CARDS + "odd\n", made_ms=NOW_MS - HOUR_MS)

    with engine.connect() as db:
        row = db.execute(select(tables.feed)).one()
    kept = (row.kind, row.made_ms, row.taken_ms, row.lines, row.wrong)
    assert kept == ("cards", NOW_MS - HOUR_MS, NOW_MS, 6, 1)


def ages_of(engine):
    with engine.connect() as db:
        return [(each.kind, each.made_ms) for each in ages.ages(db)]


def test_some_lines_more_make_a_whole_list_no_older_and_no_younger(engine, feed):
    feed("cards", CARDS, whole=True, made_ms=NOW_MS - HOUR_MS)

    feed("cards", "card,patron,state\nK-BO,bo,blocked\n")

    assert ages_of(engine) == [(Kind.CARDS, NOW_MS - HOUR_MS)]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("cards", "card,patron,state\nK-BO,bo,blocked\n"),
        ("patrons", "patron,state\nbo,blocked\n"),
    ],
)
def test_what_a_later_list_blocks_is_not_good_for_having_been_shown_before(
    engine, feed, kind, text
):
    feed("cards", CARDS, whole=True, made_ms=NOW_MS - 3 * HOUR_MS)
    accepted.note(engine, "K-BO", NOW_MS - 2 * HOUR_MS, good=True)
    accepted.note(engine, "K-ANNA", NOW_MS - 2 * HOUR_MS, good=True)

    feed(kind, text, made_ms=NOW_MS - HOUR_MS)

    numbers = region_material(engine).card_numbers
    assert ("K-BO" in numbers, "K-ANNA" in numbers) == (False, True)


def test_what_was_shown_after_a_list_was_made_is_newer_than_the_list(engine, feed):
    feed("cards", CARDS, whole=True, made_ms=NOW_MS - 3 * HOUR_MS)
    accepted.note(engine, "K-BO", NOW_MS - HOUR_MS, good=True)

    feed("cards", "card,patron,state\nK-BO,bo,blocked\n", made_ms=NOW_MS - 2 * HOUR_MS)

    assert "K-BO" in region_material(engine).card_numbers
