"""Decides what a station does next: a pure step from one event to the next session."""

from station.session.steps import begin, step
from station.visit import Session, State

__all__ = ["Session", "State", "begin", "step"]
