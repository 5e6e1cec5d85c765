"""`python -m hub add`: one patron, card or copy by one command; what is wrong changes nothing."""

import subprocess
import sys

import pytest
from sqlalchemy import select

from hub.catalogue import tables
from hub.catalogue.own import OwnCatalogue
from hub.database import open_database
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.contract import TODAY
from tests.hub.test_cli import ROOT, SETTINGS, said
from tests.hub.test_feed_cli import folder

__all__ = ["folder"]


@pytest.fixture
def engine(folder):
    engine = open_database(f"sqlite:///{folder / 'hub.sqlite'}")
    yield engine
    engine.dispose()


def refusal(catalogue, card):
    return catalogue.standing(card, "VIN", TODAY).refused


def test_a_patron_borrows_with_the_card_and_pin_that_were_given(folder, engine):
    words = ("add", "patron", "--card", "K-NEW", "--name", "Åsa", "--pin", "1357")
    ran = said(folder, *words)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "K-NEW" not in ran.stdout
    catalogue = OwnCatalogue(engine)
    assert refusal(catalogue, "K-NEW") is None
    assert catalogue.pin_refused("K-NEW", "1357", NOW_MS) is None
    assert catalogue.pin_refused("K-NEW", "1358", NOW_MS) is not None


def test_a_card_that_is_there_changes_nothing(folder, engine):
    with engine.connect() as db:
        before = db.execute(select(tables.patron)).all()
        card = db.scalar(select(tables.loan_card.c.number))

    ran = said(folder, "add", "patron", "--card", card, "--pin", "1357")

    assert (ran.returncode, ran.stdout) == (78, "")
    assert ran.stderr == "hub: there is a card with that number already\n"
    with engine.connect() as db:
        assert db.execute(select(tables.patron)).all() == before


@pytest.mark.parametrize("card", ["", "9" * 101])
def test_nobody_is_entered_with_a_number_that_is_none(folder, engine, card):
    ran = said(folder, "add", "patron", "--card", card, "--pin", "1357")

    assert (ran.returncode, ran.stdout) == (78, "")
    assert ran.stderr.startswith("hub: that is no card's number: Expected `str` of length")
    with engine.connect() as db:
        assert db.scalar(select(tables.patron.c.id).where(tables.patron.c.id.like("p-%"))) is None


def test_a_lost_card_is_replaced(folder, engine):
    catalogue = OwnCatalogue(engine)
    said(folder, "add", "patron", "--card", "K-OLD", "--pin", "1357")
    patron = catalogue.standing("K-OLD", "VIN", TODAY).patron

    assert said(folder, "add", "card", "K-NEW", "--instead-of", "K-OLD").returncode == 0

    assert refusal(catalogue, "K-OLD") is not None
    assert refusal(catalogue, "K-NEW") is None
    assert catalogue.standing("K-NEW", "VIN", TODAY).patron == patron
    ran = said(folder, "add", "card", "K-3", "--instead-of", "K-NOBODY")
    assert (ran.returncode, ran.stderr) == (78, "hub: the card to replace is not known\n")


def test_a_copy_is_lent_at_once_and_a_wrong_one_is_named(folder, engine):
    told = ("add", "item", "B-NEW", "--title", "t-novel")

    assert said(folder, *told, "--branch", "NOWHERE").returncode == 78
    assert OwnCatalogue(engine).item("B-NEW") is None
    assert said(folder, *told, "--branch", "VAN").returncode == 0
    assert OwnCatalogue(engine).item("B-NEW").loan is None
    again = said(folder, *told, "--branch", "VAN")
    assert again.stderr == "hub: there is a copy 'B-NEW' already\n"


def test_a_kind_that_cannot_be_is_named_and_nobody_is_added(folder, engine):
    ran = said(folder, "add", "patron", "--card", "K-NEW", "--kind", "Vuxen!", "--pin", "1357")

    assert ran.returncode == 78
    assert refusal(OwnCatalogue(engine), "K-NEW") is not None
    with engine.connect() as db:
        assert db.scalar(select(tables.patron.c.id).where(tables.patron.c.id.like("p-%"))) is None


def test_a_pin_is_asked_for_twice_and_not_shown(folder):
    config = folder / "hub.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "hub", "--config", config, "add", "patron", "--card", "K-NEW"],
        cwd=ROOT, input="1357\n1357\n", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ran.returncode == 0
    assert "1357" not in ran.stdout
