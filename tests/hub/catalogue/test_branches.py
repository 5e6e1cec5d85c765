from datetime import date

from hub.catalogue.branches import branch, branches, municipalities


def test_a_branch_comes_back_with_its_hours_and_closed_days(engine):
    with engine.connect() as db:
        found = branch(db, "VIN")
        assert branch(db, "XXX") is None
        assert [one.code for one in branches(db)] == ["GRA", "VIN"]
        assert municipalities(db)["vindeln"].pin_to_borrow

    assert found.details.closed_days == [date(2026, 12, 23)]
    assert found.details.hours[4].closes == 1080
