"""A scanner as Debian's own kernel gives it: found, grabbed, read, and missed."""

import pytest

from tests.device import guest, machine

pytestmark = [pytest.mark.device, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def console():
    return machine.console()


@pytest.mark.parametrize("check", [check.__name__ for check in guest.CHECKS])
def test_on_a_real_kernel_a_scanner_is(check, console):
    assert f"HELD {check}" in console, console
