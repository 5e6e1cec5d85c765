"""The library system behind `pysip2`, a SIP2 server that others wrote and that is strict."""

import pysip2

from hub.sip2.codec import Message
from tests.hub.catalogue.sip2.system import LibrarySystem

PASSWORD = "hemligt"
_ROUTES = {
    pysip2.CHECKOUT: ("11", pysip2.CheckoutResponse),
    pysip2.CHECKIN: ("09", pysip2.CheckinResponse),
    pysip2.HOLD: ("15", pysip2.HoldResponse),
    pysip2.RENEW: ("29", pysip2.RenewResponse),
    pysip2.ITEM_INFORMATION: ("17", pysip2.ItemInformationResponse),
    pysip2.PATRON_INFORMATION: ("63", pysip2.PatronInformationResponse),
}
_ASKED = {"patron_identifier": "AA", "item_identifier": "AB", "patron_password": "AD"}
_FIXED = {"date": "transaction_date", "magnetic": "magnetic_media"}
_COUNTS = ("hold_items", "overdue_items", "charged_items", "fine_items", "recall_items")
_FIELDS = {
    "AA": "patron_identifier",
    "AB": "item_identifier",
    "AE": "personal_name",
    "AH": "due_date",
    "AJ": "title_identifier",
    "AO": "institution_id",
    "BR": "queue_position",
    "CF": "hold_queue_length",
    "AQ": "permanent_location",
    "BL": "valid_patron",
    "BV": "fee_amount",
    "CQ": "valid_patron_password",
}
_LISTS = {
    "AU": "charged_items",
    "AS": "hold_items",
    "CD": "unavailable_hold_items",
    "AF": "screen_message",
}


def independent(system: LibrarySystem) -> pysip2.SIP2Server:
    """Return pysip2's server with *system* behind it; who logs in must know its password."""
    app = pysip2.SIP2Server(encoding="utf-8", institution_id="SE-Um")
    app.route(pysip2.LOGIN)(_login)
    for route, (code, response) in _ROUTES.items():
        app.route(route)(_handler(system, code, response))
    return app


def _login(asked, _context):
    return pysip2.LoginResponse(ok="1" if asked.login_password == PASSWORD else "0")


def _handler(system: LibrarySystem, code: str, response: type):
    def handle(asked, _context):
        fields = [(id_, getattr(asked, name, None)) for name, id_ in _ASKED.items()]
        fixed = {
            name: getattr(asked, name)
            for name in ("no_block", "nb_due_date", "summary")
            if hasattr(asked, name)
        }
        if hasattr(asked, "hold_mode"):
            fixed["mode"] = asked.hold_mode
        told = tuple((id_, value) for id_, value in fields if value is not None)
        with system.lock:
            system.asked.append(code)
            return _as(response, system.answer(Message(code, fixed, told)))

    return handle


def _as(response: type, answer: Message) -> object:
    values: dict[str, object] = {}
    for name, value in answer.fixed.items():
        counted = f"{name}_count" if name in (*_COUNTS, "unavailable_holds") else name
        values[_FIXED.get(name, counted)] = value
    values |= {_FIELDS[id_]: value for id_, value in answer.fields if id_ in _FIELDS}
    values |= {name: tuple(answer.all(id_)) for id_, name in _LISTS.items() if answer.all(id_)}
    known = {name: value for name, value in values.items() if name in response.__struct_fields__}
    return response(**known)
