"""Those who change the catalogue do it one after another, whatever database it is in."""

import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from circulation.verdicts import Reason
from hub.catalogue import pins, rule_editing, rulebook, tables
from hub.catalogue.answering import writing
from hub.catalogue.log import Write
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.staff import StaffDesk
from hub.catalogue.terms import Rule
from tests.hub.catalogue.cast import NOW_MS

ROUNDS = 8
"""Two at once do not meet each time."""


def at_once(*tasks):
    """Return what *tasks* return that begin at the same moment."""
    begin = threading.Barrier(len(tasks))

    def run(task):
        begin.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [each.result() for each in [pool.submit(run, task) for task in tasks]]


def trapped(engine):
    event = tables.standing_event.c
    with engine.connect() as db:
        return len(db.execute(select(event.item).where(event.change == "trapped")).all())


def test_of_two_copies_that_come_back_at_once_one_is_kept_for_who_waits(engine):
    catalogue, staff = OwnCatalogue(engine), StaffDesk(engine)
    for done in range(1, ROUNDS + 1):
        staff.lend("B-1", "K-ANNA", at_ms=NOW_MS)
        staff.lend("B-2", "K-CHILD", at_ms=NOW_MS)
        staff.reserve("t-novel", "bo", "VIN", at_ms=NOW_MS)

        at_once(
            *(
                lambda item=item: catalogue.checkin(item, "VIN", posting=None, at_ms=NOW_MS)
                for item in ("B-1", "B-2")
            )
        )

        assert trapped(engine) == done
        staff.cancel("t-novel", "bo", at_ms=NOW_MS)


def test_a_limit_of_one_loan_is_one_though_two_are_asked_for_at_once(engine):
    catalogue = OwnCatalogue(engine, rules=(Rule(loans=1),))
    for _ in range(ROUNDS):
        at_once(
            *(
                lambda item=item: catalogue.checkout(
                    item, "K-ANNA", posting=None, at_ms=NOW_MS, due=None, no_block=False
                )
                for item in ("B-1", "B-MAP")
            )
        )

        (item,) = catalogue.open_loans("anna").items
        catalogue.checkin(item, "VIN", posting=None, at_ms=NOW_MS)


def test_one_posting_that_comes_twice_at_once_is_answered_twice_and_done_once(engine):
    catalogue = OwnCatalogue(engine)
    for number in range(ROUNDS):
        answers = at_once(
            *[
                lambda number=number: catalogue.checkout(
                    "B-1", "K-BO", posting=f"p{number}", at_ms=NOW_MS, due=None, no_block=False
                )
            ]
            * 2
        )
        assert answers[0] == answers[1]
        catalogue.checkin("B-1", "VIN", posting=None, at_ms=NOW_MS)


def test_of_two_who_keep_rules_at_once_one_is_told_of_the_other(engine):
    def keep(seen, days):
        with writing(engine) as db:
            write = Write(posting=None, at_ms=NOW_MS)
            return rule_editing.keep(db, seen, [Rule(loan_days=days)], write)

    for number in range(ROUNDS):
        with engine.connect() as db:
            seen = rulebook.mark(db)
        days = (2 * number + 1, 2 * number + 2)
        came = at_once(*(lambda days=days, seen=seen: keep(seen, days) for days in days))

        assert sum(each is None for each in came) == 1


def test_a_card_has_no_more_tries_for_being_tried_at_once(engine):
    tries = pins.TRIES_MAX + 3
    came = at_once(
        *[lambda: pins.pin_refused(engine, "K-ANNA", "0000", NOW_MS) for _ in range(tries)]
    )

    assert came.count(Reason.PIN_WRONG) == pins.TRIES_MAX
    assert came.count(Reason.PIN_LOCKED) == tries - pins.TRIES_MAX
