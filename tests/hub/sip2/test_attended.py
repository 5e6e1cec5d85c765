"""A library system that says how it is: asked when the line opens, and after a silence."""

import pytest

from hub.errors import NotAskedError
from hub.sip2.attended import AttendedTerminal, lacks
from hub.sip2.codec import Message
from tests.hub.catalogue.sip2.system import LibrarySystem
from tests.hub.sip2.peers import scripted
from tests.hub.sip2.test_terminal import account


def test_one_that_says_it_is_offline_is_asked_nothing():
    system = LibrarySystem(online=False)
    with scripted(system.wire) as port, pytest.raises(NotAskedError, match="offline itself"):
        AttendedTerminal(account(port))
    assert system.asked == ["99"]


def test_a_line_that_was_silent_is_tried_before_it_is_used():
    system = LibrarySystem()
    with scripted(system.wire) as port:
        terminal = AttendedTerminal(account(port), idle_seconds=0)
        assert terminal.is_usable()
        system.online = False
        assert not terminal.is_usable()
        terminal.close()
    assert system.asked == ["99", "99", "99"]


def test_a_line_in_use_is_not_asked_how_it_is():
    system = LibrarySystem()
    with scripted(system.wire) as port:
        terminal = AttendedTerminal(account(port))
        assert terminal.is_usable()
        terminal.close()
    assert system.asked == ["99"]


def test_a_system_that_says_nothing_readable_was_not_asked():
    with scripted(lambda _line, _n: None) as port, pytest.raises(NotAskedError, match="how it is"):
        AttendedTerminal(account(port))


def test_what_a_system_does_not_speak_is_named():
    assert lacks(Message("98", {}, (("BX", "YYYYYYYNYYNYYYYY"),))) == [
        "patron_information",
        "item_information",
    ]
    assert lacks(Message("98", {}, ())) == []
