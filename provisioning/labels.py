"""`python -m provisioning labels`: a sheet with each station's name and claim token, to print."""

import html
from pathlib import Path

import click
import segno

from circulation.errors import ConfigError
from hub.claims import is_written_as_token
from provisioning.files import write_secret
from provisioning.stations import SUFFIX

SHEET = "labels.html"
_PAGE = """\
<!doctype html>
<html lang="sv">
<meta charset="utf-8">
<title>Etiketter</title>
<style>
  body {{ font: 12pt/1.3 sans-serif; margin: 10mm; }}
  li {{ display: inline-block; width: 85mm; margin: 0 4mm 4mm 0; padding: 4mm;
       border: 1px solid; break-inside: avoid; vertical-align: top; }}
  ul {{ list-style: none; padding: 0; }}
  svg {{ float: right; width: 32mm; height: 32mm; }}
  strong {{ font-size: 18pt; }}
  code {{ font-size: 11pt; overflow-wrap: anywhere; }}
</style>
<h1>Automater att sätta upp</h1>
<ul>
{labels}
</ul>
</html>
"""
_LABEL = "<li>{qr}<strong>{name}</strong><p>Engångskod:<br><code>{token}</code></p></li>"


@click.command("labels")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def labels(folder: Path) -> None:
    """Write a sheet of labels for the tokens in FOLDER, each with its QR; keep it as secret."""
    tokens = sorted(folder.glob(f"*{SUFFIX}"))
    if not tokens:
        raise ConfigError(f"there are no tokens in {folder}: make some with `station add`")
    write_secret(folder / SHEET, sheet(tokens).encode())
    click.echo(f"{len(tokens)} labels are in {folder / SHEET}.")


def sheet(tokens: list[Path]) -> str:
    """Return the page with a label for each of the files *tokens*."""
    return _PAGE.format(labels="\n".join(_label(each) for each in tokens))


def _label(file: Path) -> str:
    try:
        token = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: no token: {error}") from error
    if not is_written_as_token(token):
        raise ConfigError(f"{file} has no token: `station add` makes one")
    name = file.name.removesuffix(SUFFIX)
    qr = segno.make(f"{name} {token}", error="m").svg_inline(title=f"{name} {token}", omitsize=True)
    return _LABEL.format(qr=qr, name=html.escape(name), token=html.escape(token))
