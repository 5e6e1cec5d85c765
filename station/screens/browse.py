"""The spoken menu as it is seen and heard: one thing of a list at a time."""

from circulation.phrases.hours import today_and_week
from circulation.phrases.reading import as_read
from circulation.phrases.spelling import spelled
from circulation.phrases.texts import Phrase, number, phrase
from circulation.phrases.titles import spoken_more
from circulation.utterances import Chunk, Utterance
from station.browse_list import Act, Entry, at_hand, entries, heading
from station.events import World
from station.screens.model import Page
from station.screens.touched import touched
from station.visit import Session, Told, Verbosity

_ACTS = {
    Act.MORE: "browse.act_more",
    Act.COPIES: "browse.act_copies",
    Act.RESERVE: "browse.act_reserve",
    Act.SPELL: "browse.act_spell",
    Act.SLOWER: "browse.act_slower",
    Act.FASTER: "browse.act_faster",
    Act.VERBOSITY: "browse.act_verbosity",
    Act.LANGUAGE: "buttons.lang",
    Act.KEEP: "browse.act_keep",
    Act.FORGET: "browse.act_forget",
    Act.BACK: "browse.back",
}


def browse_page(session: Session, world: World) -> Page:
    """Return the list's name, and where one stands in it or what is told."""
    ui = session.lang
    lines = [*_title_line(session), *_lines(session, world)]
    discreet = world.kind == "loan" and (session.title is not None or session.card is not None)
    return Page(
        heading=_heading(session, world),
        lines=tuple(lines),
        hint=phrase(ui, "browse.hint"),
        loud=phrase(ui, "browse.loud") if discreet else None,
    )


def heard(session: Session, world: World, *, arrived: bool) -> Utterance:
    """Return what is said of where one stands, with the list's name where one has *arrived*."""
    ui, title = session.lang, session.title
    telling = session.browsing.telling
    if telling is Told.MORE and title is not None:
        return spoken_more(title, ui)
    said = [Chunk(_heading(session, world).said + ".", ui)] if arrived else []
    if title is not None and telling is None and not session.browsing.opened:
        said += touched(title, session)
    words = " ".join(_ended(line.said) for line in _lines(session, world) if line.said)
    return (*said, Chunk(words, ui)) if words else tuple(said)


def _heading(session: Session, world: World) -> Phrase:
    place = heading(session, world)
    if session.browsing.opened:
        return phrase(session.lang, "browse.title_heading")
    if place is None:
        return phrase(session.lang, "browse.heading")
    return _name(place.name, place.name_en, session)


def _title_line(session: Session) -> tuple[Phrase, ...]:
    title = session.title
    if title is None:
        return ()
    seen = ", ".join(part for part in (title.title, title.author) if part)
    # Heard in its own language, beside the lines: see drawing.
    return (Phrase(seen, ""),)


def _lines(session: Session, world: World) -> tuple[Phrase, ...]:
    if session.browsing.telling is not None:
        return _told(session, world, session.browsing.telling)
    listed, here = entries(session, world), at_hand(session, world)
    if len(listed) == 1:
        return (phrase(session.lang, "browse.empty"), _entry(here, session))
    counted = [each for each in listed if each.act in (Act.OPEN, Act.LOOK)]
    if here not in counted:
        return (_entry(here, session),)
    n, m = counted.index(here) + 1, len(counted)
    where = phrase(
        session.lang,
        "browse.position",
        n=number(n, session.lang, "ett"),
        m=number(m, session.lang, "ett"),
    )
    if session.verbosity is Verbosity.BRIEF:
        where = Phrase(where.seen, "")
    if here.act is Act.LOOK:
        return (where,)
    return (_entry(here, session), where)


def _entry(entry: Entry, session: Session) -> Phrase:
    if entry.place is not None:
        return _name(entry.place.name, entry.place.name_en, session)
    return phrase(session.lang, _ACTS[entry.act])


def _name(name: str, name_en: str, session: Session) -> Phrase:
    words = name_en if session.lang == "en" and name_en else name
    return Phrase(words, as_read(words, session.lang))


_SENTENCES = {
    Told.MORE: "browse.telling_more",
    Told.RATE: "browse.rate",
    Told.RATE_END: "browse.rate_end",
    Told.KEPT: "browse.kept",
    Told.FORGOTTEN: "browse.forgotten",
    Told.ASKING: "browse.asking",
    Told.SILENT: "browse.silent",
}


def _told(session: Session, world: World, telling: Told) -> tuple[Phrase, ...]:
    if telling in _SENTENCES:
        return (phrase(session.lang, _SENTENCES[telling]),)
    if telling is Told.VERBOSITY:
        return (phrase(session.lang, f"browse.verbosity_{session.verbosity.name.lower()}"),)
    if telling is Told.PLACE:
        return _place(session, world)
    if telling is Told.SPELLED:
        letters = spelled(session.title.title, session.lang) if session.title else ""
        return (Phrase(letters, letters),)
    return _copies(session) if telling is Told.COPIES else (_held(session, world),)


def _place(session: Session, world: World) -> tuple[Phrase, ...]:
    place, ui = at_hand(session, world).place, session.lang
    if place is None:
        return ()
    name = _name(place.name, place.name_en, session)
    if place.branch is not None:
        hours = today_and_week(place.branch, world.today, ui, trusted=world.clock_trusted)
        return (name, *hours)
    return (name, _name(place.text, place.text_en, session))


def _copies(session: Session) -> tuple[Phrase, ...]:
    ui, answer = session.lang, session.browsing.copies
    assert answer is not None, "copies that nobody told of"
    if not answer.places:
        return (phrase(ui, "browse.nowhere"),)
    places = tuple(
        phrase(
            ui,
            "browse.in_one" if each.copies_in else "browse.in_none",
            branch=each.branch,
            copies=number(each.copies_in, ui, "ett"),
        )
        for each in answer.places
    )
    many = {0: "none", 1: "one"}.get(answer.waiting, "many")
    waiting = phrase(ui, f"browse.waiting_{many}", waiting=number(answer.waiting, ui))
    return (*places, waiting)


def _held(session: Session, world: World) -> Phrase:
    held = session.browsing.held
    assert held is not None, "a hold that nobody told of"
    if held.refused is not None:
        return phrase(session.lang, "browse.held_refused")
    return phrase(
        session.lang,
        "browse.held",
        branch=world.branch_name,
        place=number(held.place, session.lang),
    )


def _ended(text: str) -> str:
    return text if text[-1] in ".?!:" else f"{text}."
