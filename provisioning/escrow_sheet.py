"""`python -m provisioning escrow-sheet`: an escrow copy on paper, to be kept in a safe."""

import html
from pathlib import Path

import click
import msgspec
import segno

from hub.escrow import opened
from provisioning.files import write_secret

QR_LETTERS_MAX = 1200
"""As many as a telephone reads off paper without trouble."""
_PAGE = """\
<!doctype html>
<html lang="sv">
<meta charset="utf-8">
<title>{region}: nycklar i reserv</title>
<style>
  body {{ font: 11pt/1.3 sans-serif; margin: 15mm; }}
  figure {{ display: inline-block; margin: 0 8mm 8mm 0; break-inside: avoid; }}
  svg {{ width: 80mm; height: 80mm; }}
  code {{ font-size: 8pt; overflow-wrap: anywhere; }}
</style>
<h1>{region}: navets nycklar, i reserv</h1>
<p>Nycklar: {keys}. Förvara det här pappret och lösenfrasen på två olika ställen.</p>
<p>Så här läses det tillbaka: skanna rutorna i ordning, lägg texterna efter varandra i en fil,
och kör <code>python -m hub keys restore FIL</code> på navet.</p>
{codes}
<p><code>{text}</code></p>
</html>
"""


@click.command("escrow-sheet")
@click.argument("copy", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True)
def escrow_sheet(copy: Path, to: Path) -> None:
    """Write the escrow copy COPY as a page to print: its text, and the same as QR codes.

    Without the passphrase nobody reads anything out of it.
    """
    page, codes = sheet(copy)
    write_secret(to, page.encode())
    many = "1 code" if codes == 1 else f"{codes} codes"
    click.echo(f"{to} has {many} to scan. Print it, and keep the passphrase elsewhere.")


def sheet(copy: Path) -> tuple[str, int]:
    """Return the page for the escrow copy in *copy*, and how many codes it has."""
    escrow = opened(copy)
    text = msgspec.json.encode(escrow).decode()
    parts = pieces(text)
    page = _PAGE.format(
        region=html.escape(escrow.region),
        keys=html.escape(", ".join(escrow.keys)),
        codes="\n".join(_code(number, part) for number, part in enumerate(parts, start=1)),
        text=html.escape(text),
    )
    return page, len(parts)


def pieces(text: str) -> list[str]:
    """Return *text* in pieces that one code each can carry; one after another they are it."""
    return [text[at : at + QR_LETTERS_MAX] for at in range(0, len(text), QR_LETTERS_MAX)]


def _code(number: int, part: str) -> str:
    code = segno.make(part, error="m").svg_inline(omitsize=True)
    return f"<figure>{code}<figcaption>{number}</figcaption></figure>"
