"""Keys: left and right choose a button, the centre presses it, the rest does as it is named."""

from msgspec.structs import replace

from circulation.utterances import Chunk
from station.effects import Earcon, Say, Volume
from station.events import (
    World,
)
from station.screens import draw
from station.session import cards, listening
from station.session.ending import Decision, bid_farewell
from station.session.presses import cancel, press
from station.session.timing import restart_warning, resume
from station.visit import Session, State

_STEPS = {"left": -1, "right": 1}
_LOUDNESS = {"louder": 1, "up": 1, "softer": -1, "down": -1}
_BROWSES = {
    "left": "previous", "right": "next", "centre": "open", "ok": "open", "clear": "browse_back",
}  # fmt: skip
_WAYS_OF_REPEATING = 3
_SPELLED = _WAYS_OF_REPEATING - 1
_WAYS_BACK = ("cancel", "back", "finish")


def pressed(session: Session, key: str, world: World) -> Decision:
    """Return what *key* leads to."""
    if session.state is State.TIMEOUT:
        return _at_the_warning(session, key, world)
    if session.state is State.BROWSE and key in _BROWSES:
        return press(session, _BROWSES[key], world)
    if key in _STEPS:
        return _choose(session, _STEPS[key], world)
    if key in ("centre", "ok"):
        return _press_chosen(session, world)
    if key.isdigit() and session.state is State.PIN:
        return cards.typed(session, key, world)
    return _go_back(session, world) if key == "clear" else _by_ear(session, key, world)


def _by_ear(session: Session, key: str, world: World) -> Decision:
    """Return what follows a key that changes nothing but what is heard."""
    if key in _LOUDNESS:
        return session, (Volume(steps=_LOUDNESS[key]), Earcon(name="digit"))
    return _repeat(session, world) if key == "repeat" else (session, ())


def _at_the_warning(session: Session, key: str, world: World) -> Decision:
    """Let every key but clear give more time; the arrows choose without going back yet."""
    if key == "clear":
        return bid_farewell(session, world)
    if key in _STEPS:
        return _choose(restart_warning(session, world), _STEPS[key], world)
    if key in ("centre", "ok") and session.focus:
        return press(session, session.focus, world)
    return resume(session, world), ()


def _choose(session: Session, step: int, world: World) -> Decision:
    """Move to the next button, round and round, so that no key is a trap."""
    around = draw(session, world).pressable
    names = [button.id for button in around]
    if session.focus in names:
        place = (names.index(session.focus) + step) % len(names)
    else:
        place = 0 if step > 0 else len(names) - 1
    said = (Chunk(f"{around[place].text}.", session.lang),)
    if names[place] == "lang":
        said = (Chunk(said[0].text, "en" if session.lang == "sv" else "sv"),)
    return replace(session, focus=names[place]), (Say(private=said, loud=said),)


def _press_chosen(session: Session, world: World) -> Decision:
    if session.focus:
        return press(session, session.focus, world)
    if session.state is State.LISTENING and session.title:
        return listening.more(session, world)
    first = draw(session, world).buttons[0]
    # In the middle of a PIN an absent-minded centre must not wipe it.
    return (session, ()) if session.state is State.PIN else press(session, first.id, world)


def _go_back(session: Session, world: World) -> Decision:
    if session.state is State.PIN and session.pin:
        return press(session, "clear", world)
    offered = [button.id for button in draw(session, world).buttons]
    back = next((name for name in _WAYS_BACK if name in offered), None)
    if back is None:
        return session, ()
    return cancel(session, world) if back == "cancel" else press(session, back, world)


def _repeat(session: Session, world: World) -> Decision:
    """Return the last once more: as it was, then slower, then the title at hand spelled."""
    said = session.said
    if said is None:
        screen = draw(session, world)
        said = Say(private=screen.spoken, loud=screen.spoken_loud)
    slower = session.repeated % _WAYS_OF_REPEATING
    session = replace(session, repeated=session.repeated + 1)
    if slower == _SPELLED and session.title is not None:
        return session, (listening.letters(session, session.title, world),)
    return session, (replace(said, slower=slower),)
