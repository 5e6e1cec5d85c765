"""What a station goes by is what the hub signed last, whatever the disk or a broker has of it."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from circulation import messages, sealing, signing, topics
from circulation.errors import ForgedError, MessageError
from circulation.messages import OfflineRules, Settings
from station.settings_file import BEFORE, NAME, SettingsFile, Trusted

HUB, AUTHORITY, STRANGER = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
TOPIC = topics.topic("vindeln", "vindeln-1", topics.SETTINGS)
TRUSTED = Trusted(TOPIC, "hub", HUB.public_key(), lambda: [AUTHORITY.public_key()])
PUBLIC = sealing.public_half(sealing.new_private_key())


def settings(version: int, key: sealing.VouchedKey | None = None) -> Settings:
    offline = OfflineRules(until_ms=version, loans_per_card_day_max=5, pin="waive")
    return Settings(
        version=version, shelf_version="s", pin_to_borrow=True, offline=offline, sealing=key
    )


def frame(asked: Settings, *, by: str = "hub", key=HUB, topic: str = TOPIC) -> bytes:
    return signing.wrap(topic, messages.encode(asked), signing.KeySigner(by, key))


def vouched(public: bytes = PUBLIC, authority=AUTHORITY) -> sealing.VouchedKey:
    return signing.vouch("2027-1", public, made_ms=5, authority=authority)


def test_what_was_taken_is_gone_by_after_a_restart(tmp_path):
    first = SettingsFile(tmp_path, TRUSTED)
    assert (first.version, first.in_force, first.sealing_key()) == (-1, None, None)

    assert first.take(frame(settings(7)))
    assert not first.take(frame(settings(7)))

    again = SettingsFile(tmp_path, TRUSTED)
    assert (again.in_force, again.problem) == (settings(7), "")


@pytest.mark.parametrize("version", [6, 7])
def test_settings_that_are_not_above_those_in_force_are_refused(tmp_path, version):
    file = SettingsFile(tmp_path, TRUSTED)
    file.take(frame(settings(7)))
    other = messages.Settings(
        version=version, shelf_version="old", pin_to_borrow=False, offline=settings(1).offline
    )

    with pytest.raises(MessageError, match=f"version {version}; 7 is in force"):
        file.take(frame(other))

    assert file.in_force == settings(7)
    assert SettingsFile(tmp_path, TRUSTED).in_force == settings(7)


@pytest.mark.parametrize(
    "forged",
    [
        frame(settings(9), by="vindeln-2"),
        frame(settings(9), key=STRANGER),
        frame(settings(9), topic=TOPIC.replace("vindeln-1", "vindeln-2")),
        frame(settings(9, vouched(authority=STRANGER))),
        frame(settings(9, vouched(b"short"))),
        frame(settings(9, vouched(bytes(32)))),
    ],
)
def test_what_hub_or_authority_did_not_sign_is_not_gone_by(tmp_path, forged):
    file = SettingsFile(tmp_path, TRUSTED)
    file.take(frame(settings(7)))

    with pytest.raises(MessageError):
        file.take(forged)

    assert file.in_force == settings(7)


def test_the_settings_name_the_key_that_facts_are_sealed_to(tmp_path):
    file = SettingsFile(tmp_path, TRUSTED)
    file.take(frame(settings(7, vouched())))

    assert file.sealing_key() == sealing.SealingKey("2027-1", PUBLIC)
    assert SettingsFile(tmp_path, TRUSTED).sealing_key() == file.sealing_key()


@pytest.mark.parametrize("spoilt", [b"", b"{", frame(settings(9), key=STRANGER)])
def test_a_torn_or_forged_file_is_set_aside_whole_and_the_one_before_it_used(tmp_path, spoilt):
    file = SettingsFile(tmp_path, TRUSTED)
    for version in (7, 8):
        file.take(frame(settings(version)))
    (tmp_path / NAME).write_bytes(spoilt)

    again = SettingsFile(tmp_path, TRUSTED)

    assert again.in_force == settings(7)
    assert "set aside" in again.problem
    (aside,) = tmp_path.glob(f"{NAME}.damaged-*")
    assert aside.read_bytes() == spoilt
    assert again.take(frame(settings(9)))
    assert not again.problem


def test_a_file_put_back_in_an_older_state_does_not_win_over_the_one_before_it(tmp_path):
    file = SettingsFile(tmp_path, TRUSTED)
    for version in (7, 8, 9):
        file.take(frame(settings(version)))
    (tmp_path / NAME).write_bytes(frame(settings(7)))

    assert SettingsFile(tmp_path, TRUSTED).in_force == settings(8)


def test_a_plug_pulled_between_the_two_names_leaves_the_settings_before(tmp_path):
    file = SettingsFile(tmp_path, TRUSTED)
    file.take(frame(settings(7)))
    (tmp_path / NAME).rename(tmp_path / BEFORE)

    again = SettingsFile(tmp_path, TRUSTED)

    assert (again.in_force, again.problem) == (settings(7), "")


def test_a_disk_that_takes_nothing_is_a_fault_and_the_settings_hold_all_the_same(tmp_path):
    file = SettingsFile(tmp_path, TRUSTED)
    (tmp_path / f"{NAME}.new").mkdir()

    assert file.take(frame(settings(7)))

    assert file.in_force == settings(7)
    assert "cannot be written" in file.problem


def test_a_key_that_was_changed_after_it_was_signed_is_no_key():
    signed = vouched()
    changed = sealing.VouchedKey(
        id="2099-1", public=signed.public, made_ms=5, signature=signed.signature
    )

    with pytest.raises(ForgedError, match="2099-1"):
        signing.vouched(changed, [AUTHORITY.public_key()])
