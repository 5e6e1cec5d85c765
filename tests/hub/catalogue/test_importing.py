import threading
import tracemalloc

import msgspec
import pytest
from sqlalchemy import select

from circulation.messages import ShelfTitle
from circulation.storable import unstorable
from hub.catalogue import tables
from hub.catalogue.importing import import_file
from hub.catalogue.search import search
from tests.hub.catalogue.records import iso2709, record


def bring_in(engine, tmp_path, *records, tail=b""):
    file = tmp_path / "records.mrc"
    file.write_bytes(iso2709(*records) + tail)
    return import_file(engine, file)


def spoken(engine, control_number):
    title = tables.title.c
    with engine.connect() as db:
        found = db.scalar(select(title.shelf_title).where(title.control_number == control_number))
    return msgspec.convert(found, ShelfTitle)


def test_every_record_of_a_file_becomes_a_title(engine, tmp_path):
    report = bring_in(
        engine, tmp_path, record("n1", "Bränt barn /", f100a="Exempel, Åsa"), record("n2")
    )

    assert (report.read, report.titles, report.repeated, report.broken) == (2, 2, {}, [])
    assert spoken(engine, "n1").title == "Bränt barn"
    assert spoken(engine, "n1").author == "Åsa Exempel"


def test_records_that_share_a_control_number_are_all_named_and_the_last_stands(engine, tmp_path):
    shared = [record("n1", f"Utgåva {number}") for number in range(3)]

    report = bring_in(engine, tmp_path, shared[0], record("n2"), *shared[1:])

    assert (report.read, report.titles, report.repeated) == (4, 2, {"n1": [1, 3, 4]})
    assert spoken(engine, "n1").title == "Utgåva 2"


def test_a_broken_record_is_reported_and_the_rest_goes_in(engine, tmp_path):
    report = bring_in(engine, tmp_path, record("n1"), tail=b"00012torn\x1d" + iso2709(record("n3")))

    assert (report.read, report.titles) == (3, 2)
    (broken,) = report.broken
    assert (broken.number, broken.reason) == (2, "says that it has 12 bytes and has 10")


def test_a_title_brought_in_again_is_corrected_and_found_by_its_new_words_only(engine, tmp_path):
    bring_in(engine, tmp_path, record("n1", "Den felstavade"))
    bring_in(engine, tmp_path, record("n1", "Den rättade"))

    with engine.connect() as db:
        assert [hit.title.title for hit in search(db, "rättade").hits] == ["Den rättade"]
        assert search(db, "felstavade").total == 0


def test_progress_is_told_as_batches_go_in(engine, tmp_path):
    file = tmp_path / "records.mrc"
    file.write_bytes(iso2709(*(record(f"n{number}") for number in range(1001))))
    told = []

    import_file(engine, file, told.append)

    assert told == [500, 1000, 1001]


class StoppedError(Exception):
    """Somebody pulled the plug."""


def test_a_file_that_was_stopped_goes_on_where_it_was(engine, tmp_path):
    file = tmp_path / "records.mrc"
    made = [record(f"n{number}", f"Bok {number}") for number in range(1200)]
    made[1100] = record("n7", "Den rättade sjunde")
    file.write_bytes(iso2709(*made))

    def stop(read):
        if read > 500:
            raise StoppedError

    with pytest.raises(StoppedError):
        import_file(engine, file, stop)
    assert not [each for each in threading.enumerate() if each.name.startswith("records")]
    report = import_file(engine, file)

    assert (report.read, report.titles, report.resumed) == (1200, 1199, 1000)
    assert report.repeated == {"n7": [8, 1101]}
    assert spoken(engine, "n7").title == "Den rättade sjunde"
    assert spoken(engine, "n1199").title == "Bok 1199"


def test_a_file_that_went_in_whole_is_read_from_its_first_record_again(engine, tmp_path):
    bring_in(engine, tmp_path, record("n1"))

    assert bring_in(engine, tmp_path, record("n1")).resumed == 0


def test_another_file_does_not_go_on_where_this_one_was_stopped(engine, tmp_path):
    file = tmp_path / "records.mrc"
    file.write_bytes(iso2709(*(record(f"n{number}") for number in range(600))))

    def stop(_read):
        raise StoppedError

    with pytest.raises(StoppedError):
        import_file(engine, file, stop)

    assert bring_in(engine, tmp_path, record("other")).resumed == 0


def test_memory_does_not_grow_with_the_file(engine, tmp_path):
    file = tmp_path / "records.mrc"
    file.write_bytes(iso2709(*(record(f"n{number:06}") for number in range(3000))))
    sizes = []
    tracemalloc.start()

    import_file(engine, file, lambda _read: sizes.append(tracemalloc.get_traced_memory()[0]))

    tracemalloc.stop()
    # What is remembered of words that come again is bounded, and fills while this runs.
    assert sizes[-1] - sizes[1] < 128 << 10, "under 66 bytes for each of 2000 records"


def test_a_record_with_a_nul_is_found_without_it_and_no_column_has_one(engine, tmp_path):
    odd = record("n1", "Bränt\0 barn", f100a="Exem\0pel, Åsa", f650a="Ba\0rn")
    bring_in(engine, tmp_path, odd)

    with engine.connect() as db:
        row = db.execute(select(tables.title).where(tables.title.c.control_number == "n1")).one()
        assert [hit.title.title for hit in search(db, "bränt").hits] == ["Bränt barn"]
    told = row._asdict() | {"marc": None}
    assert unstorable(msgspec.to_builtins(told)) is None


def test_a_control_number_with_a_nul_is_no_number(engine, tmp_path):
    report = bring_in(engine, tmp_path, record("n\x001"), record("n2"))

    assert (report.titles, [each.reason for each in report.broken]) == (
        1,
        ["its control number (001) has a sign that no database holds"],
    )
