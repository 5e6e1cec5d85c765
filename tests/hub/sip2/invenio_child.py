"""invenio-sip2's server as a program of its own: run by the Python of .venv/peers.

It knows no library: what each message asks for is asked of the test, or of a dict (`memory`) where
only its speed is wanted. It writes the port it has taken on its first line.
"""

import json
import logging
import os
import socket
import sys

from flask import Flask
from invenio_sip2 import InvenioSIP2
from invenio_sip2 import models as m
from invenio_sip2.server import SocketServer

GOOD = " " * 14
_STATUS = {
    "01": "OTHER", "03": "AVAILABLE", "04": "CHARGED", "08": "WAITING_ON_HOLD_SHELF",
}  # fmt: skip


class Asked:
    """The library as a test has it, at the other end of a line."""

    def __init__(self, port):
        self.line = socket.create_connection(("127.0.0.1", port)).makefile("rwb")

    def __call__(self, code, fixed=None, **fields):
        question = {"code": code, "fixed": fixed or {}, "fields": list(fields.items())}
        self.line.write(json.dumps(question).encode() + b"\n")
        self.line.flush()
        told = json.loads(self.line.readline())
        return told["fixed"], told["fields"]


def memory(code, fixed=None, **fields):
    """Lend and take back anything, in a dict."""
    if code == "11":
        _LENT[fields["AB"]] = fields["AA"]
        return {"ok": "1"}, [["AJ", "En bok"], ["AH", "20261224    235959"]]
    if code == "09":
        return {"ok": "1" if _LENT.pop(fields["AB"], None) else "0"}, [["AQ", "VIN"]]
    return {"ok": "1"}, []


_LENT = {}


def handlers(ask):  # noqa: C901 - a dozen small ones
    """Return what invenio-sip2 is to do for each message, in words of its own."""

    def login(user, password, **_):
        fixed, _ = ask("93", CN=user, CO=password)
        return {
            "authenticated": fixed["ok"] == "1", "terminal": user, "transaction_user_id": user,
            "institution_id": "SE-Um", "library_language": "swe",
        }  # fmt: skip

    def account(card, **_):
        fixed, fields = ask("63", {"summary": "YYYYYY    "}, AA=card)
        told = m.SelfcheckPatronInformation(
            patron_id=one(fields, "AA"), institution_id="SE-Um", patron_name=one(fields, "AE"),
            patron_status=fixed["patron_status"], language="swe", fee_amount=one(fields, "BV"),
            currency_type="SEK", hold_items=every(fields, "AS"),
            charged_items=every(fields, "AU"), unavailable_items=every(fields, "CD"),
            unavailable_hold_items=every(fields, "CD"),
        )  # fmt: skip
        told["valid_patron"] = one(fields, "BL") == "Y"
        return told

    def authorized(card, pin, **_):
        _, fields = ask("63", {"summary": " " * 10}, AA=card, AD=pin)
        return one(fields, "CQ") == "Y"

    def known(card, **_):
        return account(card)["valid_patron"]

    def item(number, **_):
        fixed, fields = ask("17", AB=number)
        return m.SelfcheckItemInformation(
            item_id=number, title_id=one(fields, "AJ"), due_date=one(fields, "AH"),
            circulation_status=_STATUS[fixed["circulation_status"]],
            hold_queue_length=one(fields, "CF"),
        )  # fmt: skip

    def checkout(_user, number, card, **_):
        # Whether it has happened already (no block) is not told to a handler, nor until when.
        fixed, fields = ask("11", {"no_block": "N", "nb_due_date": ""}, AB=number, AA=card)
        return m.SelfcheckCheckout(
            title_id=one(fields, "AJ"), checkout=fixed["ok"] == "1",
            due_date=one(fields, "AH"), screen_messages=every(fields, "AF"),
        )  # fmt: skip

    def checkin(_user, number, **_):
        fixed, fields = ask("09", AB=number)
        return m.SelfcheckCheckin(
            permanent_location=one(fields, "AQ"), checkin=fixed["ok"] == "1",
            screen_messages=every(fields, "AF"),
        )  # fmt: skip

    def renew(_user, number, patron_id, **_):
        fixed, fields = ask("29", AB=number, AA=patron_id)
        return m.SelfcheckRenew(
            title_id=one(fields, "AJ"), success=fixed["ok"] == "1",
            due_date=one(fields, "AH"), screen_messages=every(fields, "AF"),
        )  # fmt: skip

    def hold(_user, number, patron_id, **_):
        # Nor is it told whether a place is wished for or given up.
        fixed, fields = ask("15", {"mode": "+"}, AB=number, AA=patron_id)
        return m.SelfcheckHold(hold=fixed["ok"] == "1", queue_position=one(fields, "BR"))

    def paid(_user, card, *_fee, **_):
        return m.SelfcheckFeePaid(accepted=False, patron_id=card)

    return {
        "login_handler": login,
        "system_status_handler": lambda *_a, **_k: {"institution_id": "SE-Um"},
        "patron_handlers": {
            "validate_patron": known, "authorize_patron": authorized, "enable_patron": account,
            "patron_status": account, "account": account,
        },
        "item_handlers": {"item": item},
        "circulation_handlers": {
            "checkout": checkout, "checkin": checkin, "hold": hold, "renew": renew,
        },
        "fee_paid_handler": paid,
    }  # fmt: skip


def one(fields, id_):
    """Return the first field *id_*, empty where there is none."""
    return next((value for each, value in fields if each == id_), "")


def every(fields, id_):
    """Return every field *id_*."""
    return [value for each, value in fields if each == id_]


def main(redis_socket, library_port):
    """Serve until ended; a *library_port* of 0 is a dict."""
    ask = Asked(library_port) if library_port else memory
    app = Flask("peer")
    app.config.update(
        SECRET_KEY="peer",
        SIP2_DATASTORE_REDIS_URL=f"unix://{redis_socket}",
        SIP2_LOGGING_CONSOLE=False,
        SIP2_REMOTE_ACTION_HANDLERS={"library": handlers(ask)},
    )
    logging.getLogger("invenio-sip2").setLevel(logging.CRITICAL)
    logging.disable(logging.CRITICAL)
    InvenioSIP2(app)
    with app.app_context():
        server = SocketServer(
            name="peer", host="127.0.0.1", port=0, remote="library", process_id=os.getpid()
        )
        (listening,) = server.selector.get_map().values()
        print(listening.fileobj.getsockname()[1], flush=True)
        server.run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
