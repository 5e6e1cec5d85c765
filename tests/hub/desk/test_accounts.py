import pytest
from sqlalchemy import select

from hub.desk.accounts import account, add_account, desk_account, log_opening, right
from tests.hub.web.rig import PASSWORD


def test_a_password_is_kept_as_a_hash_only(rig):
    with rig.engine.connect() as db:
        kept = db.execute(select(desk_account)).all()

    assert PASSWORD not in str(kept)
    assert right(rig.engine, "maja", PASSWORD)


@pytest.mark.parametrize("name", ["maja", "nobody", ""])
def test_a_wrong_password_or_name_is_not_right(rig, name):
    assert not right(rig.engine, name, "another long one")


def test_adding_an_account_again_gives_it_a_new_password(rig):
    add_account(rig.engine, "maja", "en helt annan mening", "region")

    assert not right(rig.engine, "maja", PASSWORD)
    assert account(rig.engine, "maja").role == "region"


@pytest.mark.parametrize(
    ("password", "role", "told"),
    [("short", "librarian", "at least 10"), (PASSWORD, "king", "choose one of librarian")],
)
def test_an_account_that_cannot_be_is_refused_with_what_can(rig, password, role, told):
    with pytest.raises(ValueError, match=told):
        add_account(rig.engine, "x", password, role)


def test_a_technician_has_no_need_of_names(rig):
    assert not account(rig.engine, "teknik").may_see_patrons
    assert account(rig.engine, "maja").may_see_patrons


def test_an_opening_is_kept(rig):
    log_opening(rig.engine, "maja", "key", 1)
    log_opening(rig.engine, "maja", "key", 2)

    with rig.engine.connect() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM desk_opening").scalar() == 2
