"""What no database holds is refused before a page sees it, with its field named."""

from flask import render_template, request

from circulation.storable import unstorable, without_unstorable

FIELD_LETTERS_MAX = 40


def refuse_unstorable() -> tuple[str, int] | None:
    """Return the page that says which field of the request no database holds, None for none."""
    request.get_data()  # kept for whoever reads the body as it came: a form is read once
    asked = (request.view_args or {}).items()
    for name, given in (*asked, *request.args.lists(), *request.form.lists()):
        if unstorable({name: given}) is not None:
            field = without_unstorable(name)[:FIELD_LETTERS_MAX]
            return render_template("error.html", what="error_unstorable", field=field), 400
    return None
