import pytest


@pytest.mark.parametrize("path", ["/", "/search?q=x", "/nothing", "/desk/sign-in"])
def test_a_page_runs_nothing_but_our_own_and_is_kept_by_nobody(client, path):
    headers = client.get(path).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"


def test_fonts_and_style_may_be_kept(client):
    with client.get("/static/site.css") as answer:
        assert answer.headers["Cache-Control"] != "no-store"
