"""A new sealing key comes last and takes none away; an old one goes when nothing is owed to it."""

import stat

import pytest
from msgspec import structs

from circulation import signing
from circulation.errors import ConfigError
from circulation.messages import State
from hub.errors import HubError
from hub.fleet import Enrolled, Station
from hub.keys import KeptKey, encode_kept, load_kept
from hub.rotation import DRAWER_MS, retire, rotate, standings
from tests.hub.rig import AUTHORITY, KEY, NOW_MS, PRIVATE

NEWER = "2026-11-23-abcdef"
FIRST = KeptKey(id=KEY.id, private=PRIVATE)
PUBLIC = AUTHORITY.certificate.public_key()


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "sealing.json"
    path.write_bytes(encode_kept([FIRST]))
    return path


def add(path, id_: str) -> KeptKey:
    new = structs.replace(rotate(path, AUTHORITY.key, NOW_MS), id=id_)
    path.write_bytes(encode_kept([FIRST, new]))
    return new


def station(id_: str, *keys: str, epoch: int = 1, revoked: bool = False) -> Station:
    enrolled = Enrolled(id_, 1, "Vindeln", "VIN", "loan", "vindeln", b"k" * 32)
    state = State(alive=True, connection=1, epoch=epoch, keys=list(keys)) if keys else None
    return Station(enrolled=enrolled, state=state, seen_ms=1, up_to_seq=0, revoked=revoked)


def test_a_new_key_is_the_last_and_the_authority_vouches_for_it(path):
    new = rotate(path, AUTHORITY.key, NOW_MS)

    assert load_kept(path) == [FIRST, new]
    assert signing.vouched(new.vouched(), [PUBLIC]).id == new.id
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_clock_that_went_back_makes_no_key_older_than_the_one_before(path):
    first, second = (rotate(path, AUTHORITY.key, at_ms) for at_ms in (NOW_MS, NOW_MS - 10**10))

    assert second.made_ms > first.made_ms
    assert len({FIRST.id, first.id, second.id}) == 3


def test_without_its_file_no_key_is_made(tmp_path):
    with pytest.raises(ConfigError, match="no sealing keys"):
        rotate(tmp_path / "sealing.json", AUTHORITY.key, NOW_MS)


@pytest.mark.parametrize(
    "needs",
    [
        station("vindeln-1", "2026-1", NEWER),
        station("vindeln-1", NEWER, epoch=0),
        station("vindeln-1"),
    ],
)
def test_an_old_key_is_kept_for_whoever_may_have_facts_under_it(path, needs):
    add(path, NEWER)
    fleet = [needs, station("umea-1", NEWER)]
    (old, new) = standings(load_kept(path), fleet)

    assert (old.stations, old.free_ms, new.free_ms) == (["vindeln-1"], None, None)
    with pytest.raises(HubError, match="may be owed"):
        retire(path, "2026-1", fleet, NOW_MS + 10 * DRAWER_MS)
    assert len(load_kept(path)) == 2


def test_it_goes_a_year_after_it_was_replaced_once_nobody_needs_it(path):
    new = add(path, NEWER)
    fleet = [station("vindeln-1", NEWER), station("umea-1", "2026-1", revoked=True)]
    (old, _) = standings(load_kept(path), fleet)
    assert old.free_ms == new.made_ms + DRAWER_MS

    with pytest.raises(HubError, match="may be owed"):
        retire(path, "2026-1", fleet, old.free_ms - 1)
    retire(path, "2026-1", fleet, old.free_ms)

    assert load_kept(path) == [new]


def test_the_key_in_use_never_goes(path):
    with pytest.raises(HubError, match="may be owed"):
        retire(path, FIRST.id, [], NOW_MS + 10 * DRAWER_MS)


def test_an_unknown_key_is_named(path):
    with pytest.raises(ConfigError, match="no sealing key '2025-1'"):
        retire(path, "2025-1", [], NOW_MS)


def test_a_key_that_stations_have_and_the_hub_has_not_is_named(path):
    (gone, here) = standings(load_kept(path), [station("vindeln-1", "2026-1", "2025-9")])

    assert (gone.id, gone.here, gone.stations, gone.free_ms) == (
        "2025-9",
        False,
        ["vindeln-1"],
        None,
    )
    assert here.here
    assert structs.asdict(here)["replaced_ms"] is None
