"""What may be logged of an error that nobody foresaw: where it arose, never its words."""

import traceback
from pathlib import Path


def where(error: Exception) -> dict[str, str]:
    """Return the error's type and place; its message may name a card or a title."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return {"problem": type(error).__name__, "at": place}
