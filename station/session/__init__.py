"""Decides what a station does next: a pure step from one event to the next session."""

from station.session.gates import NOBODY
from station.session.steps import begin, step
from station.visit import Session, State

__all__ = ["NOBODY", "Session", "State", "begin", "step"]
