"""A few terminals for many askers, and none of them waits for a system that is away."""

import threading
import time

import pytest

from hub.errors import AnswerLostError, NotAskedError
from hub.sip2.breaker import Breaker
from hub.sip2.pool import Pool
from hub.sip2.terminal import Terminal
from tests.hub.sip2.peers import Library, scripted, serving
from tests.hub.sip2.test_terminal import LEND, LENT, STATUS, account, summed


def test_one_connection_serves_one_after_the_other():
    opened = []
    with serving(Library().server()) as port:
        pool = Pool(lambda: opened.append(1) or Terminal(account(port)))
        for _ in range(5):
            pool.ask(STATUS)
        pool.close()

    assert len(opened) == 1


def test_a_connection_that_was_cut_between_two_questions_is_opened_anew():
    with scripted(lambda line, n: None if n == 1 else summed(LENT, line[-7:-6])) as port:
        pool = Pool(lambda: Terminal(account(port)))
        pool.ask(LEND)
        with pytest.raises(AnswerLostError):
            pool.ask(LEND)

        assert pool.ask(LEND).yes("ok")
        pool.close()


def test_never_more_connections_than_agreed_upon():
    at_once, most = [], []

    def slowly(line, _n):
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.05)
        at_once.pop()
        return summed(LENT, line[-7:-6])

    with scripted(slowly) as port:
        pool = Pool(lambda: Terminal(account(port)), size=2)
        askers = [threading.Thread(target=pool.ask, args=(LEND,)) for _ in range(8)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join(10)
        pool.close()

    assert len(most) == 8
    assert max(most) == 2


def test_while_the_system_is_away_nobody_waits():
    tries = []

    def connect():
        tries.append(1)
        raise NotAskedError("away")

    pool = Pool(connect, breaker=Breaker(failures_max=2, rest_seconds=60))
    for _ in range(6):
        with pytest.raises(NotAskedError):
            pool.ask(STATUS)

    assert len(tries) == 2


def test_the_breaker_lets_one_try_after_a_rest_and_all_after_a_success():
    breaker = Breaker(failures_max=2, rest_seconds=10)
    breaker.failed(0.0)
    assert breaker.lets_through(0.0)
    breaker.failed(1.0)

    assert not breaker.lets_through(10.9)
    assert [breaker.lets_through(11.0), breaker.lets_through(11.1)] == [True, False]
    breaker.failed(11.5)
    assert not breaker.lets_through(21.4)
    assert breaker.lets_through(21.6)
    breaker.succeeded()
    assert breaker.lets_through(21.7)
