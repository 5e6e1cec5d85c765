"""One authority in the place of another: both are trusted, the new one signs, the old one goes."""

import os
import stat
from datetime import timedelta

import pytest
from cryptography import x509

from circulation.authorities import key_bytes, signed_by
from circulation.certificates import new_key, request
from circulation.errors import ConfigError
from hub import authorities, reissue
from hub.authorities import announce, drop, load_authorities, reissued, switch, under_former
from hub.errors import HubError
from tests.hub.catalogue.cast import make_catalogue
from tests.hub.joiners import AUTHORITY, NOW, UMEA_9, JoiningHub, asking


@pytest.fixture
def folder(tmp_path):
    there = tmp_path / "authority"
    there.mkdir()
    (there / "ca.key").write_bytes(AUTHORITY.key_pem())
    (there / "ca.pem").write_bytes(AUTHORITY.certificate_pem())
    return there


def test_one_that_waits_is_trusted_and_signs_nothing_yet(folder):
    coming = announce(folder, "Umeåregionen", NOW)

    there = load_authorities(folder)
    assert there.present.certificate == AUTHORITY.certificate
    assert [each.certificate for each in there.all()] == [
        AUTHORITY.certificate,
        coming.certificate,
    ]
    assert coming.certificate.subject != AUTHORITY.certificate.subject
    assert signed_by(there.bridges[0], [AUTHORITY.certificate])
    told = there.trust([], NOW)
    assert (len(told.authorities), len(told.bridges), len(told.withdrawn)) == (2, 1, 2)
    modes = {each.stat().st_mode & 0o777 for each in (folder / "next").iterdir()}
    assert modes == {0o600}


def test_then_it_signs_and_the_one_before_is_still_trusted(folder):
    coming = announce(folder, "Umeåregionen", NOW)

    there = switch(folder)

    assert there.present.certificate == coming.certificate
    assert there.former.certificate == AUTHORITY.certificate
    assert there.coming is None
    drop(folder)
    assert load_authorities(folder).all()[1:] == []


BEFORE = (".former/ca.key", ".former/ca.pem")
CUTS = [*BEFORE, "bridge.pem", "ca.key", "ca.pem"]


def switch_until(cut, folder, monkeypatch):
    """Switch in *folder*, and pull the plug once the file *cut* is written."""
    write = authorities.write_secret

    def cut_off(path, body):
        write(path, body)
        if str(path.relative_to(folder)) == cut:
            raise HubError("the plug was pulled")

    with monkeypatch.context() as patched:
        patched.setattr(authorities, "write_secret", cut_off)
        with pytest.raises(HubError, match="plug"):
            switch(folder)


@pytest.mark.parametrize("cut", CUTS)
def test_a_switch_that_is_cut_off_is_said_again(folder, cut, monkeypatch):
    coming = announce(folder, "Umeåregionen", NOW)
    switch_until(cut, folder, monkeypatch)

    there = switch(folder)
    assert there.present.certificate == coming.certificate
    assert there.present.key.public_key() == coming.key.public_key()
    assert there.former.certificate == AUTHORITY.certificate


@pytest.mark.parametrize("cut", CUTS)
def test_where_a_switch_was_cut_off_nothing_is_signed_by_half_an_authority(
    folder, cut, monkeypatch
):
    coming = announce(folder, "Umeåregionen", NOW)
    switch_until(cut, folder, monkeypatch)

    there = load_authorities(folder)

    key = new_key()
    leaf = there.present.issue(request(key, "umea-9"), "umea-9", NOW)
    assert signed_by(x509.load_pem_x509_certificate(leaf), [there.present.certificate])
    signs = AUTHORITY if cut in BEFORE else coming
    assert there.present.certificate == signs.certificate
    told = {each.certificate for each in there.all()}
    assert told == {AUTHORITY.certificate, coming.certificate}


def test_where_a_switch_was_cut_off_it_is_ended_before_anything_is_dropped(folder, monkeypatch):
    coming = announce(folder, "Umeåregionen", NOW)
    switch_until("ca.key", folder, monkeypatch)

    with pytest.raises(HubError, match="`authority switch` comes first"):
        drop(folder)
    switch(folder)
    drop(folder)

    assert [each.certificate for each in load_authorities(folder).all()] == [coming.certificate]


@pytest.mark.parametrize(("before", "step"), [([], switch), ([switch], drop)])
def test_an_authority_that_goes_is_gone_at_once(folder, before, step, monkeypatch):
    coming = announce(folder, "Umeåregionen", NOW)
    for each in before:
        each(folder)

    def cut_off(path, **_how):
        if path.exists():
            next(path.iterdir()).unlink()
            raise HubError("the plug was pulled")

    with monkeypatch.context() as patched:
        patched.setattr(authorities.shutil, "rmtree", cut_off)
        with pytest.raises(HubError, match="plug"):
            step(folder)

    there = load_authorities(folder)
    assert there.present.certificate == coming.certificate
    assert there.coming is None
    if there.former is not None:
        drop(folder)
    assert announce(folder, "Umeåregionen", NOW)


def test_a_key_that_is_not_its_certificates_is_no_authoritys(folder):
    coming = announce(folder, "Umeåregionen", NOW)
    (folder / "ca.key").write_bytes(coming.key_pem())

    with pytest.raises(ConfigError, match="not the one in its certificate"):
        load_authorities(folder)


@pytest.mark.parametrize(
    ("before", "then", "told"),
    [
        ([], switch, "`authority new` makes one"),
        ([], drop, "nothing is to be dropped"),
        (["announce"], "announce", "waits already"),
        (["announce", "switch"], "announce", "`authority drop` comes first"),
    ],
)
def test_what_is_said_out_of_turn_is_answered_with_what_comes_first(folder, before, then, told):
    steps = {"announce": lambda at: announce(at, "Umeåregionen", NOW), "switch": switch}
    for step in before:
        steps[step](folder)

    with pytest.raises(HubError, match=told):
        steps.get(then, then)(folder)


def test_who_still_has_a_certificate_of_the_one_before_is_named(folder, tmp_path):
    engine = make_catalogue(tmp_path / "hub.sqlite")
    hub = JoiningHub(engine)
    hub.joining.join(asking(hub.expects("umea-8"), new_key(), id_="umea-8"))
    announce(folder, "Umeåregionen", NOW)
    hub.authorities = switch(folder)
    hub.joining.join(asking(hub.expects("umea-9"), new_key(), id_="umea-9"))

    with engine.connect() as db:
        assert under_former(db, hub.authorities) == ["umea-8"]
    engine.dispose()


def test_a_servers_certificate_is_issued_again_with_what_leads_to_it(folder):
    key = new_key()
    old = x509.load_pem_x509_certificate(
        AUTHORITY.issue(request(key, "hub.example.org"), "hub.example.org", NOW,
                        hosts=("hub.example.org",), days=730)
    )  # fmt: skip
    announce(folder, "Umeåregionen", NOW)
    there = switch(folder)

    new, bridge = x509.load_pem_x509_certificates(reissued(there, old, NOW + timedelta(days=700)))

    assert signed_by(new, [there.present.certificate])
    assert (new.subject, key_bytes(new)) == (old.subject, key_bytes(old))
    kind = x509.SubjectAlternativeName
    assert new.extensions.get_extension_for_class(kind) == old.extensions.get_extension_for_class(
        kind
    )
    assert new.not_valid_after_utc == NOW + timedelta(days=1430)
    assert signed_by(bridge, [AUTHORITY.certificate])
    assert key_bytes(bridge) == key_bytes(there.present.certificate)


def test_a_bridge_that_is_damaged_is_named(folder):
    announce(folder, "Umeåregionen", NOW)
    (folder / "next" / "bridge.pem").write_text("no")

    with pytest.raises(ConfigError, match=r"bridge\.pem"):
        load_authorities(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes what another is to read")
def test_what_root_makes_for_the_hub_the_hub_can_read(folder):
    group = 12_345
    os.chown(folder, 0, group)
    for each in folder.iterdir():
        os.chown(each, 0, group)

    announce(folder, "Umeåregionen", NOW)
    switch(folder)

    made = [each.stat() for each in folder.rglob("*")]
    assert {each.st_gid for each in made} == {group}
    assert {stat.S_IMODE(each.st_mode) for each in made} == {0o640, 0o750}


def test_what_is_told_is_signed_where_it_has_changed_and_not_for_each_who_asks(folder, tmp_path):
    hub = JoiningHub(make_catalogue(tmp_path / "hub.sqlite"))
    hub.authorities = load_authorities(folder)
    joined = hub.joining.join(asking(hub.expects(), new_key()))
    first = hub.joining.trust()

    # ECDSA has another signature each time: the same list is one that was not signed again.
    assert hub.joining.trust().withdrawn == first.withdrawn
    with hub.engine.begin() as db:
        reissue.revoke(db, UMEA_9, hub.now_ms)
    second = hub.joining.trust()
    assert [serial(joined)] == [each.serial_number for each in listed(second)]
    assert hub.joining.trust().withdrawn == second.withdrawn

    announce(folder, "Umeåregionen", NOW)
    hub.authorities = load_authorities(folder)
    assert len(hub.joining.trust().withdrawn) == 2
    before = hub.joining.trust().withdrawn
    hub.now_ms += authorities.TRUST_MS
    assert hub.joining.trust().withdrawn != before
    hub.engine.dispose()


def serial(joined):
    return x509.load_pem_x509_certificate(joined.certificate.encode()).serial_number


def listed(told):
    return x509.load_pem_x509_crl(told.withdrawn[0].encode())
