"""A library system, and the catalogue of a hub that asks it."""

import pytest

from tests.hub.catalogue.sip2.rig import Clock, cast, catalogue_at
from tests.hub.sip2.peers import scripted


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def system():
    return cast()


@pytest.fixture
def catalogue(system, engine, clock):
    with scripted(system.wire) as port, catalogue_at(port, engine, clock) as asked:
        yield asked
