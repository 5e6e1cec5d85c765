"""What is said of a tag's content: as an object for programs, in lines for a person."""

from typing import Any

from circulation.tags.content import TagContent, Usage

_USAGES = {usage: usage.name.lower().replace("_", " ") for usage in Usage}


def explained(content: TagContent) -> dict[str, Any]:
    """Return *content* as the command tells it."""
    return {
        "format": content.format,
        "item": content.number,
        "owner": content.owner,
        "part": content.part,
        "parts": content.parts,
        "usage": None if content.usage is None else int(content.usage),
        "crc_ok": content.crc_held,
        "doubts": list(content.doubts),
    }


def in_words(told: dict[str, Any]) -> str:
    """Return what is *told* in lines for a person."""
    if not told["item"]:
        first = "nothing is written on it" if told["format"] == "blank" else "no item number"
    else:
        card = told["usage"] == Usage.PATRON_CARD
        first = f"{'loan card' if card else 'item'} {told['item']}"
    lines = [f"{told['format']}: {first}"]
    if told["owner"]:
        lines.append(f"owner {told['owner']}")
    if told["parts"] > 1:
        lines.append(f"part {told['part']} of {told['parts']}")
    if told["usage"] is not None:
        lines.append(f"usage {told['usage']}: {_USAGES[Usage(told['usage'])]}")
    if told["crc_ok"] is not None:
        lines.append("the checksum holds" if told["crc_ok"] else "the checksum does not hold")
    return "\n".join([*lines, *(f"doubt: {doubt}" for doubt in told["doubts"])])
