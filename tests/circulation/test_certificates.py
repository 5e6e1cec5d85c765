"""When another certificate is to be asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from circulation.certificates import is_due, new_key, request
from hub.enrolment import BACKDATED, CERTIFICATE_DAYS, Authority

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "due"),
    [(0, False), (58, False), (60, True), (91, True), (26_000, True), (-0.9, False), (-2, True)],
)
def test_after_two_thirds_of_its_time_and_before_it_has_begun(days, due):
    """A hub whose clock was ahead gave one that no broker takes before then."""
    issued = Authority.create("Region", NOW).issue(
        request(new_key(), "vindeln-1"), "vindeln-1", NOW
    )
    own = x509.load_pem_x509_certificate(issued)
    assert own.not_valid_after_utc - own.not_valid_before_utc == (
        timedelta(days=CERTIFICATE_DAYS) + BACKDATED
    )

    assert is_due(own, NOW + timedelta(days=days)) is due
