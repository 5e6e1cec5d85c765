"""A line to a server, a byte at a time."""

import socket


class Wire:
    """A socket, and what was heard on it."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)

    def say(self, line):
        self.socket.sendall(line)
        return self.hear()

    def hear(self):
        """Return the next line, empty where the other side has hung up."""
        heard = b""
        while not heard.endswith(b"\r"):
            try:
                more = self.socket.recv(1)
            except ConnectionError:
                return b""
            if not more:
                return b""
            heard += more
        return heard

    def close(self):
        self.socket.close()
