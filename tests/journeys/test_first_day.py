"""The two journeys: a loan becomes a row, and a touch becomes speech."""

import html
import re
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

from tests.journeys.region import WAIT_SECONDS_MAX, eventually


def item(book: dict[str, str]) -> str:
    return book["name"].removeprefix("book-")


def my_loans(portal: str, card: dict[str, str]) -> str:
    """Return the page that a patron sees who signs in with card and PIN."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{portal}/sign-in", timeout=10).read().decode()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, "the form has no token"
    number = card["name"].removeprefix("card-")
    form = {"csrf_token": found[1], "card": number, "pin": card["pin"]}
    answer = browser.open(f"{portal}/sign-in", urllib.parse.urlencode(form).encode(), timeout=10)
    return html.unescape(answer.read().decode())


def test_three_books_at_vindeln_two_of_them_back_at_bjurholm(region, unused, vindeln, bjurholm):
    card, books = unused.card(), unused.books(3)
    loans = vindeln.borrow(card, *books)

    assert [row["status"] for row in loans["rows"]] == ["ok"] * 3
    eventually(lambda: {item(b) for b in books} <= region.loans().keys(), "three loans", 3)
    page = my_loans(region.ready["portal"], card)
    assert all(book["title"] in page for book in books)
    vindeln.leave(card, *books)

    bjurholm.give_back(*books[:2])
    bjurholm.leave(None, *books[:2])

    def two_are_back() -> bool:
        out = region.loans().keys()
        return item(books[2]) in out and not {item(b) for b in books[:2]} & out

    eventually(two_are_back, "two are back")
    assert books[2]["title"] in my_loans(region.ready["portal"], card)


def test_every_fact_told_to_a_visitor_is_in_the_ledger_once(region, unused, vindeln):
    card, books = unused.card(), unused.books(2)
    vindeln.borrow(card, *books)
    vindeln.leave(card, *books)
    eventually(lambda: vindeln.owed() == 0, "nothing is owed")

    asked = [f for f in region.hub("facts") if f["item"] in {item(b) for b in books}]
    assert sorted(fact["item"] for fact in asked if fact["kind"] == "asked") == sorted(
        map(item, books)
    )


def test_a_book_touched_at_a_listening_station_is_heard(region, unused, listening):
    (book,) = unused.books(1)
    listening.plug(True)
    listening.place("finger", book)

    def heard() -> object:
        return [h for h in listening.get("heard") if book["title"] in h["text"]]

    (first, *_) = eventually(heard, "the title is heard")
    assert first["ms_to_first_sound"] < 1000
    listening.remove("finger", book)
    listening.plug(False)


def test_a_shelf_sign_touched_at_a_listening_station_speaks(listening):
    listening.plug(True)
    sign = next(tag for tag in listening.tags("sign") if tag["name"].startswith("sign-UMS"))
    listening.place("finger", sign)

    eventually(
        lambda: [h for h in listening.get("heard") if sign["title"] in h["text"]], "the sign speaks"
    )


def test_with_the_line_down_a_loan_and_a_return_are_kept_and_arrive_once(
    region, unused, vindeln, bjurholm
):
    card, (lent, returned) = unused.card(), unused.books(2)
    bjurholm.borrow(card, returned)
    bjurholm.leave(card, returned)
    eventually(lambda: item(returned) in region.loans(), "lent at Bjurholm")

    vindeln.post("line", up=False)
    vindeln.borrow(card, lent)
    vindeln.leave(card, lent)
    vindeln.give_back(returned)
    vindeln.leave(None, returned)
    assert vindeln.owed() == 2
    assert item(lent) not in region.loans()
    vindeln.post("line", up=True)

    eventually(lambda: vindeln.owed() == 0, "both have arrived")
    eventually(lambda: item(lent) in region.loans(), "the loan stands")
    eventually(lambda: item(returned) not in region.loans(), "the return stands")
    kinds = [f["kind"] for f in region.hub("facts") if f["item"] in (item(lent), item(returned))]
    assert sorted(kinds) == ["asked", "checkin", "checkout", "settled"]


def test_a_refused_card_is_told_no_reason(vindeln):
    for name in ("blocked", "lost", "expired"):
        card = next(tag for tag in vindeln.tags("card") if tag["name"].endswith(name))
        vindeln.place("card", card)
        shown = vindeln.until("carderror")
        assert name not in str(shown).lower()
        vindeln.leave(card)


def test_nobodys_title_card_or_pin_is_in_any_log(region):
    vindeln = region.bench(municipality="Vindeln", kind="loan")
    secrets = [card["name"].removeprefix("card-") for card in vindeln.tags("card")[:10]]
    secrets += [book["title"] for book in vindeln.tags("book")[:30] if len(book["title"]) > 12]
    eventually(region.settled, "all facts are in", WAIT_SECONDS_MAX)

    for log in (region.folder / "demo" / "log").glob("*.log"):
        text = log.read_text(encoding="utf-8", errors="replace")
        assert [secret for secret in secrets if secret in text] == [], log.name


def test_a_blind_visitor_browses_with_five_keys_to_a_talking_book_and_the_opening_hours(listening):
    def heard() -> str:
        return str(next((each["text"] for each in reversed(listening.get("heard"))), ""))

    def said(*keys: str, words: str) -> None:
        for key in keys:
            listening.post("key", key=key)
        eventually(lambda: words in heard(), words)

    def at_rest() -> bool:
        return bool(listening.screen()["buttons"][0]["id"] == "browse")

    listening.plug(True)
    listening.plug(False)
    eventually(at_rest, "whoever was here before is forgotten")
    listening.plug(True)
    said("centre", words="Bläddra. Nya talböcker.")
    said("centre", words="Talbok")
    said("centre", words="Mer om den")
    said("right", "centre", words="står i kö")
    said("right", "right", "centre", words="av")
    said("left", "centre", words="Bläddra")
    said(*["left"] * 6, words="Bibliotekets service")
    said("centre", words="Öppettider")
    said("centre", words="Öppettider")
    said("centre", words="Idag")
    listening.plug(False)
    listening.until("listening")
