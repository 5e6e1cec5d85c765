import pytest
from sqlalchemy import update

from circulation.errors import ConfigError
from circulation.identifiers import BranchCode, StationId
from circulation.proof import STATION_NUMBER_MAX
from hub import claims
from hub.claims import Expected
from hub.enrolment import NewStation, take_in
from hub.tables import claim
from tests.hub.catalogue.cast import make_catalogue

NOW_MS = 1_700_000_000_000


@pytest.fixture
def engine(tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    yield engine
    engine.dispose()


def expected(id_="umea-9", **fields):
    told = {"municipality": "umea", "branch": BranchCode("UME"), "kind": "loan", "kit": "k"}
    return Expected(station=StationId(id_), partition="umea", **told | fields)


def test_a_token_is_160_bits_that_can_be_read_out(engine):
    tokens = {claims.new_token() for _ in range(50)}

    assert len(tokens) == 50
    assert all(set("".join(tokens)) <= set("ABCDEFGHJKLMNPQRSTUVWXYZ23456789-") for _ in tokens)
    assert {len(each.replace("-", "")) * 5 for each in tokens} == {160}


def test_the_token_is_kept_as_a_hash_and_known_however_it_is_written(engine):
    token = claims.new_token()
    with engine.begin() as db:
        claims.expect(db, expected(), token, NOW_MS)
        known = claims.of(db, StationId("umea-9"))

    assert token.replace("-", "") not in repr(known)
    assert claims.is_token(known, token.lower().replace("-", " "))
    assert not claims.is_token(known, claims.new_token())


def test_each_station_that_is_expected_has_a_number_of_its_own(engine):
    with engine.begin() as db:
        numbers = [claims.expect(db, expected(f"umea-{n}"), "t", NOW_MS) for n in (1, 2)]
        again = claims.expect(db, expected("umea-1", branch=BranchCode("UMS")), "other", NOW_MS)
        known = claims.of(db, StationId("umea-1"))

    assert numbers == [1, 2]
    assert (again, known.branch) == (1, "UMS")
    assert claims.is_token(known, "other")


def test_one_that_is_in_is_not_expected_again(engine):
    new = NewStation(
        id=StationId("umea-9"), number=4, municipality="umea", branch=BranchCode("UME"),
        kind="loan", partition="umea", card_key=bytes(32),
    )  # fmt: skip
    with engine.begin() as db:
        take_in(db, new, b"PEM")
        with pytest.raises(ConfigError, match="reissue"):
            claims.expect(db, expected(), "t", NOW_MS)
        assert claims.expect(db, expected("umea-8"), "t", NOW_MS) == 5


def test_when_there_are_no_more_numbers_it_is_said(engine):
    with engine.begin() as db:
        claims.expect(db, expected(), "t", NOW_MS)
        db.execute(update(claim).values(number=STATION_NUMBER_MAX))
        with pytest.raises(ConfigError, match="no more numbers"):
            claims.expect(db, expected("umea-8"), "t", NOW_MS)


def test_only_one_that_has_asked_is_accepted(engine):
    with engine.begin() as db:
        claims.expect(db, expected(), "t", NOW_MS)
        with pytest.raises(ConfigError, match="there wait: none"):
            claims.accept(db, StationId("umea-9"))
        claims.note_asked(db, StationId("umea-9"), b"key", NOW_MS)
        assert [each.station for each in claims.waiting(db)] == ["umea-9"]
        claims.accept(db, StationId("umea-9"))

        assert claims.waiting(db) == []
        assert [each.accepted for each in claims.expected(db)] == [True]
        claims.note_taken(db, StationId("umea-9"), b"key", NOW_MS)
        assert claims.expected(db) == []
