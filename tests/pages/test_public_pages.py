"""Every page of the public site and the desk, in a real browser."""

import logging
import re
import threading

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from circulation import proof
from hub import calls
from hub.portal.pages import Proven
from tests.hub.catalogue.cast import NOW_MS, wait_for
from tests.hub.desk.listed import LENT_OVER_HOLD, station
from tests.hub.web.rig import PASSWORD, make_rig

SIZES = {"1280x800": (1280, 800), "800x480": (800, 480), "320": (320, 640)}
CODE = proof.code(proof.Proof(3, 1, 7))
OPEN_PAGES = {
    "start": "/",
    "search": "/search?q=n",
    "nothing found": "/search?q=xyzzy",
    "title": "/title/t-novel",
    "branches": "/branches",
    "sign in": "/sign-in",
    "proof": "/proof",
    "proof arrived": f"/proof/{CODE}",
    "proof mistyped": "/proof/AAAA",
    "no such page": "/nothing",
    "desk sign in": "/desk/sign-in",
}


@pytest.fixture(scope="module")
def rig(tmp_path_factory):
    rig = make_rig(tmp_path_factory.mktemp("site"), sign_in_limit="1000 per minute")
    told = {"at_ms": NOW_MS, "due": None, "no_block": False}
    rig.catalogue.checkout("B-1", "K-ANNA", posting="p1", **told)
    rig.catalogue.checkout("B-FILM", "K-ANNA", posting="p2", **told | {"at_ms": 1_790_000_000_000})
    wait_for(rig.engine, "t-map", "anna")
    rig.arrived[3, 1, 7] = Proven(NOW_MS, returned=True)
    yield rig
    rig.engine.dispose()


@pytest.fixture(scope="module")
def site(rig):
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, rig.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="site")
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture(autouse=True)
def region(rig):
    """Eight stations' worth of trouble on the desk, anew for each test."""
    rig.source.listed = [
        station("vindeln-1", owed=3),
        station("umea-1", municipality="Umeå", faults=["R2"]),
        station("vannas-1", municipality="Vännäs", alive=False, seen_ms=None),
    ]
    rig.source.exceptions = [LENT_OVER_HOLD]


def sign_in(page, site):
    page.goto(f"{site}/sign-in")
    page.get_by_label("Lånekortets nummer").fill("K-ANNA")
    page.get_by_label("PIN-kod").fill("1234")
    page.get_by_role("button", name="Logga in").click()


def sign_in_at_desk(page, site):
    page.goto(f"{site}/desk/")
    page.get_by_label("Konto").fill("maja")
    page.get_by_label("Lösenord").fill(PASSWORD)
    page.get_by_role("button", name="Logga in").click()
    page.wait_for_url("**/desk/")


def problems(page, axe):
    """What is wrong with the page as it stands, in each size."""
    found = []
    for name, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{name}: {line}" for line in axe(page)]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{name}: {wide} px wide")
    return found


@pytest.mark.parametrize("path", OPEN_PAGES.values(), ids=OPEN_PAGES.keys())
def test_every_open_page_can_be_used_by_all(page, site, axe, path):
    page.goto(site + path)

    assert problems(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_my_loans_can_be_used_by_all(page, site, axe, scheme):
    page.emulate_media(color_scheme=scheme)
    sign_in(page, site)

    expect(page.get_by_role("heading", level=1)).to_have_text("Mina lån")
    assert problems(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_can_be_used_by_all(page, site, axe, scheme):
    page.emulate_media(color_scheme=scheme)
    sign_in_at_desk(page, site)
    expect(page.get_by_role("row", name=re.compile("vannas-1"))).to_contain_text("Svarar inte")
    assert problems(page, axe) == []

    page.get_by_role("button", name="Öppna").click()
    expect(page.get_by_text("Vägen genom myren")).to_be_visible()
    assert problems(page, axe) == []


def test_the_whole_table_of_the_desk_is_seen_on_the_smallest_screen_that_counts(page, rig, site):
    names = ["robertsfors-1", "nordmaling-1"]
    rig.source.listed = [
        station(name, municipality=name[:-2].title(), branch="ROB", faults=["S1"]) for name in names
    ]
    sign_in_at_desk(page, site)
    page.set_viewport_size({"width": 800, "height": 480})

    assert (
        page.evaluate("""() => [...document.querySelectorAll(".wide")]
        .filter(it => it.scrollWidth > it.clientWidth).length""")
        == 0
    )


def test_branches_unfold_their_hours(page, site, axe):
    page.goto(f"{site}/branches")
    for summary in page.locator("summary").all():
        summary.click()

    expect(page.get_by_text("med personal").first).to_be_visible()
    assert problems(page, axe) == []


def test_a_reader_gets_from_the_first_page_to_a_shelf(page, site):
    page.goto(site)
    page.get_by_label("Titel, författare eller ämne").fill("myren")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Vägen genom myren").click()

    expect(page.get_by_role("main")).to_contain_text("Hylla Hc")


def test_the_first_tab_skips_to_the_content(page, site):
    page.goto(site)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "content"


def test_a_page_says_nothing_in_the_console(page, site):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(site)
    sign_in_at_desk(page, site)

    assert said == []


def test_the_desk_renews_itself_and_tells_what_has_changed(page, rig, site):
    page.clock.install()
    sign_in_at_desk(page, site)
    rig.source.listed = [station("vindeln-1"), station("umea-9")]

    page.clock.run_for(5_000)

    expect(page.get_by_role("row", name=re.compile("umea-9"))).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Alla 2 stationer svarar.")


def test_the_desk_says_when_it_no_longer_hears_the_hub(page, site):
    page.clock.install()
    sign_in_at_desk(page, site)
    page.route("**/desk/live", lambda route: route.abort())

    page.clock.run_for(5_000)

    expect(page.get_by_role("status")).to_contain_text("kan vara gammalt")


def test_a_title_is_reserved_and_cancelled_with_the_keyboard_alone(page, site, axe):
    sign_in(page, site)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mina lån")
    page.goto(f"{site}/title/t-map")
    assert problems(page, axe) == []

    page.get_by_label("Var vill du hämta?").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Reservera").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Reserverad.")
    assert problems(page, axe) == []

    page.get_by_role("button", name=re.compile("Ta bort .*Atlas över ån")).press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Reservationen är borttagen.")


def test_the_menus_form_can_be_used_by_all(page, site, axe):
    sign_in_at_desk(page, site)
    page.get_by_role("link", name="Det som hörs vid stationerna").click()
    assert problems(page, axe) == []

    page.get_by_label("Namn på svenska").first.fill("")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("alert")).to_contain_text("Inget är sparat än.")
    assert problems(page, axe) == []


def test_what_is_reserved_is_fetched_by_all_and_with_keys_alone(page, site, axe, rig):
    wait_for(rig.engine, "t-map", "anna")
    sign_in_at_desk(page, site)
    page.get_by_role("link", name="Hämta, skicka och lägga undan").press("Enter")
    expect(page.get_by_role("button", name=re.compile("Hämtad.*Atlas över ån"))).to_be_visible()
    assert problems(page, axe) == []

    page.get_by_label("Kortets nummer").fill("K-NOBODY")
    page.get_by_role("button", name="Spärra kortet").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Inget ändrades")
    assert problems(page, axe) == []


def test_ones_list_can_be_used_by_all_and_with_keys_alone(page, site, axe):
    sign_in(page, site)
    page.goto(f"{site}/title/t-novel")
    page.get_by_role("button", name="Lägg på min lista").press("Enter")

    expect(page.get_by_role("link", name="Vägen genom myren")).to_be_visible()
    assert problems(page, axe) == []

    page.get_by_role("button", name="Ta bort från min lista").press("Enter")
    expect(page.get_by_text("Det står inget på listan ännu.")).to_be_visible()


def test_how_a_word_is_said_is_a_form_that_can_be_used_by_all(page, site, axe):
    sign_in_at_desk(page, site)
    page.get_by_role("link", name="Så sägs det").click()
    page.get_by_label("Så står det").fill("Jo Nesbø")
    page.get_by_label("Så ska det låta").fill("[[x]]")
    page.get_by_role("button", name="Spara").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Inget är sparat än.")
    assert problems(page, axe) == []

    page.get_by_label("Så ska det låta").fill("Jo Nesbö")
    page.get_by_role("button", name="Spara").press("Enter")
    expect(page.get_by_text("Jo Nesbö · alla språk")).to_be_visible()
    assert problems(page, axe) == []


def test_who_calls_for_help_is_seen_and_answered_by_all(page, site, axe, rig):
    with rig.engine.begin() as db:
        calls.make(db, "umea-1", NOW_MS)
    sign_in_at_desk(page, site)
    expect(
        page.get_by_text("Någon vid umea-1 (Umeå, Vindelns bibliotek) vill ha hjälp")
    ).to_be_visible()
    assert problems(page, axe) == []

    page.get_by_role("button", name="Jag går till umea-1").press("Enter")
    expect(page.get_by_text("vill ha hjälp")).to_have_count(0)
