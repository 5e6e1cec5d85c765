"""Programs in the place of aplay."""

import sys


def program(folder, text):
    """Return the path of a shell script that does *text*."""
    path = folder / "aplay"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


CARD = """
import os, sys, time
free = time.monotonic()
heard = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
while sound := os.read(0, 220):
    free = max(free, time.monotonic()) + len(sound) / 2 / 22050
    os.write(heard, sound)
    # As a card does it takes 25 ms ahead, and no more.
    time.sleep(max(0.0, free - time.monotonic() - 0.025))
"""


def card(folder):
    """Return a program that takes sound as fast as a card plays it, and where it is kept."""
    heard = folder / "heard"
    (folder / "card.py").write_text(CARD)
    return program(folder, f'exec "{sys.executable}" "{folder}/card.py" "{heard}"'), heard
