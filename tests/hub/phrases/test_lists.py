from circulation.identifiers import BranchCode, TitleId
from circulation.messages import ShelfTitle
from circulation.phrase_list import Entry, decode
from hub.phrases import lists
from hub.phrases.store import Rendered
from hub.phrases.wanted import Wording, in_order

SPOKEN = [
    Wording().of_title(ShelfTitle(id=TitleId(name), title=f"Bok {name}"))
    for name in ("new", "old", "mute")
]
NEW, OLD, MUTE = (spoken.touch[0].words for spoken in SPOKEN)
RENDERED = {
    NEW: Rendered("joe", b"n" * 32, 100),
    OLD: Rendered("joe", b"o" * 32, 200),
    MUTE: Rendered("joe", b"", 0),
}


def test_a_branch_is_offered_its_own_titles_first_and_only_what_is_rendered():
    copies = {BranchCode("GRA"): frozenset({TitleId("old")})}

    assert decode(lists.by_branch([], SPOKEN, copies, RENDERED)["GRA"]) == [
        Entry(OLD, b"o" * 32, 200),
        Entry(NEW, b"n" * 32, 100),
    ]


def test_every_branch_has_a_list_also_one_without_copies():
    copies = {BranchCode("GRA"): frozenset({TitleId("old")}), BranchCode("VIN"): frozenset()}

    found = lists.by_branch([], SPOKEN, copies, RENDERED)

    assert [entry.words for entry in decode(found["VIN"])] == [NEW, OLD]
    assert [entry.words for entry in decode(found["GRA"])] == [OLD, NEW]


def test_a_list_ends_where_no_station_has_room_for_more(monkeypatch):
    monkeypatch.setattr(lists, "LISTED_BYTES_MAX", 250)

    assert len(decode(lists.of_branch(in_order([], SPOKEN), RENDERED))) == 1
