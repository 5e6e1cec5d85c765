"""`python -m hub rules`: what holds is shown, and set from a file."""

import pytest

from hub.app import upgrade
from hub.catalogue.region import load_region
from hub.database import open_database
from tests.hub.catalogue.cast import NOW_MS
from tests.hub.catalogue.test_region import REGION
from tests.hub.test_cli import said, told


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a hub with one library, VAN."""
    url = f"sqlite:///{tmp_path / 'hub.sqlite'}"
    upgrade(url)
    (tmp_path / "region.toml").write_text(REGION, encoding="utf-8")
    engine = open_database(url)
    load_region(engine, tmp_path, NOW_MS)
    engine.dispose()
    return tmp_path


def test_rules_are_tried_set_shown_and_explained(folder):
    file = folder / "rules.toml"
    file.write_text('[[rule]]\nitem_kind = "film"\nloan_days = 7\n', encoding="utf-8")

    tried = said(folder, "rules", "load", str(file), "--dry-run").stdout
    before = told(folder, "rules", "show")
    said(folder, "rules", "load", str(file))

    assert tried == "1 rules hold not yet: this was a dry run.\n"
    assert before == []
    assert told(folder, "rules", "show") == [{"item_kind": "film", "loan_days": 7}]
    shown = said(folder, "rules", "show").stdout.splitlines()
    assert shown[1:] == ["item_kind=film: age=15 (built in)", "item_kind=film: loan_days=7"]
    terms = said(folder, "rules", "terms", "--item-kind", "film", "--branch", "VAN").stdout
    assert "loan_days = 7\n" in terms


def test_a_rule_for_a_library_that_is_not_there_is_one_sentence(folder):
    file = folder / "rules.toml"
    file.write_text('[[rule]]\nbranch = "VAM"\nage = 7\n', encoding="utf-8")

    ran = said(folder, "rules", "load", str(file))

    assert ran.returncode == 78
    assert ran.stderr == "hub: rule 1: there is no library 'VAM'; did you mean 'VAN'?\n"


def test_terms_are_said_of_nothing_that_is_not_there(folder):
    library = said(folder, "rules", "terms", "--branch", "VAM")
    kind = said(folder, "rules", "terms", "--item-kind", "flim")

    assert (library.returncode, library.stdout) == (78, "")
    assert library.stderr == "hub: there is no library 'VAM'\n"
    assert (kind.returncode, kind.stdout) == (2, "")
    assert "'flim' is not one of 'book'" in kind.stderr
