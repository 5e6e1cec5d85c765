"""The spoken menu as it is seen and heard: one thing of a list at a time."""

from circulation.messages import ShelfTitle
from circulation.phrases.hours import event, today_and_week
from circulation.phrases.reading import as_read
from circulation.phrases.spelling import spelled
from circulation.phrases.texts import Phrase, code, number, phrase
from circulation.phrases.titles import spoken_brief, spoken_more
from circulation.utterances import Chunk, Utterance
from station.browse_list import MINE, Act, Entry, at_hand, entries, heading
from station.events import HoldAnswered, World
from station.screens.copies import copies
from station.screens.model import Page
from station.screens.rows import told
from station.screens.touched import touched
from station.visit import Session, Told, Verbosity

_ACTS = {
    Act.MORE: "browse.act_more",
    Act.COPIES: "browse.act_copies",
    Act.RESERVE: "browse.act_reserve",
    Act.TALKING: "browse.act_talking",
    Act.MINE: "browse.act_mine",
    Act.LIST: "browse.act_list",
    Act.UNLIST: "browse.act_unlist",
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
    come_to = telling is None and not session.browsing.opened
    if title is not None and (come_to or telling is Told.ITSELF):
        said += touched(title, session)
    words = " ".join(_ended(line.said) for line in _lines(session, world) if line.said)
    return (*said, Chunk(words, ui)) if words else tuple(said)


def _heading(session: Session, world: World) -> Phrase:
    place = heading(session, world)
    if session.browsing.opened:
        return phrase(session.lang, "browse.title_heading")
    if session.browsing.path[-1:] == (MINE,):
        return phrase(session.lang, "browse.act_mine")
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
        return (phrase(session.lang, "browse.empty"), _entry(here, session, world))
    counted = [each for each in listed if each.act in (Act.OPEN, Act.LOOK)]
    if here not in counted:
        return (_entry(here, session, world),)
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
        gone = () if session.title is not None else (phrase(session.lang, "browse.gone"),)
        return (*gone, where)
    return (_entry(here, session, world), where)


def _entry(entry: Entry, session: Session, world: World) -> Phrase:
    if entry.place is not None:
        name = _name(entry.place.name, entry.place.name_en, session)
        return event(entry.place, name, session.lang, world.today)
    return phrase(session.lang, _ACTS[entry.act])


def _name(name: str, name_en: str, session: Session) -> Phrase:
    words = name_en if session.lang == "en" and name_en else name
    return Phrase(words, as_read(words, session.lang))


_SENTENCES = {
    Told.MORE: "browse.telling_more",
    Told.RATE: "browse.rate",
    Told.RATE_END: "browse.rate_end",
    Told.LISTED: "browse.listed",
    Told.UNLISTED: "browse.unlisted",
    Told.LIST_FULL: "browse.list_full",
    Told.CALLED: "browse.called",
    Told.COMING: "browse.coming",
    Told.UNMET: "browse.unmet",
    Told.KEPT: "browse.kept",
    Told.FORGOTTEN: "browse.forgotten",
    Told.ASKING: "browse.asking",
    Told.SILENT: "browse.silent",
}


def of_the_call(session: Session, world: World, telling: Told) -> Utterance:
    """Return how it goes with the wish that staff come, wherever its visitor is now."""
    return tuple(Chunk(each.said, session.lang) for each in _told(session, world, telling))


def of_an_errand(
    session: Session,
    world: World,
    telling: Told,
    *,
    title: ShelfTitle | None,
    held: HoldAnswered | None,
) -> Utterance:
    """Return what became of an errand about *title*, to whoever has gone on to something else."""
    came_of_it = _held(held, session, world) if held else phrase(session.lang, _SENTENCES[telling])
    about = spoken_brief(title, session.lang) if title else ()
    return (*about, Chunk(came_of_it.said, session.lang))


def _told(session: Session, world: World, telling: Told) -> tuple[Phrase, ...]:
    if telling in _SENTENCES:
        said = phrase(session.lang, _SENTENCES[telling])
        return (said, *_telephone(session, world)) if telling is Told.UNMET else (said,)
    if telling is Told.VERBOSITY:
        return (phrase(session.lang, f"browse.verbosity_{session.verbosity.name.lower()}"),)
    if telling is Told.PLACE:
        return _place(session, world)
    if telling is Told.NOT_CALLED:
        return (*_place(session, world), *_telephone(session, world))
    if telling is Told.ITSELF:
        return (_entry(at_hand(session, world), session, world),)
    if telling is Told.SPELLED:
        letters = spelled(session.title.title, session.lang) if session.title else ""
        return (Phrase(letters, letters),)
    if telling is Told.COPIES:
        assert session.browsing.copies is not None, "copies that nobody told of"
        return copies(session.browsing.copies, session.lang)
    assert session.browsing.held is not None, "a hold that nobody told of"
    return (_held(session.browsing.held, session, world),)


def _place(session: Session, world: World) -> tuple[Phrase, ...]:
    place, ui = at_hand(session, world).place, session.lang
    if place is None:
        return ()
    name = _name(place.name, place.name_en, session)
    if place.branch is not None:
        hours = today_and_week(place.branch, world.today, ui, trusted=world.clock_trusted)
        return (name, *hours)
    told = event(place, name, session.lang, world.today)
    return (told, _name(place.text, place.text_en, session))


def _telephone(session: Session, world: World) -> tuple[Phrase, ...]:
    if not world.telephone:
        return ()
    number_ = code(world.telephone, session.lang)
    return (phrase(session.lang, "browse.telephone", telephone=number_),)


def _held(held: HoldAnswered, session: Session, world: World) -> Phrase:
    if held.refused is not None:
        return told(session.lang, "browse.held_refused", world)
    return phrase(
        session.lang,
        "browse.held",
        branch=world.branch_name,
        place=number(held.place, session.lang),
    )


def _ended(text: str) -> str:
    return text if text[-1] in ".?!:" else f"{text}."
