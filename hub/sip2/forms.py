"""Every message of SIP2 2.00: its code, its fixed part and the fields it may carry.

3M Standard Interchange Protocol 2.00, "Messages"; the widths were checked on the wire.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

DATE = 18
"""YYYYMMDDZZZZHHMMSS, ZZZZ being four blanks for local time."""


class Form(Struct, frozen=True):
    """The shape of one message."""

    code: str
    name: str
    fixed: tuple[tuple[str, int], ...]
    """Names and widths, in order; what follows are fields, in any order."""
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    repeatable: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Return how many characters the fixed part has."""
        return sum(width for _, width in self.fixed)


def _form(code: str, name: str, fixed: str, fields: str) -> Form:
    """Return the form written as `part:width ...` and `AA AB? AF*`."""
    parts = [part.split(":") for part in fixed.split()]
    names = fields.split()
    return Form(
        code,
        name,
        tuple((part, int(width)) for part, width in parts),
        tuple(field for field in names if field[-1] not in "?*"),
        tuple(field[:2] for field in names if field[-1] == "?"),
        tuple(field[:2] for field in names if field[-1] == "*"),
    )


_FORMS = (
    # From the terminal (SC) to the library system (ACS).
    _form("93", "login", "uid_algorithm:1 pwd_algorithm:1", "CN CO CP?"),
    _form("99", "sc_status", "status:1 print_width:3 version:4", ""),
    _form("23", "patron_status", "language:3 date:18", "AO AA AC AD"),
    _form("63", "patron_information", "language:3 date:18 summary:10", "AO AA AC? AD? BP? BQ?"),
    _form(
        "11",
        "checkout",
        "renewal_policy:1 no_block:1 date:18 nb_due_date:18",
        "AO AA AB AC CH? AD? BO? BI?",
    ),
    _form("09", "checkin", "no_block:1 date:18 return_date:18", "AP AO AB AC CH? BI?"),
    _form(
        "29",
        "renew",
        "third_party:1 no_block:1 date:18 nb_due_date:18",
        "AO AA AD? AB? AJ? AC? CH? BO?",
    ),
    _form("65", "renew_all", "date:18", "AO AA AD? AC? BO?"),
    _form("17", "item_information", "date:18", "AO AB AC?"),
    _form("19", "item_status_update", "date:18", "AO AB AC? CH"),
    _form("15", "hold", "mode:1 date:18", "AO AA BW? BS? BY? AD? AB? AJ? AC? BO?"),
    _form(
        "37",
        "fee_paid",
        "date:18 fee_type:2 payment_type:2 currency:3",
        "BV AO AA AC? AD? CG? BK?",
    ),
    _form("35", "end_session", "date:18", "AO AA AC? AD?"),
    _form("01", "block_patron", "card_retained:1 date:18", "AO AL AA AC"),
    _form("25", "patron_enable", "date:18", "AO AA AC? AD?"),
    _form("97", "request_acs_resend", "", ""),
    # From the library system to the terminal.
    _form("94", "login_response", "ok:1", ""),
    _form(
        "98",
        "acs_status",
        "online:1 checkin_ok:1 checkout_ok:1 renewal_policy:1 status_update_ok:1 offline_ok:1"
        " timeout:3 retries:3 date_time_sync:18 version:4",
        "AO AM? BX AN? AF* AG*",
    ),
    _form(
        "24",
        "patron_status_response",
        "patron_status:14 language:3 date:18",
        "AO AA AE BL? CQ? BH? BV? AF* AG*",
    ),
    _form(
        "26",
        "patron_enable_response",
        "patron_status:14 language:3 date:18",
        "AO AA AE BL? CQ? AF* AG*",
    ),
    _form(
        "64",
        "patron_information_response",
        "patron_status:14 language:3 date:18 hold_items:4 overdue_items:4 charged_items:4"
        " fine_items:4 recall_items:4 unavailable_holds:4",
        "AO AA AE BZ? CA? CB? BL? CQ? BH? BV? CC? AS* AT* AU* AV* BU* CD* BD? BE? BF? AF* AG*",
    ),
    _form(
        "12",
        "checkout_response",
        "ok:1 renewal_ok:1 magnetic:1 desensitize:1 date:18",
        "AO AA AB AJ AH BT? CI? BH? BV? CK? CH? BK? AF* AG*",
    ),
    _form(
        "30",
        "renew_response",
        "ok:1 renewal_ok:1 magnetic:1 desensitize:1 date:18",
        "AO AA AB AJ AH BT? CI? BH? BV? CK? CH? BK? AF* AG*",
    ),
    _form(
        "10",
        "checkin_response",
        "ok:1 resensitize:1 magnetic:1 alert:1 date:18",
        "AO AB AQ AJ? CL? AA? CK? CH? CR? CS? CT? CV? CY? DA? AF* AG*",
    ),
    _form("66", "renew_all_response", "ok:1 renewed:4 unrenewed:4 date:18", "AO BM* BN* AF* AG*"),
    _form(
        "18",
        "item_information_response",
        "circulation_status:2 security_marker:2 fee_type:2 date:18",
        "AB AJ CF? AH? CJ? CM? BG? BH? BV? CK? AQ? AP? CH? AF* AG*",
    ),
    _form("20", "item_status_update_response", "properties_ok:1 date:18", "AB AJ? CH? AF* AG*"),
    _form(
        "16",
        "hold_response",
        "ok:1 available:1 date:18",
        "AO AA BW? BR? BS? AB? AJ? AF* AG*",
    ),
    _form("38", "fee_paid_response", "accepted:1 date:18", "AO AA BK? AF* AG*"),
    _form("36", "end_session_response", "end:1 date:18", "AO AA AF* AG*"),
    _form("96", "request_sc_resend", "", ""),
)

FORMS: Mapping[str, Form] = MappingProxyType({form.code: form for form in _FORMS})

SUPPORTED = (
    "patron_status", "checkout", "checkin", "block_patron", "sc_status", "resend", "login",
    "patron_information", "end_session", "fee_paid", "item_information", "item_status_update",
    "patron_enable", "hold", "renew", "renew_all",
)  # fmt: skip
"""What each letter of BX stands for, in order."""

ANSWERS = MappingProxyType(
    {
        "93": "94", "99": "98", "23": "24", "63": "64", "11": "12", "09": "10", "29": "30",
        "65": "66", "17": "18", "19": "20", "15": "16", "37": "38", "35": "36", "01": "24",
        "25": "26",
    }
)  # fmt: skip
"""Which message answers which."""
