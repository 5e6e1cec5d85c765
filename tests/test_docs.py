"""The documentation's own promises: every page is listed, and every link leads somewhere."""

import re
from pathlib import Path

import pytest

TREE = Path(__file__).parents[1]
DOCS = TREE / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")


def links(page):
    """Return the files that *page* links, without those of other hosts."""
    named = LINK.findall(page.read_text(encoding="utf-8"))
    return {(page.parent / each).resolve() for each in named if "://" not in each}


@pytest.mark.parametrize("page", [TREE / "README.md", *PAGES], ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page):
    assert [link for link in links(page) if not link.exists()] == []


@pytest.mark.parametrize("folder", ["", "decisions"])
def test_the_index_lists_every_page(folder):
    index = DOCS / folder / "README.md"
    apart = {DOCS / "decisions", DOCS / "kits"} - {DOCS / folder}
    pages = [page for page in PAGES if page.is_relative_to(DOCS / folder) and page != index]
    beneath = [page for page in pages if not any(page.is_relative_to(each) for each in apart)]

    assert len(beneath) > 3
    assert [page for page in beneath if page.resolve() not in links(index)] == []


def test_every_promise_names_tests_that_are_there():
    page = (DOCS / "reference" / "promises.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", page)
    rows = [line for line in page.splitlines() if line.startswith("| ") and "---" not in line]

    assert len(named) > 40
    assert [row for row in rows if "`tests/" not in row and row != "| promise | test |"] == []
    missing = [
        f"{file}::{name}"
        for file, name in named
        if f"\ndef {name}(" not in (TREE / file).read_text(encoding="utf-8")
    ]
    assert missing == []
