"""A line of SIP2 for a log: what was said, and never whose it was or what they read."""

from hub.sip2.codec import Message

_TOLD = frozenset(
    {"AB", "AH", "AN", "AO", "AP", "AQ", "BH", "BI", "BL", "BO", "BP", "BQ", "BR", "BS", "BT"}
    | {"BW", "BX", "BY", "CF", "CH", "CK", "CL", "CP", "CQ", "CT", "CV"}
)
"""Copies, places, dates and yes or no. What is not here may be about somebody: a system's own
fields, and what it says to people (AF), are left out with names, numbers, PINs and titles."""
_HIDDEN = "..."


def masked(message: Message) -> str:
    """Return *message* as its line is, but for what is about somebody."""
    told = (
        f"{id_}{value if id_ in _TOLD or not value else _HIDDEN}" for id_, value in message.fields
    )
    return f"{message.code}{''.join(message.fixed.values())}{'|'.join(told)}"
