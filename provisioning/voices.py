"""`python -m provisioning voices`: get neural voices, check them, put them in their place."""

import hashlib
import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import click
from msgspec import Struct

from circulation import settings
from circulation.errors import CirculationError
from provisioning.files import write_atomically

LISTED = "voices.toml"
VOICE_BYTES_MAX = 512 << 20
"""The largest published voices have a fifth of that."""
SECONDS_MAX = 60.0
_CHUNK_BYTES = 1 << 20
_HERE = ("127.0.0.1", "::1", "localhost")
_LANGUAGES = {"no": "nb", "nn": "nb"}
"""What Piper's descriptions call otherwise than we do."""

SHA256 = click.option(
    "--sha256", required=True, metavar="HEX",
    help="Of the .onnx file, as the voice's publisher gives it.",
)  # fmt: skip
TO = click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The folder of voices.",
)


class VoiceError(CirculationError):
    """A voice that is not there, or not what it should be; nothing was put in its place."""


class PlacedVoice(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One voice in a folder: its model and the description beside it, by their SHA-256."""

    language: str
    file: str
    """The model; its description has the same name and `.json` behind it."""
    sha256: str
    described: str
    lufs: float | None = None
    """How loud it is by itself; None where that was not measured."""


class _Listed(Struct, frozen=True, forbid_unknown_fields=True):
    voice: list[PlacedVoice] = []


@click.group("voices")
def voices() -> None:
    """Get neural voices from a URL or a folder, check them, and put them in their place."""


@voices.command("get")
@click.argument("source")
@click.argument("name")
@SHA256
@TO
@click.option("--language", help="Instead of the one in its description, as sv.")
def get_command(source: str, name: str, *, sha256: str, to: Path, language: str | None) -> None:
    """Get the voice NAME (as sv_SE-nst-medium) from SOURCE: an https address, or a folder."""
    to.mkdir(parents=True, exist_ok=True)
    model = to / _plain(name)
    before = next((each.described for each in listed(to) if each.file == model.name), None)
    came = _bring(source, model, sha256.lower(), before)
    voice = PlacedVoice(
        language=language or _language(model),
        file=model.name,
        sha256=sha256.lower(),
        described=_sha256(_description(model)),
        lufs=_lufs(model, language),
    )
    others = [each for each in listed(to) if each.file != voice.file]
    _keep(to, [*others, voice])
    click.echo(f"{model.name} {'is in its place' if came else 'was in its place already'}.")
    click.echo(f"\n{table('speech', voice, to.resolve())}")


@voices.command("check")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def check_command(folder: Path) -> None:
    """Say whether every voice in FOLDER is what it was when it came."""
    found = listed(folder)
    wrong = list(problems(folder, found))
    for problem in wrong:
        click.echo(problem, err=True)
    click.echo(f"{len(found) - len({each.split(':')[0] for each in wrong})} of {len(found)} whole.")
    sys.exit(1 if wrong or not found else 0)


@voices.command("place")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@TO
def place_command(folder: Path, *, to: Path) -> None:
    """Copy every voice in FOLDER to another, such as a machine's, and check what arrived."""
    found = listed(folder)
    if not found:
        raise VoiceError(f"{folder} has no voices: `voices get` brings some")
    if wrong := list(problems(folder, found)):
        raise VoiceError("; ".join(wrong))
    to.mkdir(parents=True, exist_ok=True)
    for voice in found:
        _bring(str(folder), to / voice.file, voice.sha256, voice.described)
    if wrong := list(problems(to, found)):
        raise VoiceError("; ".join(wrong))
    kept = {each.file for each in found}
    _keep(to, [*(each for each in listed(to) if each.file not in kept), *found])
    for voice in found:
        click.echo(f"{table('speech', voice, to.resolve())}\n")


def listed(folder: Path) -> list[PlacedVoice]:
    """Return the voices that came to *folder*; raises `ConfigError` for a list that is none."""
    if not (folder / LISTED).exists():
        return []
    return settings.load(folder / LISTED, _Listed).voice


def problems(folder: Path, found: list[PlacedVoice]) -> Iterator[str]:
    """Give what is wrong with the voices *found* in *folder*, each with its file's name."""
    for voice in found:
        model = folder / voice.file
        for path, sha256 in ((model, voice.sha256), (_description(model), voice.described)):
            if not path.is_file():
                yield f"{voice.file}: {path.name} is missing"
            elif _sha256(path) != sha256:
                yield f"{voice.file}: {path.name} is not what it was when it came"


def table(kind: str, voice: PlacedVoice, folder: Path) -> str:
    """Return the settings of *voice* in *folder*, for a station (`speech`) or a hub (`phrases`)."""
    lines = [
        f"[[{kind}.voice]]",
        f"language = {json.dumps(voice.language)}",
        f"file = {json.dumps(str(folder / voice.file), ensure_ascii=False)}",
        f'sha256 = "{voice.sha256}"',
    ]
    return "\n".join(lines if voice.lufs is None else [*lines, f"lufs = {voice.lufs:g}"])


def _plain(name: str) -> str:
    model = name if name.endswith(".onnx") else f"{name}.onnx"
    if Path(model).name != model or model.startswith("."):
        raise VoiceError(f"{name!r} is no voice's name, such as sv_SE-nst-medium")
    return model


def _description(model: Path) -> Path:
    return model.with_name(f"{model.name}.json")


def _bring(source: str, model: Path, sha256: str, expected: str | None) -> bool:
    """Put the voice *model* from *source* in its place; return False where it was there whole.

    *expected* is the description's SHA-256, None where nobody knows it yet.
    """
    description = _description(model)
    is_here = model.is_file() and description.is_file() and _sha256(model) == sha256
    if is_here and expected in (None, _sha256(description)):
        return False
    with ExitStack() as staged:
        described = staged.enter_context(_coming(source, description))
        came = staged.enter_context(_coming(source, model))
        if (found := _sha256(came)) != sha256:
            raise VoiceError(
                f"{model.name} from {source} is not the file it should be (SHA-256 {found}); "
                "nothing was put in its place"
            )
        described.replace(description)
        came.replace(model)
    return True


@contextmanager
def _coming(source: str, path: Path) -> Iterator[Path]:
    """Give *path* from *source* under another name, gone where it was not put in its place."""
    coming = path.with_name(f".{path.name}.coming")
    try:
        with _opened(source, path.name) as there, coming.open("wb") as here:
            _copy(there, here, path.name)
        yield coming
    except (OSError, HTTPException) as error:
        raise VoiceError(f"{path.name} from {source}: {error}") from error
    finally:
        coming.unlink(missing_ok=True)


def _opened(source: str, name: str) -> Any:
    parts = urlsplit(source)
    if parts.scheme in ("", "file"):
        return (Path(parts.path or source) / name).open("rb")
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE):
        address = f"{source.rstrip('/')}/{name}"
        return urllib.request.urlopen(address, timeout=SECONDS_MAX)  # noqa: S310 - as checked above
    raise VoiceError(f"voices come from a folder or over https, not from {source[:60]!r}")


def _copy(there: BinaryIO, here: BinaryIO, name: str) -> None:
    size = 0
    while chunk := there.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > VOICE_BYTES_MAX:
            raise VoiceError(f"{name} has more than {VOICE_BYTES_MAX >> 20} MiB: no voice has")
        here.write(chunk)
    here.flush()
    os.fsync(here.fileno())


def _language(model: Path) -> str:
    try:
        described = json.loads(_description(model).read_text(encoding="utf-8"))
        code = str(described["language"]["code"]).partition("_")[0]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise VoiceError(
            f"{_description(model)} does not say which language it is: give --language"
        ) from error
    return _LANGUAGES.get(code, code)


def _lufs(model: Path, language: str | None) -> float | None:
    """Return how loud *model* is, None where this machine has nothing to measure with."""
    try:
        # Imported here: a technician's machine need not have engines of speech.
        import pyloudnorm  # noqa: F401, PLC0415

        from speech import loudness  # noqa: PLC0415
        from speech.engine import WPM_DEFAULT, SpeechError  # noqa: PLC0415
        from speech.piper import Piper  # noqa: PLC0415
    except ImportError:
        click.echo("Its loudness was not measured: the extra `voices` is not installed.", err=True)
        return None
    try:
        return round(loudness.of_voice(Piper(model), language or _language(model), WPM_DEFAULT), 1)
    except SpeechError as error:
        raise VoiceError(str(error)) from error


def _keep(folder: Path, found: list[PlacedVoice]) -> None:
    lines = ["# Written by `python -m provisioning voices`."]
    for voice in sorted(found, key=lambda each: each.file):
        lines += [
            "",
            "[[voice]]",
            f"language = {json.dumps(voice.language)}",
            f"file = {json.dumps(voice.file)}",
            f'sha256 = "{voice.sha256}"',
            f'described = "{voice.described}"',
        ]
        if voice.lufs is not None:
            lines.append(f"lufs = {voice.lufs:g}")
    write_atomically(folder / LISTED, ("\n".join(lines) + "\n").encode())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
