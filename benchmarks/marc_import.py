"""MARC records into the catalogue, against pymarc's own reading of the same file."""

import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pymarc
from sqlalchemy import Engine

from hub.catalogue import tables
from hub.catalogue.importing import import_file
from hub.catalogue.search import search
from hub.database import open_database

RECORDS = 200_000
_SAID = """natt skog älv minne hus resa dotter bror vinter ljus sång väg brev hav stad barn krig
fred trädgård bok dröm tystnad kärlek granne berg sten fågel is eld dag"""
_CALLED = "Öberg Lind Ek Åström Sjö Berg Holm Dahl Nyström Lund Hägg Ask"
WORDS, NAMES = _SAID.split(), _CALLED.split()


def records(many: int, seed: int = 1) -> Iterator[bytes]:
    """Yield *many* records like those of a public library, of invented titles."""
    rng = random.Random(seed)
    for number in range(many):
        yield _record(rng, number).as_marc()


def _record(rng: random.Random, number: int) -> pymarc.Record:
    made = pymarc.Record(force_utf8=True)
    made.leader = pymarc.Leader("00000nam a2200000   4500")
    person = f"{rng.choice(NAMES)}, {rng.choice(WORDS).title()}"
    year = rng.randrange(1950, 2027)
    made.add_field(pymarc.Field(tag="001", data=f"n{number:08}"))
    made.add_field(pymarc.Field(tag="008", data=f"120101s{year}    sw |||||||||||||||||swe|d"))
    made.add_field(_field("020", "a", f"978{rng.randrange(10**9):09}0"))
    made.add_field(_field("100", "a", f"{person},", "d", "1950-"))
    title = " ".join(rng.choices(WORDS, k=rng.randrange(2, 6))).capitalize()
    made.add_field(_field("245", "a", f"{title} /", "c", person))
    made.add_field(_field("264", "a", "Umeå :", "b", "Förlaget,", "c", str(year)))
    made.add_field(_field("300", "a", f"{rng.randrange(40, 900)} sidor"))
    made.add_field(_field("520", "a", " ".join(rng.choices(WORDS, k=30))))
    for _ in range(rng.randrange(1, 4)):
        made.add_field(_field("650", "a", rng.choice(WORDS).capitalize()))
    return made


def _field(tag: str, *told: str) -> pymarc.Field:
    pairs = zip(told[::2], told[1::2], strict=True)
    return pymarc.Field(
        tag=tag,
        indicators=pymarc.Indicators("1", "0"),
        subfields=[pymarc.Subfield(code, value) for code, value in pairs],
    )


def _bare(file: Path) -> float:
    begun = time.perf_counter()
    with file.open("rb") as stream:
        read = sum(record is not None for record in pymarc.MARCReader(stream))
    assert read, "pymarc reads what it wrote"
    return time.perf_counter() - begun


def main(many: int = RECORDS) -> None:
    """Print how fast *many* records go in and are found, and how much memory it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "titles.mrc"
        with file.open("wb") as out:
            for raw in records(many):
                out.write(raw)
        engine = open_database(f"sqlite:///{folder / 'hub.sqlite'}")
        tables.ensure(engine)
        bare = _bare(file)
        memory: list[int] = []
        begun = time.perf_counter()
        import_file(engine, file, lambda _read: memory.append(_kib()))
        took = time.perf_counter() - begun
        found = _searched(engine)
        engine.dispose()
    early = memory[len(memory) // 10]
    print(f"pymarc alone     {many / bare:8.0f} records/s")
    print(f"import           {many / took:8.0f} records/s, of {many}")
    print(f"import : pymarc = {bare / took:.2f}")
    late = memory[-1] / 1024
    print(f"memory           {early / 1024:8.0f} MiB after a tenth, {late:.0f} at the end")
    print(f"search           {found * 1000:8.1f} ms, the slowest of a few for a first page")


def _searched(engine: Engine) -> float:
    slowest = 0.0
    with engine.connect() as db:
        for sought in ("älv", "natt skog", "Öberg", "sång av Lind", "xyzzy"):
            begun = time.perf_counter()
            search(db, sought)
            slowest = max(slowest, time.perf_counter() - begun)
    return slowest


def _kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RECORDS)
