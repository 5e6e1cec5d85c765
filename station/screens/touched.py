"""What is said of a title that is come to: as much as the visitor wants to hear."""

from circulation.messages import ShelfTitle
from circulation.phrases.titles import spoken_brief, spoken_in_full, spoken_title
from circulation.utterances import Utterance
from station.visit import Session, Verbosity

_SAID = {
    Verbosity.BRIEF: spoken_brief,
    Verbosity.USUAL: spoken_title,
    Verbosity.FULL: spoken_in_full,
}


def touched(title: ShelfTitle, session: Session) -> Utterance:
    """Return *title* as *session* wants it said."""
    return _SAID[session.verbosity](title, session.lang)
