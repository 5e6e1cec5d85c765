"""`python -m provisioning tag`: explain and encode what is written on tags."""

import json
from typing import Any, Literal

import click

from circulation.errors import MessageError
from circulation.tags.content import Usage
from circulation.tags.decoding import decode
from circulation.tags.image import Air, TagImage
from provisioning.tagging.programming import Wish, encoded
from provisioning.tagging.telling import explained, in_words
from provisioning.tagging.writing import (
    page_command,
    pair_command,
    read_command,
    run_command,
    undo_command,
    write_command,
)

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
@click.option(
    "--air", type=click.Choice([air.value for air in Air]), default="iso15693", show_default=True
)
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
    click.echo(json.dumps(told, ensure_ascii=False) if as_json else in_words(told))


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
    wish = Wish(
        item=item, owner=owner, format=name, usage=Usage(int(usage)), parts=parts, part=part
    )
    try:
        click.echo(encoded(wish, size).hex())
    except MessageError as error:
        raise click.UsageError(str(error)) from error


for at_reader in (
    read_command,
    write_command,
    run_command,
    pair_command,
    undo_command,
    page_command,
):
    tag.add_command(at_reader)
