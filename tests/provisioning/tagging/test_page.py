"""The page on the desk's own machine: the real driver, on a virtual chip with tags of a dump."""

import re

import pytest

from circulation.tags import dump
from circulation.tags.content import Usage
from circulation.tags.decoding import decode
from circulation.tags.image import Air, TagImage
from firmware_config import kit
from provisioning.tagging.desk import Desk
from provisioning.tagging.page import LOOPBACK, REPORT_LINES_MAX, Done, TagPage, create_app
from provisioning.tagging.writer import Writer
from station.events import Place
from tests.provisioning.tagging.test_writing import block, sticker

OWNER = "SE-Um"


class Browser:
    """One person at the page, in English."""

    def __init__(self, page: TagPage) -> None:
        self.page = page
        self.client = create_app(page).test_client()

    def look(self) -> str:
        answer = self.client.get(
            "/", headers={"Accept-Language": "en"}, base_url=f"http://{LOOPBACK}"
        )
        assert answer.status_code == 200
        return answer.text

    def press(self, what: str, **fields: object) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.look()).group(1)
        answer = self.client.post(
            f"/do/{what}", data={"csrf_token": token, **fields}, base_url=f"http://{LOOPBACK}"
        )
        assert answer.status_code == 302, answer.text
        return self.look()


@pytest.fixture
def at(tmp_path):
    opened = []

    def begin(*tags, kit_name="simulated-loan", finger=False) -> Browser:
        file = tmp_path / "tags.json"
        file.write_bytes(dump.encode(list(tags)))
        here = Desk(kit.load_kit(kit_name), file)
        opened.append(here)

        def writer(place):
            undo = tmp_path / "last.json"
            return Writer(here.reader(place), undo, say=lambda _: None, seconds_max=1)

        pad = writer(Place.PAD)
        touch = writer(Place.FINGER) if finger else None
        return Browser(TagPage(here, owner=OWNER, pad=pad, finger=touch, place=Place.PAD))

    begin.memories = lambda: [
        decode(
            TagImage(uid=each.uid, air=Air.ISO14443A, memory=each.memory.ljust(34, b"\0"))
        ).number
        for each in opened[0]._field.dumps()
    ]
    yield begin
    for each in opened:
        each.close()


def test_a_tag_is_explained(at):
    browser = at(sticker(1, block("30000001", owner="SE-Vi")))

    told = browser.press("read")

    assert "The tag says 30000001." in told
    assert "Owner: SE-Vi" in told
    assert "Its checksum holds." in told


def test_one_number_after_the_other_is_written_and_reported(at):
    browser = at(sticker(1), sticker(2))

    browser.press("write", item="30000001")
    told = browser.press("write", item="30000002", usage="8")

    assert at.memories() == ["30000001", "30000002"]
    assert "30000002 is written and read back." in told
    assert "2 tags written." in told
    assert browser.page.wish.usage is Usage.PATRON_CARD


def test_another_librarys_tag_is_written_over_only_when_told_twice(at):
    browser = at(sticker(1, block("99", owner="DE-705")))

    told = browser.press("write", item="30000001")
    assert "The tag belongs to DE-705." in told
    assert at.memories() == ["99"]

    told = browser.press("write", item="30000001", over="DE-705")
    assert "30000001 is written" in told
    assert at.memories() == ["30000001"]


def test_what_was_written_last_is_written_back(at):
    browser = at(sticker(1, block("30000007")))
    browser.press("write", item="30000008")

    told = browser.press("undo")

    assert "says again what it said before" in told
    assert at.memories() == ["30000007"]


def test_a_sticker_is_paired_with_the_book_on_the_pad(at):
    browser = at(sticker(1, block("30000001")), sticker(2), kit_name="simulated-loan", finger=True)

    told = browser.press("pair")

    assert "The sticker now says 30000001." in told
    assert at.memories() == ["30000001", "30000001"]


@pytest.mark.parametrize(
    ("press", "told"),
    [
        (("read", {}), "No tag that can be read lies there."),
        (("undo", {}), "No tag has been written here before."),
        (("write", {"item": "30000001", "part": "3", "parts": "2"}), "greater than the number"),
        (("write", {"item": "3" * 64}), "does not fit"),
        (("write", {"item": "\x07"}), "Not written"),
        (("write", {"item": "30000001", "usage": "mumble", "part": "-1"}), "is written"),
    ],
)
def test_what_cannot_be_done_is_told(at, press, told):
    what, fields = press
    browser = at(*([] if what == "read" else [sticker(1)]))

    assert told in browser.press(what, **fields)


def test_a_strange_press_and_a_strange_name_are_refused(at):
    browser = at()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.look()).group(1)
    post, home = browser.client.post, f"http://{LOOPBACK}"

    assert post("/do/format", data={"csrf_token": token}, base_url=home).status_code == 404
    assert post("/do/read", data={}, base_url=home).status_code == 400
    assert browser.client.get("/", base_url="http://evil.example").status_code == 400


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_outcome_has_words_in_both_languages(at, language):
    browser = at()
    browser.client.get(f"/language/{language}", base_url=f"http://{LOOPBACK}")
    outcomes = (
        "written", "paired", "undone", "none", "refused", "misfit", "doubtful", "another", "gone",
        "locked", "alarm", "nothing_to_undo", "no_book", "reader",
    )  # fmt: skip
    browser.page.report += [Done("1", what) for what in outcomes]

    assert browser.look().count("<li>") >= len(outcomes)


def test_the_report_has_an_end(at):
    browser = at()
    browser.page.report += [Done("1", "written")] * (2 * REPORT_LINES_MAX)

    browser.press("undo")

    assert len(browser.page.report) == REPORT_LINES_MAX
