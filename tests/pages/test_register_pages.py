"""The desk's register in a real browser: with keys alone, on small screens, for all."""

import re

import pytest
from playwright.sync_api import expect

from tests.hub.catalogue.cast import wait_for
from tests.pages.test_public_pages import problems, region, rig, sign_in_at_desk, site

__all__ = ["region", "rig", "site"]


@pytest.fixture
def desk(page, site):
    sign_in_at_desk(page, site)
    return page


def test_a_patron_is_entered_and_helped_with_keys_alone(desk, axe, rig):
    desk.get_by_role("link", name="Låntagare").press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Låntagare")
    desk.get_by_role("link", name="För in en ny låntagare").press("Enter")
    desk.get_by_label("Lånekortets nummer").fill("K-ANNA")
    desk.keyboard.press("Tab")
    desk.keyboard.type("Åsa Öberg")
    desk.keyboard.press("Tab")
    desk.keyboard.type("1980")
    desk.get_by_label("PIN-kod", exact=True).fill("1357")
    desk.get_by_label("PIN-koden en gång till").fill("1357")
    assert problems(desk, axe) == []

    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert")).to_contain_text("Kortnumret är redan någons.")
    expect(desk.get_by_label("Namn")).to_have_value("Åsa Öberg")
    assert desk.get_by_label("Lånekortets nummer").get_attribute("aria-invalid") == "true"
    assert problems(desk, axe) == []

    desk.get_by_label("Lånekortets nummer").fill("K-ASA")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("Låntagaren är införd")
    assert problems(desk, axe) == []

    desk.get_by_role("button", name=re.compile("spärra kortet.*K-ASA")).press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("Kortet är spärrat.")
    desk.get_by_role("button", name="Spärra låntagaren").press("Enter")
    expect(desk.get_by_text("maja · ").first).to_be_visible()
    assert problems(desk, axe) == []
    assert "K-ASA" not in desk.url + desk.title()
    assert "Öberg" not in desk.url + desk.title()


def test_a_patron_is_found_by_a_name_opened_and_changed_by_all(desk, axe, rig):
    wait_for(rig.engine, "t-map", "bo")
    desk.get_by_role("link", name="Låntagare").press("Enter")
    desk.get_by_label("Kortets nummer, eller ord ur namnet").fill("exempel")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("4 låntagare.")
    assert problems(desk, axe) == []

    desk.get_by_role("button", name=re.compile("Öppna.*Bo Exempel")).press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Bo Exempel")
    expect(desk.get_by_role("main")).not_to_contain_text("Atlas")
    assert "exempel" not in desk.url.lower()
    assert problems(desk, axe) == []

    desk.get_by_role("button", name="Ändra uppgifterna").press("Enter")
    expect(desk.get_by_label("Som förut")).to_be_checked()
    desk.get_by_label("Namn").fill("Bo Öberg")
    desk.get_by_label("Födelseår").fill("19")
    assert problems(desk, axe) == []
    desk.get_by_label("Namn").press("Enter")
    expect(desk.get_by_role("alert")).to_contain_text("Skriv födelseåret")
    assert problems(desk, axe) == []
    desk.get_by_label("Födelseår").fill("1975")
    desk.get_by_label("Födelseår").press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Bo Öberg")
    expect(desk.get_by_role("status")).to_contain_text("Uppgifterna är sparade.")


def test_a_copy_is_entered_with_keys_alone(desk, axe):
    desk.get_by_role("link", name="Exemplar").press("Enter")
    desk.get_by_label("Titel, författare, ämne eller kontrollnummer").fill("myren")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("En titel.")
    assert problems(desk, axe) == []

    desk.get_by_role("button", name=re.compile("Öppna.*Vägen genom myren")).press("Enter")
    desk.get_by_label("Exemplarets nummer").fill("B-1")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert")).to_contain_text("Det finns redan ett exemplar")
    assert problems(desk, axe) == []

    desk.get_by_label("Exemplarets nummer").fill("B-NEW")
    desk.get_by_label("Bibliotek").press("ArrowDown")
    desk.get_by_label("Hylla").press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("Exemplaret B-NEW är infört")
    assert problems(desk, axe) == []

    desk.get_by_role("button", name=re.compile("Ta bort.*B-NEW")).press("Enter")
    expect(desk.get_by_role("heading", name="Ta bort exemplaret B-NEW?")).to_be_visible()
    assert problems(desk, axe) == []
    desk.get_by_role("button", name="Ta bort exemplaret").press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("Exemplaret B-NEW är borttaget.")
    assert problems(desk, axe) == []


def test_a_rule_is_tried_and_kept_with_keys_alone(desk, axe):
    desk.get_by_role("link", name="Låneregler").press("Enter")
    desk.get_by_label("Vad som lånas").select_option("film")
    desk.get_by_role("button", name="Visa vad som gäller").press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("15 år")
    assert problems(desk, axe) == []

    desk.get_by_role("link", name="En ny regel").press("Enter")
    desk.get_by_label("Vad som lånas").select_option("film")
    desk.get_by_label("Lånetid, dagar").fill("sju")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert")).to_contain_text("Skriv ett heltal")
    assert problems(desk, axe) == []

    desk.get_by_label("Lånetid, dagar").fill("7")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("Lånetid: 7 dagar (nu 28 dagar)")
    expect(desk.get_by_role("status")).to_contain_text("Inget är ändrat än.")
    assert problems(desk, axe) == []

    desk.get_by_role("button", name="Låt regeln gälla").press("Enter")
    expect(desk.get_by_role("status")).to_contain_text("Regeln gäller nu.")
    desk.get_by_role("link", name="Ändra regel 1").press("Enter")
    desk.get_by_role("button", name="Ta bort regeln").press("Enter")
    expect(desk.get_by_text("Regionen har inga egna regler än.")).to_be_visible()
    assert problems(desk, axe) == []
