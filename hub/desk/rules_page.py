"""The desk's pages on which librarians see the circulation rules, try others, and keep them."""

from collections.abc import Callable
from typing import Any

import msgspec
from flask import Blueprint, abort, redirect, render_template, request, url_for
from msgspec import Struct
from sqlalchemy import Connection, Engine
from werkzeug.wrappers import Response

from hub.catalogue import branches, rule_editing, rulebook
from hub.catalogue.answering import writing
from hub.catalogue.log import Write
from hub.catalogue.rule_editing import ITEM_KINDS, NUMBERS, Changed, Choices, WrongRule
from hub.catalogue.terms import BUILT_IN, Rule, Terms
from hub.database import reading
from hub.desk.accounts import Account
from hub.desk.doors import Librarians, Page, field

TOLD = ("kept", "dropped")
"""What may be told on the page; nothing else from an address is shown."""
CHANGES_MAX = 20


class RulesPage:
    """One list of rules, a form for each, and what holds for one kind of copy and patron."""

    def __init__(
        self, engine: Engine, account: Callable[[], Account | None], now_ms: Callable[[], int]
    ) -> None:
        """Change the rules in *engine*, for whoever *account* says is signed in."""
        self._engine = engine
        self._librarians = Librarians(account)
        self._now_ms = now_ms

    def add_to(self, pages: Blueprint) -> None:
        """Add the pages to the desk's *pages*."""
        theirs = self._librarians.only
        pages.add_url_rule("/rules", "rules", theirs(self.show))
        pages.add_url_rule("/rules", "terms", theirs(self.ask), methods=["POST"])
        pages.add_url_rule("/rules/one", "rule", theirs(self.one))
        pages.add_url_rule("/rules/one", "change_rule", theirs(self.change), methods=["POST"])

    def show(self, _account: Account) -> Page:
        """Return the rules."""
        return self._listed(None)

    def ask(self, _account: Account) -> Page:
        """Return the rules, and what holds for one kind of copy and patron at one library."""
        with reading(self._engine) as db:
            home = branches.branch(db, field("branch"))
            if home is None or field("item_kind") not in ITEM_KINDS:
                abort(400)
            terms = rulebook.of(db).terms(
                item_kind=field("item_kind"),
                patron_kind=field("patron_kind"),
                branch=home.code,
                loan_days=home.details.loan_days,
            )
        return self._listed(terms)

    def one(self, _account: Account) -> Page:
        """Return the form of one rule, or of a new one."""
        with reading(self._engine) as db:
            rules = list(rulebook.of(db).rules)
        number = _number(request.args.get("number", ""), rules)
        return self._form(number, _given(rules[number]) if number is not None else {})

    def change(self, account: Account) -> Page:
        """Show what the form would change, keep it, or take the rule away."""
        what = field("what")
        if what not in ("try", "keep", "drop"):
            abort(400)
        write = Write(posting=None, at_ms=self._now_ms(), by=account.name)
        # What would change is worked out for everything that is lent: nobody waits for that.
        with reading(self._engine) if what == "try" else writing(self._engine) as db:
            came = _changed(db, what, write)
        if what == "try" or came.wrong is not None:
            page = self._form(came.number, request.form, wrong=came.wrong, changed=came.changed)
            return (page, 400) if came.wrong else page
        return _told("dropped" if what == "drop" else "kept")

    def _listed(self, terms: Terms | None) -> str:
        told = request.args.get("told", "")
        with reading(self._engine) as db:
            among = rule_editing.choices(db)
            rules = [_given(rule) for rule in rulebook.of(db).rules]
        return render_template(
            "desk/rules.html",
            rules=rules,
            built_in=[_given(rule) for rule in BUILT_IN],
            terms=msgspec.to_builtins(terms) if terms else None,
            given=request.form,
            told=told if told in TOLD else "",
            **_among(among),
        )

    def _form(
        self,
        number: int | None,
        given: Any,
        *,
        wrong: WrongRule | None = None,
        changed: list[Changed] | None = None,
    ) -> str:
        with reading(self._engine) as db:
            among, mark = rule_editing.choices(db), rulebook.mark(db)
        return render_template(
            "desk/rule.html",
            number="" if number is None else number,
            given=given,
            numbers=NUMBERS,
            seen=mark,
            wrong=wrong,
            changed=changed[:CHANGES_MAX] if changed is not None else None,
            more=max(0, len(changed or []) - CHANGES_MAX),
            **_among(among),
        )


class _Came(Struct, frozen=True):
    """What came of a form: about which rule, what was wrong, or what it would change."""

    number: int | None = None
    wrong: WrongRule | None = None
    changed: list[Changed] | None = None


def _changed(db: Connection, what: str, write: Write) -> _Came:
    """Do *what* the form says; of rules that were changed since it was shown nothing is done."""
    seen = field("seen")
    if rulebook.mark(db) != seen:
        # Its number may be another rule's by now.
        return _Came(wrong=WrongRule("meanwhile"))
    rules = list(rulebook.of(db).rules)
    number = _number(field("number"), rules)
    rule = None if what == "drop" else rule_editing.typed(request.form)
    if isinstance(rule, WrongRule):
        return _Came(number, rule)
    edited = rule_editing.edited(rules, number, rule)
    if isinstance(edited, WrongRule):
        return _Came(number, edited)
    if what == "try":
        return _Came(number, changed=rule_editing.changes(rules, edited, rule_editing.choices(db)))
    return _Came(number, rule_editing.keep(db, seen, edited, write))


def _among(among: Choices) -> dict[str, Any]:
    return {
        "item_kinds": ITEM_KINDS,
        "patron_kinds": among.patron_kinds,
        "libraries": {each.code: each.name for each in among.libraries},
    }


def _given(rule: Rule) -> dict[str, Any]:
    """Return *rule* as its form has it: what it says nothing of is not there."""
    told: dict[str, Any] = msgspec.to_builtins(rule)
    if rule.offline is not None:
        told["offline"] = "yes" if rule.offline else "no"
    return told


def _number(typed: str, rules: list[Rule]) -> int | None:
    """Return which of *rules* is meant, None for a new one; none that is not there."""
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 6 and int(typed) < len(rules)):
        abort(404)
    return int(typed)


def _told(what: str) -> Response:
    assert what in TOLD, f"nothing is told of {what}"
    return redirect(url_for("desk.rules", told=what))
