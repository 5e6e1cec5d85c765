"""What a visitor sees and hears at each moment, drawn from the session alone."""

from station.screens.browse import heard
from station.screens.drawing import draw
from station.screens.model import Button, Screen, ScreenRow

__all__ = ["Button", "Screen", "ScreenRow", "draw", "heard"]
