"""`python -m provisioning tag`: explain and encode what is written on tags."""

import json
from typing import Any, Literal

import click

from circulation.errors import MessageError
from circulation.tags import iso28560_2, iso28560_3
from circulation.tags.content import TagContent, Usage
from circulation.tags.decoding import decode
from circulation.tags.image import Air, TagImage

HEX_LETTERS_MAX = 8192
_USAGES = {
    usage: usage.name.lower().replace("_", " ") for usage in Usage
}  # fmt: skip


class Bytes(click.ParamType[bytes]):
    """Bytes in hex, with or without spaces and colons."""

    name = "hex"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """Return the bytes that *value* writes."""
        text = str(value).replace(":", "").replace(" ", "")
        try:
            if len(text) > HEX_LETTERS_MAX:
                raise ValueError("too long for a tag")
            return bytes.fromhex(text)
        except ValueError as error:
            self.fail(f"not bytes in hex, such as 11010131: {error}", param, ctx)


class Octet(click.ParamType[int]):
    """One byte in hex."""

    name = "byte"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the byte that *value* writes, `3E` or `0x3e`."""
        try:
            byte = int(str(value), 16)
        except ValueError:
            byte = -1
        if not 0 <= byte <= 0xFF:
            self.fail(f"{value!r} is not a byte in hex, such as 3E", param, ctx)
        return byte


@click.group()
def tag() -> None:
    """Explain and encode what is written on books' tags and loan cards."""


@tag.command()
@click.option("--hex", "memory", type=Bytes(), required=True, help="The user's memory.")
@click.option("--air", type=click.Choice(list(Air)), default=Air.ISO15693, show_default=True)
@click.option("--block-bytes", type=click.IntRange(1, 32), default=4, show_default=True)
@click.option("--afi", type=Octet(), help="Of an ISO 15693 tag, in hex.")
@click.option("--dsfid", type=Octet(), help="Of an ISO 15693 tag, in hex.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def explain(  # noqa: PLR0917 - click names each
    memory: bytes,
    air: Air,
    block_bytes: int,
    afi: int | None,
    dsfid: int | None,
    as_json: bool,
) -> None:
    """Say what a tag's memory says, and what is doubtful about it."""
    content = decode(
        TagImage(uid="", air=Air(air), memory=memory, block_bytes=block_bytes, afi=afi, dsfid=dsfid)
    )
    told = explained(content)
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else _in_words(told))


@tag.command()
@click.option("--format", "name", type=click.Choice(["28560-3", "28560-2"]), required=True)
@click.option("--item", required=True, help="The item's or card's number.")
@click.option("--owner", required=True, help="The library's ISIL, such as SE-Um.")
@click.option("--part", type=click.IntRange(1, 255), default=1, show_default=True)
@click.option("--parts", type=click.IntRange(1, 255), default=1, show_default=True)
@click.option(
    "--usage", type=click.Choice([str(int(usage)) for usage in Usage]), default="1",
    show_default=True, help="Type of usage: 1 circulating, 2 not for circulation, 8 patron card.",
)  # fmt: skip
@click.option("--size", type=click.IntRange(1, 1024), required=True, help="32, 34 or 112 bytes.")
def encode(  # noqa: PLR0917 - click names each
    name: Literal["28560-3", "28560-2"],
    item: str,
    owner: str,
    part: int,
    parts: int,
    usage: str,
    size: int,
) -> None:
    """Print the bytes of a tag in hex."""
    meant = Usage(int(usage))
    try:
        click.echo(_encoded(name, item, owner, part, parts, meant, size).hex())
    except MessageError as error:
        raise click.UsageError(str(error)) from error


def _encoded(  # noqa: PLR0917
    name: str, item: str, owner: str, part: int, parts: int, usage: Usage, size: int
) -> bytes:
    if name == iso28560_2.FORMAT:
        return iso28560_2.encode(item, owner=owner, usage=usage, parts=parts, part=part, size=size)
    if size < iso28560_3.SHORT_BLOCK_BYTES or size == iso28560_3.SHORT_BLOCK_BYTES + 1:
        raise MessageError(f"a basic block has 32 or 34 bytes; --size {size} is too little")
    length = min(size, iso28560_3.BLOCK_BYTES)
    block = iso28560_3.encode_basic(
        item, usage=usage, parts=parts, part=part, owner=owner, length=length
    )
    return block.ljust(size, b"\0")


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


def _in_words(told: dict[str, Any]) -> str:
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
