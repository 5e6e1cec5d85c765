import pytest


def lang(client, **headers):
    return client.get("/", headers=headers).text.split('lang="')[1][:2]


def test_a_visitor_is_met_in_the_language_of_the_browser(client):
    assert lang(client, **{"Accept-Language": "en-GB,en;q=0.9"}) == "en"
    assert lang(client, **{"Accept-Language": "fi"}) == "sv"


def test_a_chosen_language_is_kept_and_leads_back_to_the_page(client):
    answer = client.get("/language/en?next=/search?q=al")

    assert (answer.status_code, answer.location) == (302, "/search?q=al")
    assert lang(client, **{"Accept-Language": "sv"}) == "en"


@pytest.mark.parametrize(
    "asked",
    [
        "https://example.com/",
        "//example.com",
        "////example.com",
        "/\\example.com",
        "example.com",
        "http://[",
        "//[",
        "/\r\nX",
        "",
    ],
)
def test_a_language_link_leads_nowhere_else(client, asked):
    assert client.get("/language/en", query_string={"next": asked}).location == "/"


def test_a_language_that_we_have_not_is_no_page(client):
    assert client.get("/language/xx").status_code == 404
