"""The example region in the real catalogue: each refusal can be seen as its page promises."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from circulation.verdicts import Accepted, Reason, Refused
from hub.catalogue import importing, region, tables
from hub.catalogue.own import OwnCatalogue
from hub.database import open_database
from provisioning.title_facts import REGION

NOW_MS = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp() * 1000)
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "demo-region.md"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """Return the region's database as it is when nobody has borrowed anything yet."""
    path = tmp_path_factory.mktemp("region") / "hub.db"
    engine = open_database(f"sqlite:///{path}")
    tables.ensure(engine)
    report = importing.import_file(engine, REGION / "titles.mrc")
    assert (report.broken, report.repeated) == ([], {})
    region.load_region(engine, REGION, NOW_MS)
    engine.dispose()
    return path


@pytest.fixture
def catalogue(loaded, tmp_path):
    shutil.copy(loaded, tmp_path / "hub.db")
    engine = open_database(f"sqlite:///{tmp_path / 'hub.db'}")
    yield OwnCatalogue(engine)
    engine.dispose()


def borrow(catalogue, item, card):
    posting = f"{item} {card}"
    return catalogue.checkout(item, card, posting=posting, at_ms=NOW_MS, due=None, no_block=False)


@pytest.mark.parametrize("item", [f"3000000{n}" for n in range(1, 7)])
def test_a_good_card_borrows_what_stands_first_in_vindeln(catalogue, item):
    assert isinstance(borrow(catalogue, item, "20000001"), Accepted)


@pytest.mark.parametrize(
    ("item", "card", "reason"),
    [
        ("30000007", "20000011", Reason.CARD_REFUSED),
        ("30000007", "20000013", Reason.CARD_REFUSED),
        ("30000007", "20000060", Reason.CARD_REFUSED),
        ("30000007", "20000022", Reason.LOAN_LIMIT),
        ("30000013", "20000014", Reason.AGE_LIMIT),
        ("30000011", "20000002", Reason.RESERVED),
        ("30000012", "20000002", Reason.RESERVED),
        ("30000024", "20000002", Reason.RESERVED),
        ("30000014", "20000002", Reason.RESERVED),
        ("30000076", "20000008", Reason.RESERVED),
        ("30000015", "20000002", Reason.NOT_FOR_LOAN),
        ("11223344", "20000002", Reason.ITEM_UNKNOWN),
    ],
)
def test_each_refusal_can_be_seen(catalogue, item, card, reason):
    assert borrow(catalogue, item, card) == Refused(reason)


def test_the_one_for_whom_it_waits_borrows_it_from_the_hold_shelf(catalogue):
    assert isinstance(borrow(catalogue, "30000014", "20000023"), Accepted)


def test_an_overdue_loan_is_not_renewed_and_another_is(catalogue):
    def renew(item):
        return catalogue.renew(item, "20000029", posting=item, at_ms=NOW_MS, due=None)

    assert renew("30000028") == Refused(Reason.RENEWAL_LIMIT)
    assert isinstance(renew("30000026"), Accepted)


def test_the_page_gives_the_right_pin_for_every_card_on_it(catalogue):
    told = re.findall(r"^\| (2\d{7}) \|.*?\b(\d{4}) \|", PAGE.read_text(), re.M)

    assert len(told) >= 20
    for card, pin in told:
        assert catalogue.pin_refused(card, pin, NOW_MS) is None, card
