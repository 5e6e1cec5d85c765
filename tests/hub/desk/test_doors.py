"""Which pages of the desk are for whom."""

import pytest
from flask import Flask

from hub.desk.accounts import Account
from hub.desk.doors import LETTERS_MAX, Librarians, field


@pytest.fixture
def app():
    app = Flask(__name__)
    app.add_url_rule("/desk/sign-in", "desk.sign_in", lambda: "")
    return app


def opened(app, account):
    page = Librarians(lambda: account).only(lambda who: f"for {who.name}")
    app.add_url_rule("/page", "page", page)
    return app.test_client().get("/page")


@pytest.mark.parametrize("role", ["librarian", "region"])
def test_a_librarian_is_let_in_and_told_to_the_page(app, role):
    assert opened(app, Account("maja", role)).text == "for maja"


def test_a_technician_is_refused_and_a_stranger_is_asked_who_they_are(app):
    assert opened(app, Account("teknik", "technician")).status_code == 403


def test_a_stranger_is_asked_who_they_are(app):
    assert opened(app, None).location == "/desk/sign-in"


def test_a_field_is_what_was_typed_and_never_more_than_it_holds(app):
    typed = {"name": "  Å\0sa  ", "long": "x" * (LETTERS_MAX + 9)}
    with app.test_request_context("/", method="POST", data=typed):
        assert (field("name"), len(field("long")), field("none")) == ("Åsa", LETTERS_MAX, "")
