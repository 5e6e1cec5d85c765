"""An authority is believed by the word of a known one, and by nobody else's."""

from datetime import UTC, datetime

import pytest

from circulation.authorities import Trust, believed, bundle, withdrawn
from circulation.errors import ForgedError
from hub.enrolment import Authority

NOW = datetime.now(UTC)
OLD, NEW, OTHER = (Authority.create(name, NOW) for name in ("old", "new", "other"))
BRIDGE = bundle([OLD.vouch_for(NEW, NOW)]).decode()


def told(*authorities, bridges=(), lists=()):
    return Trust(
        authorities=[each.certificate_pem().decode() for each in authorities],
        bridges=list(bridges),
        withdrawn=[each.revocation_list([], NOW).decode() for each in lists],
    )


def subjects(certificates):
    return [each.subject.rfc4514_string().removeprefix("CN=") for each in certificates]


@pytest.mark.parametrize(
    ("trust", "names"),
    [
        (told(OLD), ["old"]),
        (told(NEW, OLD, bridges=[BRIDGE]), ["new", "old"]),
        (told(NEW, bridges=[BRIDGE]), ["new"]),
        (told(NEW, OLD), ["old"]),
        (told(OTHER, OLD, bridges=[BRIDGE]), ["old"]),
    ],
)
def test_who_is_known_or_vouched_for_is_believed(trust, names):
    assert subjects(believed([OLD.certificate], trust)) == names


def test_a_bridge_by_who_is_not_known_leads_nowhere():
    strange = bundle([OTHER.vouch_for(NEW, NOW)]).decode()

    with pytest.raises(ForgedError, match="none of the authorities"):
        believed([OLD.certificate], told(NEW, OTHER, bridges=[strange]))


def test_a_bridge_to_another_key_of_the_same_name_leads_nowhere():
    namesake = Authority.create("new", NOW)

    with pytest.raises(ForgedError):
        believed([OLD.certificate], told(namesake, bridges=[BRIDGE]))


def test_what_is_no_certificate_is_not_believed():
    with pytest.raises(ForgedError, match="damaged"):
        believed([OLD.certificate], Trust(authorities=["no"]))


def test_each_authority_has_a_list_of_its_own():
    both = [OLD.certificate, NEW.certificate]

    assert len(withdrawn(told(OLD, NEW, lists=[OLD, NEW]), both)) == 2
    with pytest.raises(ForgedError, match="no list of the withdrawn"):
        withdrawn(told(OLD, NEW, lists=[OLD]), both)
