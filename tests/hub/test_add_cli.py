"""`python -m hub add`: one patron, card or copy by one command; what is wrong changes nothing."""

import os
import pty
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
    ran = said(folder, "add", "patron", "--birth-year", "1980", typed="K-NEW\nÅsa\n1357\n")

    assert ran.returncode == 0, ran.stderr
    for secret in ("K-NEW", "Åsa", "1357"):
        assert secret not in ran.stdout + ran.stderr
    catalogue = OwnCatalogue(engine)
    assert refusal(catalogue, "K-NEW") is None
    assert catalogue.pin_refused("K-NEW", "1357", NOW_MS) is None
    assert catalogue.pin_refused("K-NEW", "1358", NOW_MS) is not None
    with engine.connect() as db:
        (row,) = db.execute(select(tables.patron).where(tables.patron.c.name == "Åsa")).all()
    assert (row.birth_year, row.kind, row.language) == (1980, "adult", "sv")


@pytest.mark.parametrize(
    ("typed", "words", "why"),
    [
        ("K-NEW\nÅ\0sa\n\n", (), "`Name, for staff` has a sign that no database holds"),
        ("K-NEW\n\n\n", ("--municipality", "\udcff"), "`municipality` has a sign"),
        ("{card}\n\n\n", (), "there is a card with that number already"),
        ("1|2\n\n\n", (), "that is no card's number"),
        ("K-NEW\n\n135\n", (), "a PIN has four digits"),
        ("K-NEW\n\n\n", ("--kind", "Vuxen!"), "matching regex"),
    ],
)
def test_what_is_wrong_is_named_and_nobody_is_added(folder, engine, typed, words, why):
    with engine.connect() as db:
        before = db.execute(select(tables.patron)).all()
        card = db.scalar(select(tables.loan_card.c.number))

    ran = said(folder, "add", "patron", *words, typed=typed.format(card=card))

    assert (ran.returncode, ran.stdout) == (78, "")
    assert why in ran.stderr
    assert card not in ran.stderr
    with engine.connect() as db:
        assert db.execute(select(tables.patron)).all() == before
        assert refusal(OwnCatalogue(engine), "K-NEW") is not None


def test_a_line_too_few_adds_nobody(folder, engine):
    ran = said(folder, "add", "patron", typed="K-NEW\n")

    assert ran.returncode != 0
    assert refusal(OwnCatalogue(engine), "K-NEW") is not None


def test_a_lost_card_is_replaced(folder, engine):
    catalogue = OwnCatalogue(engine)
    said(folder, "add", "patron", typed="K-OLD\n\n1357\n")
    patron = catalogue.standing("K-OLD", "VIN", TODAY).patron

    assert said(folder, "add", "card", typed="K-OLD\nK-NEW\n").returncode == 0

    assert refusal(catalogue, "K-OLD") is not None
    assert refusal(catalogue, "K-NEW") is None
    assert catalogue.standing("K-NEW", "VIN", TODAY).patron == patron
    for lost, why in (("K-NOBODY", "the card to replace is not known"), ("K\0", "has a sign")):
        ran = said(folder, "add", "card", typed=f"{lost}\nK-3\n")
        assert ran.returncode == 78
        assert why in ran.stderr


def test_a_copy_is_lent_at_once_and_a_wrong_one_is_named(folder, engine):
    told = ("add", "item", "B-NEW", "--title", "t-novel")

    assert said(folder, *told, "--branch", "NOWHERE").returncode == 78
    assert "`branch` has a sign" in said(folder, *told, "--branch", "\udcff").stderr
    assert OwnCatalogue(engine).item("B-NEW") is None
    assert said(folder, *told, "--branch", "VAN").returncode == 0
    assert OwnCatalogue(engine).item("B-NEW").loan is None
    again = said(folder, *told, "--branch", "VAN")
    assert again.stderr == "hub: there is a copy with that number already\n"


def test_at_a_terminal_a_pin_is_asked_for_twice_and_not_shown(folder, engine):
    config = folder / "hub.toml"
    config.write_text(SETTINGS, encoding="utf-8")
    ours, theirs = pty.openpty()
    ran = subprocess.Popen(
        [sys.executable, "-m", "hub", "--config", config, "add", "patron"],
        cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        shown = "".join(
            typed(ours, asked, line)
            for asked, line in (
                ("number: ", "K-NEW"),
                ("staff: ", "Bo"),
                ("nothing: ", "1357"),
                ("confirmation: ", "1357"),
                ("now.", ""),
            )
        )
        assert ran.wait(30) == 0
    finally:
        ran.kill()
        ran.wait()
        os.close(ours)
    assert "1357" not in shown
    assert OwnCatalogue(engine).pin_refused("K-NEW", "1357", NOW_MS) is None


def typed(terminal, asked, line):
    """Type *line* when *asked* stands at the *terminal*; return what stood there."""
    seen = ""
    while asked not in seen:
        seen += os.read(terminal, 1024).decode()
    if line:
        os.write(terminal, f"{line}\n".encode())
    return seen
