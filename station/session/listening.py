"""Point at a book and hear it; point again and hear more."""

from msgspec.structs import replace

from circulation.messages import ShelfTitle
from circulation.phrases.signs import in_words_for, spoken_sign
from circulation.phrases.spelling import spelled
from circulation.phrases.texts import phrase
from circulation.phrases.titles import spoken_more
from circulation.utterances import Chunk, Utterance
from station.effects import (
    AskCopies,
    Earcon,
    Effect,
    Hush,
    Say,
    Volume,
)
from station.events import (
    Book,
    CopiesAnswered,
    HeadphonesChanged,
    Pointed,
    SignPointed,
    World,
)
from station.screens.copies import whereabouts
from station.screens.rows import told
from station.screens.touched import touched
from station.session.ending import Decision, end
from station.session.timing import warn
from station.visit import Session, State, Verbosity, enter

_MAY_LISTEN = frozenset(
    {State.IDLE, State.LISTENING, State.BROWSE, State.HELP, State.FAULT, State.BYE, State.CARDERROR}
)


def pointed(session: Session, event: Pointed, world: World) -> Decision:
    """Return what is said when the finger-reader touches a book."""
    book = event.book
    if book.title is None:
        return strange(session, "unknown", world)
    same = session.hearing is not None and session.hearing.uid == book.uid
    if same and not session.heard_more:
        return more(session, world)
    session = _listening(session, world)
    full = session.verbosity is Verbosity.FULL
    session = replace(session, hearing=book, heard_more=full)
    effects = (Earcon(name="found"), _say(session, _title(session, book), world))
    return _wondering(session, effects, world) if full else (session, effects)


def more(session: Session, world: World) -> Decision:
    """Return what else there is to say of the book that was touched last."""
    if session.title is None:
        return session, (Earcon(name="problem"),)
    said = spoken_more(session.title, session.lang)
    effects = (Earcon(name="found"), _say(session, said, world))
    return _wondering(replace(session, heard_more=True), effects, world)


def copies_answered(session: Session, event: CopiesAnswered, world: World) -> Decision:
    """Return where the copies are, said after what else there was to say."""
    session = replace(session, wonders=None)
    if not event.known or session.hearing is None:
        return session, ()
    session = replace(session, whereabouts=event)
    words = " ".join(each.said for each in whereabouts(event, session.lang))
    said = (Chunk(words, session.lang),)
    loud = said if world.kind == "listening" else ()
    return session, (Say(private=said, loud=loud, after=True),)


def sign_pointed(session: Session, event: SignPointed, world: World) -> Decision:
    """Return what is said when the finger-reader touches a shelf sign."""
    words = event.text, event.text_en, event.language, session.lang
    session = replace(_listening(session, world), sign=in_words_for(*words).text)
    said = (spoken_sign(*words),)
    # A sign tells nothing of anybody's reading, so everyone may hear it.
    return session, (Earcon(name="found"), Say(private=said, loud=said))


def strange(session: Session, kind: str, world: World) -> Decision:
    """Return the kind sentence for a tag at the finger-reader that cannot be used."""
    assert kind in ("unknown", "foreign", "unreadable"), f"no such strangeness: {kind}"
    session = replace(_listening(session, world), notice=f"say.{kind}_tag")
    said = (Chunk(told(session.lang, session.notice, world).said, session.lang),)
    return session, (Earcon(name="problem"), Say(private=said, loud=said))


def again(session: Session, world: World) -> Decision:
    """Return the title once more, or the sign's words."""
    if book := session.hearing:
        session = replace(session, heard_more=False)
        return session, (_say(session, _title(session, book), world),)
    return session, (session.said,) if session.said else ()


def jack(session: Session, event: HeadphonesChanged, world: World) -> Decision:
    """Return the welcome in new headphones, or silence and nothing kept when they leave."""
    session = replace(session, headphones=event.plugged)
    if event.plugged:
        return session, ()
    if session.card is not None:
        return warn(session, world), (Hush(), Volume(steps=0))
    rested, effects = end(session, world)
    return rested, (Hush(), *effects)


def _wondering(session: Session, effects: tuple[Effect, ...], world: World) -> Decision:
    """Return *effects* with the question where the copies of the book at hand are."""
    if not world.line_up or session.title is None:
        return session, effects
    ask = AskCopies(ask=session.next_ref, title=session.title.id)
    asking = replace(session, wonders=session.next_ref, next_ref=session.next_ref + 1)
    return asking, (*effects, ask)


def _title(session: Session, book: Book) -> Utterance:
    assert book.title is not None, "a book without a title to say"
    return touched(book.title, session)


def letters(session: Session, title: ShelfTitle, world: World) -> Say:
    """Return *title* letter by letter."""
    said = (Chunk(f"{spelled(title.title, session.lang)}.", session.lang),)
    return _say(session, said, world)


def _say(session: Session, said: Utterance, world: World) -> Say:
    # A listening station has no speaker: whatever it says is heard by one person.
    if world.kind == "listening":
        return Say(private=said, loud=said)
    loud = (Chunk(phrase(session.lang, "say.heard_loud").said, session.lang),)
    return Say(private=said, loud=loud)


def _listening(session: Session, world: World) -> Session:
    """Return *session* listening; within a visit with a card its screen stays."""
    session = replace(session, hearing=None, heard_more=False, sign="", notice="")
    session = replace(session, wonders=None, whereabouts=None)
    if session.state not in _MAY_LISTEN:
        return session
    return enter(session, State.LISTENING, world.mono_ms)
