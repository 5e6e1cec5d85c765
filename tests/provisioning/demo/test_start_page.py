import re
import urllib.error
import urllib.request

import msgspec
import pytest

from provisioning.demo.start_page import PICTURES, StartPage, page
from tests.provisioning.demo.test_ready import READY


@pytest.fixture
def served():
    start_page = StartPage(0, lambda: READY)
    start_page.start()
    yield start_page.url
    start_page.stop()


def get(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.headers, answer.read()


def test_the_page_links_every_part_of_the_region():
    html = page(READY)

    for url in (READY.portal, READY.desk, *(station.bench for station in READY.stations)):
        assert f'href="{url}"' in html
    assert READY.desk_password_file in html


def test_each_section_has_its_picture(served):
    html = page(READY)

    assert len(PICTURES) == html.count("<section") == html.count("<img")
    for path in PICTURES:
        assert path in html
        assert get(served + path.lstrip("/"))[1].startswith(b"<svg")


def test_the_page_runs_no_script_and_loads_nothing_from_elsewhere(served):
    headers, body = get(served)

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert b"<script" not in body
    assert b"text/css" in str(get(served + "start.css")[0]).encode()


def test_everything_that_the_page_and_its_style_name_is_there(served):
    _, body = get(served)
    _, style = get(served + "start.css")

    named = re.findall(r'(?:src|href)="/(.+?)"', body.decode())
    named += re.findall(r"url\((.+?)\)", style.decode())
    assert "icon.svg" in named
    assert "atkinson-latin.woff2" in named
    for name in named:
        assert len(get(served + name)[1]) > 100


def test_an_unknown_page_is_not_found(served):
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(served + "progress.json")

    assert refused.value.code == 404
    refused.value.close()


def test_what_stations_are_called_cannot_become_markup():
    odd = msgspec.structs.replace(READY.stations[0], municipality="<b>Umeå</b>")

    assert "<b>" not in page(msgspec.structs.replace(READY, stations=[odd]))
