"""The facts of the titles, as a librarian keeps them."""

import pytest

from circulation.errors import ConfigError
from provisioning import title_facts

PIPPI = """
[[title]]
id = "ft000001"
source = "known"
kind = "book"
language = "swe"
title = "Romanen om utvandrarna"
part = "Del 1"
part_name = "Utvandrarna"
"""


def test_a_misspelt_fact_is_named_with_what_was_meant(tmp_path):
    path = tmp_path / "titles.toml"
    path.write_text(PIPPI + 'subtitel = "roman"\n')

    with pytest.raises(ConfigError, match=r"`subtitel`; did you mean `subtitle`\?"):
        title_facts.read(path)


@pytest.mark.parametrize(
    ("indexed", "said"), [("Lindgren, Astrid", "Astrid Lindgren"), ("Platon", "Platon")]
)
def test_a_name_is_said_with_the_surname_last(indexed, said):
    assert title_facts.name_as_said(indexed) == said
