"""The site's server ends when it is told to, whatever it is doing."""

import time

from flask import Flask

from hub.serving import WebServer


def test_a_server_that_wakes_while_it_is_told_to_stop_stops():
    server = WebServer(Flask("site"), "127.0.0.1", 0, behind_proxies=False)
    server.start()
    trigger = server._server.trigger
    pull = trigger._physical_pull

    def slow_pull():
        # Something else wakes it between the word and the pull.
        pull()
        time.sleep(0.2)
        pull()

    trigger._physical_pull = slow_pull
    server.stop()

    assert not server.is_alive()
