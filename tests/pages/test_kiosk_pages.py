"""Every screen of a station in a real browser: axe without violations, nothing out of view."""

import pytest
from playwright.sync_api import Page, expect

from circulation.verdicts import Reason
from station.events import BookPlaced, CardAnswered, FaultChanged, HeadphonesChanged, Pointed
from station.kiosk.page import create_app
from station.kiosk.serving import KioskServer
from tests.station.kiosk.rehearsed import RehearsedStation
from tests.station.rehearsal import CARD, EMMA, WORLD, book

SIZES = ((1280, 800, 5.9), (800, 480, 5.19))
"""Pixels wide and high, and pixels in a millimetre."""


class Served(RehearsedStation):
    """A station whose pages a browser can open."""

    def __enter__(self):
        self._server = KioskServer(create_app(self, self))
        self._server.start()
        self.url = f"http://127.0.0.1:{self._server.port}"
        return self

    def __exit__(self, *_):
        self.stop_changes()
        self._server.stop()

    def anew(self, px_per_mm: float) -> None:
        """Begin at idle with nothing on the readers."""
        self.px_per_mm = px_per_mm
        self.on_readers = {"card": [], "pad": [], "finger": []}
        self.set(line_up=True, staffed=True, pin_to_borrow=False, mono_ms=WORLD.mono_ms)
        self.happens(HeadphonesChanged(plugged=False), FaultChanged(codes=()))
        self.session = type(self.session)(last_ms=self.world.mono_ms)


@pytest.fixture(scope="module")
def station():
    with Served() as served:
        yield served


def _books(station):
    station.place("card", "Vera")
    for name in ("Bröderna Lejonhjärta", "Ronja", "Nätter"):
        station.place("pad", name)


def _lent(station):
    station.place("card", "Vera")
    station.place("pad", "Ronja")
    station.press("done")


def _returned(station):
    station.place("pad", "Ronja")
    station.place("pad", "Bröderna Lejonhjärta")


def _pin(station):
    station.place("card", "Vera")
    station.press("account")
    station.key("4")
    station.key("8")


def _account(station):
    _pin(station)
    station.key("2")
    station.key("1")


def _renewed(station):
    _account(station)
    station.press("renew", "renew_all")


def _checking(station):
    station.session = type(station.session)(state="checking", last_ms=station.world.mono_ms)
    station.happens()


def _offline(station):
    station.line(up=False)
    station.place("card", "Vera")


def _refused(station):
    _checking(station)
    station.session = type(station.session)(
        state="checking", question=1, card=CARD.card, last_ms=station.world.mono_ms
    )
    station.happens(CardAnswered(ask=1, refused=Reason.CARD_REFUSED, holds_ready=0))


def _unstaffed_fault(station):
    station.set(staffed=False)
    station.happens(FaultChanged(codes=("R2",)))


STATES = {
    "idle": lambda station: None,
    "idle line down": lambda station: station.line(up=False),
    "help": lambda station: station.press("help"),
    "help unstaffed": lambda station: (station.set(staffed=False), station.press("help")),
    "checking": _checking,
    "pin": _pin,
    "menu": lambda station: station.place("card", "Vera"),
    "borrow": lambda station: (station.place("card", "Vera"), station.press("borrow")),
    "loans": _books,
    "receipt": _lent,
    "return": _returned,
    "renew": _renewed,
    "account": _account,
    "listening": lambda station: station.happens(Pointed(book=EMMA)),
    "offline": _offline,
    "timeout": lambda station: (station.place("card", "Vera"), station.wait(45)),
    "carderror": _refused,
    "fault": lambda station: station.happens(FaultChanged(codes=("R2",))),
    "fault unstaffed": _unstaffed_fault,
    "bye": lambda station: (station.place("card", "Vera"), station.press("finish")),
}

OVERFLOW = """() => [document.documentElement, document.querySelector("main"),
  ...document.querySelectorAll("button, .tools, header, footer")]
  .filter(it => it.scrollWidth > it.clientWidth + 1 || it.scrollHeight > it.clientHeight + 1)
  .map(it => it.outerHTML.slice(0, 100))"""
OUTSIDE = """() => [...document.querySelectorAll("button, h1, li, p:not(.unseen), .proof")]
  .filter(it => { const box = it.getBoundingClientRect();
    return box.bottom > innerHeight + 1 || box.right > innerWidth + 1 || box.top < -1; })
  .map(it => it.outerHTML.slice(0, 100))"""
COVERED = """() => { const foot = document.querySelector("footer").getBoundingClientRect();
  return [...document.querySelectorAll("main p:not(.unseen), main li, main button, .proof")]
  .filter(it => it.getBoundingClientRect().bottom > foot.top + 1)
  .map(it => it.outerHTML.slice(0, 100)) }"""


@pytest.mark.parametrize("state", STATES)
def test_every_screen_can_be_seen_whole_and_used_by_everyone(state, station, page: Page, axe):
    for width, height, px_per_mm in SIZES:
        station.anew(px_per_mm)
        STATES[state](station)
        page.set_viewport_size({"width": width, "height": height})
        page.goto(station.url)
        expect(page.locator("h1")).to_have_text(station.shown.heading)
        assert axe(page) == []
        assert page.evaluate(OVERFLOW) == []
        assert page.evaluate(OUTSIDE) == []
        assert page.evaluate(COVERED) == []


@pytest.mark.parametrize("theme", ["dark", "contrast"])
def test_the_other_themes_can_be_read_as_well(theme, station, page: Page, axe):
    station.anew(5.9)
    _books(station)
    while station.shown.theme != theme:
        station.press("contrast")
    page.goto(station.url)
    assert axe(page) == []


def test_large_text_still_fits_where_a_visitor_begins(station, page: Page, axe):
    station.anew(5.9)
    station.press("larger")
    page.goto(station.url)
    expect(page.locator("html")).to_have_class("large")
    assert axe(page) == []
    assert page.evaluate(OUTSIDE) == []


def test_a_visit_is_followed_on_the_screen_without_a_touch(station, page: Page):
    station.anew(5.9)
    page.goto(station.url)
    station.place("card", "Vera")
    expect(page.locator("h1")).to_have_text("Vad vill du göra?")
    expect(page.locator("#news")).to_have_text("Vad vill du göra?")
    station.place("pad", "Ronja")
    expect(page.locator(".rows li")).to_contain_text("Ronja rövardotter")


def test_a_finger_on_the_glass_and_a_key_on_the_pad_do_the_same(station, page: Page):
    station.anew(5.9)
    page.goto(station.url)
    page.get_by_role("button", name="English").tap()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    station.key("right")
    expect(page.get_by_role("button", name="Listen")).to_be_focused()
    station.key("right")
    station.key("centre")
    expect(page.locator("h1")).to_have_text("Help")


def test_a_pin_is_typed_on_the_glass_and_never_shown(station, page: Page):
    station.anew(5.9)
    station.place("card", "Vera")
    station.press("account")
    page.goto(station.url)
    for digit, filled in (("4", 1), ("4", 2), ("2", 3)):
        page.get_by_role("button", name=digit, exact=True).tap()
        expect(page.locator(".dots .filled")).to_have_count(filled)
    page.get_by_role("button", name="1", exact=True).tap()
    expect(page.locator("h1")).to_have_text("Mitt konto")


def test_nothing_on_the_page_is_refused_by_its_own_policy(station, page: Page):
    station.anew(5.9)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(station.url)
    page.goto(f"{station.url}/bench")
    expect(page.locator("#tags button")).to_have_count(5)
    assert said == []


def test_many_books_stay_within_reach(station, page: Page, axe):
    station.anew(5.19)
    for number in range(20, 32):
        station.happens(BookPlaced(book=book(number, f"Bok nummer {number}")))
    page.set_viewport_size({"width": 800, "height": 480})
    page.goto(station.url)
    expect(page.locator(".rows li")).to_have_count(12)
    assert axe(page) == []
    assert page.evaluate(OUTSIDE.replace("h1, li, p:not(.unseen), ", "")) == []


def test_the_bench_can_be_used_by_hand_and_by_keyboard(station, page: Page, axe):
    station.anew(5.9)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{station.url}/bench")
    page.get_by_role("button", name="Vera").click()
    page.locator('[data-reader="card"] .put').click()
    screen = page.frame_locator("iframe")
    expect(screen.locator("h1")).to_have_text("Vad vill du göra?")
    page.get_by_role("button", name="Ronja").focus()
    page.keyboard.press("Enter")
    page.locator('[data-reader="pad"] .put').focus()
    page.keyboard.press("Enter")
    expect(screen.locator(".rows li")).to_contain_text("Ronja rövardotter")
    expect(page.locator("#heard li").first).to_contain_text("Sätt i hörlurar")
    assert axe(page) == []


def test_a_book_is_dragged_to_the_pad(station, page: Page):
    station.anew(5.9)
    page.goto(f"{station.url}/bench")
    page.locator('[data-tag="Nätter"]').drag_to(page.locator('[data-reader="pad"]'))
    expect(page.locator('[data-reader="pad"] li')).to_contain_text("Nätter")
    expect(page.locator('[data-reader="pad"] li')).to_contain_text("Nätter i Umeå")
    page.get_by_role("button", name="Take away Nätter").click()
    expect(page.locator('[data-reader="pad"] li')).to_have_count(0)
