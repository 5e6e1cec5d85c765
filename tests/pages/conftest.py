"""A real browser for every page: Debian's Chromium, driven by Playwright, judged by axe."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """async () => (await axe.run(document, {iframes: false, runOnly:
  ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}))
  .violations.map(found => found.id + ": " + found.help + " at " +
    found.nodes.map(node => node.html.slice(0, 160)).join(" | "))"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing; `make test` installs it"
    return {**browser_type_launch_args, "executable_path": chromium, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {
        **browser_context_args,
        "viewport": {"width": 1280, "height": 800},
        "locale": "sv-SE",
        "reduced_motion": "reduce",
        "has_touch": True,
    }


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: each test names its own server; the plugin's fixture warns of its own age."""


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """What axe finds wrong with a page, one line for each; A, AA, AAA and best practice."""

    def violations(page: Page) -> list[str]:
        page.evaluate(AXE)
        found = page.evaluate(RUN_AXE)
        return [str(line) for line in found]

    return violations
