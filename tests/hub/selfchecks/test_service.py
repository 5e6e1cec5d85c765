"""What devices of others ask, over a socket, and what becomes of it."""

import pytest
from msgspec.structs import replace
from sqlalchemy import insert, select, update

from circulation.errors import ConfigError
from circulation.messages import ShelfTitle
from hub import exceptions, fleet
from hub.catalogue import tables
from hub.errors import AnswerLostError, CatalogueUnavailableError
from hub.selfchecks.lane import KEPT_MS
from hub.selfchecks.tables import device_request
from hub.sip2.codec import Message
from tests.hub.catalogue.cast import enter_title, wait_for
from tests.hub.selfchecks.rig import Counter, setting

DUE = "20261224    235959"


@pytest.fixture(params=["gathered", "apart"])
def counter(request, tmp_path):
    """With many requests in one commit, and as it is where the catalogue is elsewhere."""
    counter = Counter(tmp_path, gathered=request.param == "gathered")
    yield counter
    counter.close()


@pytest.fixture
def terminal(counter):
    with counter.terminal() as terminal:
        yield terminal


def checkout(counter, item="B-1", card="K-ANNA", *, seconds=0, policy="N", no_block="N", **more):
    fixed = {"renewal_policy": policy, "no_block": no_block, "date": counter.stamp(seconds)}
    fields = {"AO": "SE-Vin", "AA": card, "AB": item, "AC": ""} | more
    return Message("11", fixed | {"nb_due_date": DUE}, tuple(fields.items()))


def checkin(counter, item="B-1", *, seconds=0, no_block="N"):
    fixed = {"no_block": no_block, "date": counter.stamp(seconds), "return_date": counter.stamp()}
    return Message("09", fixed, (("AP", ""), ("AO", "SE-Vin"), ("AB", item), ("AC", "")))


def renew(counter, item="B-1", card="K-ANNA", *, seconds=0):
    fixed = {"third_party": "N", "no_block": "N", "date": counter.stamp(seconds)}
    return Message(
        "29", fixed | {"nb_due_date": DUE}, (("AO", "SE-Vin"), ("AA", card), ("AB", item))
    )


def patron(counter, card="K-ANNA", *, pin=None, summary=" " * 10):
    fields = (("AO", "SE-Vin"), ("AA", card), *([("AD", pin)] if pin else []))
    return Message("63", {"language": "006", "date": counter.stamp(), "summary": summary}, fields)


def item(counter, number="B-1"):
    return Message("17", {"date": counter.stamp()}, (("AO", "SE-Vin"), ("AB", number)))


def hold(counter, mode="+", number="B-1", card="K-ANNA", pin="1234", **more):
    fields = {"AO": "SE-Vin", "AA": card, "AB": number, "AD": pin} | more
    return Message("15", {"mode": mode, "date": counter.stamp()}, tuple(fields.items()))


# --- loans ---------------------------------------------------------------------------------


def test_a_loan_is_a_question_in_the_ledger_and_a_loan_in_the_catalogue(counter, terminal):
    told = terminal.ask(checkout(counter))

    assert told.yes("ok")
    assert told.get("AH") == DUE
    assert (told.get("AJ"), told.get("AO")) == ("Vägen genom myren", "SE-Vin")
    assert counter.kinds() == ["asked", "settled"]
    assert counter.loan("B-1") == "anna"
    with counter.hub.engine.connect() as db:
        assert exceptions.open_exceptions(db) == []


@pytest.mark.parametrize(
    ("number", "card", "said"),
    [
        ("B-1", "K-BLOCKED", "går inte att låna på det här kortet"),
        ("B-REF", "K-ANNA", "Får inte lånas hem"),
        ("B-NONE", "K-ANNA", "finns inte i katalogen"),
    ],
)
def test_a_refusal_is_told_in_a_sentence(counter, terminal, number, card, said):
    told = terminal.ask(checkout(counter, number, card))

    assert not told.yes("ok")
    assert said in told.get("AF")
    assert counter.kinds() == ["asked", "settled"]
    assert not told.yes("desensitize")


def test_the_same_request_again_is_told_the_same_and_does_nothing(counter):
    asked = checkout(counter)
    with counter.serving() as port:
        with counter.logged_in(port) as first:
            told = first.ask(asked)
        with counter.logged_in(port) as second:
            assert second.ask(asked) == told
    with counter.terminal() as after_a_restart:
        assert after_a_restart.ask(asked) == told
    assert counter.kinds() == ["asked", "settled"]


def test_a_new_date_is_a_new_request_and_no_renewal(counter, terminal):
    first = terminal.ask(checkout(counter))

    again = terminal.ask(checkout(counter, seconds=1, policy="Y"))

    assert again.yes("ok")
    assert again.get("AH") == first.get("AH")
    assert [each.change for each in counter.catalogue.log("B-1")] == ["lent"]


def test_where_the_device_may_a_checkout_of_ones_own_book_renews_it(counter):
    with counter.terminal(renews=True) as terminal:
        terminal.ask(checkout(counter))
        counter.now_ms += 7 * 86_400_000
        terminal.ask(checkout(counter, seconds=1, policy="N"))
        assert [each.change for each in counter.catalogue.log("B-1")] == ["lent"]

        told = terminal.ask(checkout(counter, seconds=2, policy="Y"))

    assert told.yes("ok")
    assert [each.change for each in counter.catalogue.log("B-1")] == ["lent", "renewed"]


def test_what_has_happened_is_never_refused(counter, terminal):
    told = terminal.ask(checkout(counter, "B-REF", "K-BLOCKED", no_block="Y"))

    assert told.yes("ok")
    assert counter.kinds() == ["checkout"]
    assert counter.loan("B-REF") is not None


def test_a_told_day_that_no_rule_gives_is_four_weeks(counter, terminal):
    lent = checkout(counter, no_block="Y")

    told = terminal.ask(replace(lent, fixed={**lent.fixed, "nb_due_date": "99991231    235959"}))

    assert told.get("AH") == "20261223    235959"


def test_a_wrong_pin_lends_nothing(counter, terminal):
    told = terminal.ask(checkout(counter, AD="9999"))

    assert not told.yes("ok")
    assert counter.kinds() == []
    assert terminal.ask(checkout(counter, seconds=1, AD="1234")).yes("ok")


@pytest.mark.parametrize("counter", ["apart"], indirect=True)
def test_a_question_that_a_dead_server_left_is_ended_and_may_be_asked_anew(counter, monkeypatch):
    asked = checkout(counter)

    def dies(*_words):
        raise RuntimeError("the power is cut")

    with counter.serving() as port, counter.logged_in(port) as terminal:
        monkeypatch.setattr("hub.selfchecks.lane.DeviceLane._end", dies)
        with pytest.raises(AnswerLostError):
            terminal.ask(asked)
    monkeypatch.undo()
    assert counter.kinds() == ["asked"]

    with counter.terminal() as again:
        assert counter.kinds() == ["asked", "settled"]
        assert again.ask(asked).yes("ok")

    assert counter.kinds() == ["asked", "settled", "asked", "settled"]
    assert counter.loan("B-1") == "anna"


def test_a_catalogue_that_is_silent_lends_nothing_and_says_so(counter, monkeypatch):
    def silent(*_words, **_more):
        raise CatalogueUnavailableError("the line is cut")

    monkeypatch.setattr(counter.catalogue, "checkout", silent)
    with counter.terminal() as terminal:
        told = terminal.ask(checkout(counter))

    assert not told.yes("ok")
    assert "fick inget svar" in told.get("AF")


# --- returns and renewals --------------------------------------------------------------------


def test_a_return_is_a_fact_and_reaches_the_catalogue(counter, terminal):
    terminal.ask(checkout(counter))

    told = terminal.ask(checkin(counter))

    assert (told.yes("ok"), told.yes("resensitize"), told.yes("alert")) == (True, True, False)
    assert counter.kinds() == ["asked", "settled", "checkin"]
    assert counter.loan("B-1") is None


def test_a_book_that_somebody_waits_for_raises_an_alert(counter, terminal):
    wait_for(counter.hub.engine, "t-novel", "bo")

    told = terminal.ask(checkin(counter))

    assert (told.yes("alert"), told.get("CV")) == (True, "01")


def test_a_sorter_is_told_where_a_book_goes(counter, terminal):
    with counter.hub.engine.begin() as db:
        db.execute(update(tables.item).where(tables.item.c.id == "B-MAP").values(branch="GRA"))
    wait_for(counter.hub.engine, "t-novel", "bo", "GRA")

    waited_for = terminal.ask(checkin(counter))
    home = terminal.ask(checkin(counter, "B-MAP"))
    here = terminal.ask(checkin(counter, "B-FILM"))

    assert [(each.get("CV"), each.get("CT")) for each in (waited_for, home, here)] == [
        ("02", "GRA"),
        ("04", "GRA"),
        (None, None),
    ]
    assert [each.yes("alert") for each in (waited_for, home, here)] == [True, True, False]


def test_an_unknown_book_is_taken_back_and_named_to_a_librarian(counter, terminal):
    told = terminal.ask(checkin(counter, "B-NONE"))
    counter.hub.post()

    assert (told.yes("ok"), told.get("CV")) == (True, "99")
    with counter.hub.engine.connect() as db:
        assert [each.kind for each in exceptions.open_exceptions(db)] == ["unknown_item"]


def test_a_return_told_late_is_dated_when_it_was_made(counter, terminal):
    terminal.ask(checkout(counter))
    counter.now_ms += 86_400_000
    late = checkin(counter, no_block="Y")
    told = Message("09", dict(late.fixed) | {"return_date": counter.stamp(-3600)}, late.fields)

    terminal.ask(told)

    counter.hub.post()
    returned = counter.catalogue.log("B-1")[-1]
    assert returned.change == "returned"
    assert returned.at_ms <= counter.now_ms - 3_600_000 + 1000


def test_a_renewal_and_all_of_them(counter, terminal):
    terminal.ask(checkout(counter, "B-1"))
    terminal.ask(checkout(counter, "B-MAP"))
    counter.now_ms += 7 * 86_400_000

    assert terminal.ask(renew(counter)).yes("ok")
    fields = (("AO", "SE-Vin"), ("AA", "K-ANNA"))
    told = terminal.ask(Message("65", {"date": counter.stamp(5)}, fields))

    assert told.fixed["renewed"] == "0002"
    assert set(told.all("BM")) == {"B-1", "B-MAP"}
    assert not terminal.ask(renew(counter, "B-FILM", seconds=9)).yes("ok")


# --- questions ---------------------------------------------------------------------------------


def test_a_copy_is_told_as_it_is(counter, terminal):
    assert terminal.ask(item(counter)).fixed["circulation_status"] == "03"
    terminal.ask(checkout(counter))
    lent = terminal.ask(item(counter))
    assert (lent.fixed["circulation_status"], lent.get("AH")) == ("04", DUE)
    unknown = terminal.ask(item(counter, "B-NONE"))
    assert (unknown.fixed["circulation_status"], unknown.get("AJ")) == ("01", "")


def test_what_a_patron_has_is_listed_with_a_right_pin_only(counter, terminal):
    terminal.ask(checkout(counter))
    summary = "  Y       "

    silent = terminal.ask(patron(counter, summary=summary))
    wrong = terminal.ask(patron(counter, pin="9999", summary=summary))
    right = terminal.ask(patron(counter, pin="1234", summary=summary))

    assert (silent.fixed["charged_items"], silent.all("AU"), silent.get("CQ")) == ("0001", [], None)
    assert (wrong.all("AU"), wrong.get("CQ")) == ([], "N")
    assert (right.all("AU"), right.get("CQ")) == (["B-1"], "Y")
    assert {silent.get("AE"), right.get("AE")} == {""}


def test_a_device_may_be_trusted_with_lists(counter):
    with counter.terminal(lists_without_pin=True) as terminal:
        terminal.ask(checkout(counter))
        assert terminal.ask(patron(counter, summary="  Y       ")).all("AU") == ["B-1"]


def test_blocked_and_unknown_cards_are_told_alike(counter, terminal):
    blocked = terminal.ask(patron(counter, "K-BLOCKED", pin="1234"))
    unknown = terminal.ask(patron(counter, "K-NOBODY", pin="1234"))

    told = [
        (each.fixed["patron_status"], each.get("BL"), each.get("CQ")) for each in (blocked, unknown)
    ]
    assert told == [("YYYY" + " " * 10, "N", "N")] * 2


def test_a_place_in_the_queue_needs_a_pin_and_is_given_up_again(counter, terminal):
    terminal.ask(checkout(counter, card="K-BO"))
    assert not terminal.ask(hold(counter, pin="9999")).yes("ok")
    assert counter.catalogue.holds("K-ANNA") == []

    made = terminal.ask(hold(counter))

    assert (made.yes("ok"), made.get("BR")) == (True, "1")
    assert [each.title.id for each in counter.catalogue.holds("K-ANNA")] == ["t-novel"]
    assert terminal.ask(hold(counter, "-")).yes("ok")
    assert not terminal.ask(hold(counter, "-")).yes("ok")


# --- the lane ------------------------------------------------------------------------------------


def test_the_desk_knows_the_device_as_a_station(counter, terminal):
    with counter.hub.engine.connect() as db:
        (one,) = fleet.stations(db)

    assert (one.enrolled.id, one.enrolled.branch) == ("sorter-1", "VIN")
    assert (one.state.alive, one.state.kit) == (True, "sip2")


def test_what_was_answered_is_forgotten_after_a_week(counter):
    with counter.terminal() as terminal:
        terminal.ask(checkout(counter))
    counter.now_ms += KEPT_MS + 1000
    with counter.terminal():
        pass

    with counter.hub.engine.connect() as db:
        assert db.execute(select(device_request)).all() == []


def test_a_device_is_not_moved_to_another_branch_by_its_settings(counter):
    with counter.serving():
        pass
    told = setting(counter.folder)
    for branch, what in (("GRA", "another name"), ("NIX", "another name")):
        moved = replace(told, device=[replace(told.device[0], branch=branch)])
        with pytest.raises(ConfigError, match=what), counter.serving(settings=moved):
            pass
    new = replace(told, device=[replace(told.device[0], name="new-1", branch="NIX")])
    with pytest.raises(ConfigError, match="no branch 'NIX'"), counter.serving(settings=new):
        pass


@pytest.mark.parametrize(("place", "ok"), [("GRA ", True), ("", True), ("nowhere", False)])
def test_a_hold_is_fetched_at_a_library_that_there_is(counter, terminal, place, ok):
    assert terminal.ask(hold(counter, BS=place)).yes("ok") is ok
    assert terminal.ask(item(counter)).get("AJ") == "Vägen genom myren", "the line is still there"


def test_a_title_that_a_line_cannot_carry_is_told_as_it_can_be(counter):
    """In the letters of a terminal of the eighties, and without the bar that ends a field."""
    with counter.hub.engine.begin() as db:
        enter_title(db, "t-odd", ShelfTitle(id="t-odd", title="Война | fred"))
        db.execute(update(tables.item).where(tables.item.c.id == "B-1").values(title="t-odd"))
    with counter.serving(encoding="cp850") as port, counter.logged_in(port) as terminal:
        terminal.ask(hold(counter))

        assert terminal.ask(item(counter)).get("AJ") == "?????   fred"
        waits = terminal.ask(patron(counter, pin="1234", summary="     Y    "))
        assert waits.get("CD") == "?????   fred"


def test_a_copy_whose_number_a_line_cannot_carry_keeps_nothing_else_from_being_told(counter):
    """It was entered elsewhere, in letters that this device has not."""
    row = {"id": "B-Ж", "title": "t-novel", "branch": "VIN"}
    with counter.hub.engine.begin() as db:
        db.execute(insert(tables.item).values(row))
    for number in ("B-Ж", "B-MAP"):
        counter.hub.staff.lend(number, "K-ANNA", at_ms=counter.now_ms)
    with counter.serving(encoding="cp850") as port, counter.logged_in(port) as terminal:
        told = terminal.ask(patron(counter, pin="1234", summary="  Y       "))

    assert told.all("AU") == ["B-MAP", "B-?"]
