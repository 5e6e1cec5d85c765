"""A region's rules come from a file, are kept, and hold for the next loan."""

from datetime import date

import pytest
from sqlalchemy import func, select

from circulation.errors import ConfigError
from circulation.verdicts import Accepted, Reason, Refused
from hub.catalogue import rulebook, tables
from hub.catalogue.log import Write
from hub.catalogue.own import OwnCatalogue
from hub.catalogue.terms import Rule
from tests.hub.catalogue.cast import NOW_MS

WRITE = Write(posting=None, at_ms=NOW_MS)


def written(tmp_path, text):
    file = tmp_path / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return file


def rule(engine, *rules):
    with engine.begin() as db:
        rulebook.keep(db, rules, WRITE)


def lend(engine, item, card="K-ANNA"):
    catalogue = OwnCatalogue(engine)
    return catalogue.checkout(item, card, posting="p", at_ms=NOW_MS, due=None, no_block=False)


def test_rules_of_a_file_hold_for_the_next_loan(engine, tmp_path):
    file = written(tmp_path, '[[rule]]\nitem_kind = "film"\nloan_days = 7\nage = 7\n')

    rule(engine, *rulebook.read(file))

    assert lend(engine, "B-FILM") == Accepted(date(2026, 12, 2))
    assert isinstance(lend(engine, "B-FILM", "K-CHILD"), Accepted), "seven years old"


def test_the_rules_of_a_later_file_take_the_place_of_all_before(engine):
    rule(engine, Rule(item_kind="film", loan_days=7))
    rule(engine, Rule(item_kind="film", loan_days=14))

    with engine.connect() as db:
        assert rulebook.of(db).rules == (Rule(item_kind="film", loan_days=14),)


def test_the_same_rules_again_are_no_change(engine):
    for _ in range(2):
        rule(engine, Rule(loan_days=7))

    event = tables.standing_event.c
    with engine.connect() as db:
        assert db.scalar(select(func.count()).where(event.change == "ruled")) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[rule]]\nloan_day = 7\n", "did you mean `loan_days`"),
        ('[[rule]]\nitem_kind = "flim"\n', "did you mean `film`"),
        ("[[rule]]\nloan_days = 0\n", ">= 1"),
        ('[[rule]]\nbranch = "VIN"\nloans = 3\n', "rule 1: `loans` and `holds` are for the whole"),
        ('[[rule]]\nitem_kind = "film"\nholds = 3\n', "rule 1: `holds` is for titles of every"),
    ],
)
def test_a_rule_that_cannot_hold_is_named_with_what_was_meant(tmp_path, text, said):
    with pytest.raises(ConfigError, match=said):
        rulebook.read(written(tmp_path, text))


def test_a_rule_for_a_library_that_is_not_there_changes_nothing(engine):
    rule(engine, Rule(loan_days=7))

    with pytest.raises(ConfigError, match="rule 2: there is no library 'VIM'; did you mean 'VIN'"):
        rule(engine, Rule(loan_days=14), Rule(branch="VIM", loan_days=1))
    with engine.connect() as db:
        assert rulebook.of(db).rules == (Rule(loan_days=7),)


def test_rules_hold_for_the_library_that_the_copy_belongs_to_and_who_borrows(engine):
    rule(engine, Rule(branch="GRA", loan_days=1), Rule(patron_kind="adult", loan_days=5))

    assert lend(engine, "B-1") == Accepted(date(2026, 11, 30))


def test_how_many_of_a_kind_is_counted_by_kind(engine):
    rule(engine, Rule(item_kind="film", loans=0))

    assert lend(engine, "B-FILM") == Refused(Reason.LOAN_LIMIT)
    assert isinstance(lend(engine, "B-1"), Accepted)


def test_how_often_and_for_whom_a_loan_is_renewed_is_a_rule_too(engine):
    rule(engine, Rule(renewals=0))
    lend(engine, "B-1")
    catalogue = OwnCatalogue(engine)

    refused = catalogue.renew("B-1", "K-ANNA", posting="r", at_ms=NOW_MS + 86_400_000, due=None)

    assert refused == Refused(Reason.RENEWAL_LIMIT)
    assert not catalogue.account("K-ANNA", "VIN", date(2026, 11, 26)).loans[0].renewable
