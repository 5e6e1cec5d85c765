"""Parts a state's content into what is seen, what headphones hear and what everyone hears."""

from circulation.phrases.texts import Phrase, phrase
from circulation.utterances import Chunk, Utterance
from station.events import World
from station.screens.buttons import buttons, tools
from station.screens.model import Button, Page, RowWords, Screen, ScreenRow
from station.screens.pages import page, seconds_left
from station.screens.touched import touched
from station.visit import Session, State, Verbosity, at_rest


def draw(session: Session, world: World) -> Screen:
    """Return what is seen and said of *session*; nothing outside the two decides it."""
    session = at_rest(session, world.kind)
    content, foot = page(session, world), buttons(session, world)
    receipt = session.state is State.RECEIPT and bool(session.proof)
    return Screen(
        state=session.state,
        lang=session.lang,
        branch=world.branch_name,
        heading=content.heading.seen,
        lines=tuple(line.seen for line in content.lines),
        rows=tuple(_row(row, session) for row in content.rows),
        buttons=foot,
        tools=tools(session),
        focus=session.focus,
        pin_filled=len(session.pin) if session.state is State.PIN else None,
        proof=session.proof if receipt else "",
        qr=f"{world.portal_url}/proof/{session.proof}" if receipt and world.portal_url else "",
        seconds_left=seconds_left(session, world) if session.state is State.TIMEOUT else None,
        seconds_warned=world.warn_seconds,
        spoken=_spoken(content, foot, session),
        spoken_loud=_loud(content, foot, session),
        theme=session.theme,
        large=session.large,
    )


def _row(row: RowWords, session: Session) -> ScreenRow:
    return ScreenRow(
        status=row.status,
        status_word=phrase(session.lang, f"status.{row.status}").seen,
        text=row.title,
        text_lang=row.language,
        detail=row.detail.seen,
    )


def _spoken(content: Page, foot: tuple[Button, ...], session: Session) -> Utterance:
    ui = session.lang
    chunks = [Chunk(_sentences(content.heading, *content.lines), ui)]
    for row in content.rows:
        status = phrase(ui, f"status.{row.status}")
        chunks.append(Chunk(f"{row.title}.", row.language))
        chunks.append(Chunk(_sentences(status, row.detail), ui))
    if session.state in (State.LISTENING, State.BROWSE) and session.title:
        chunks += touched(session.title, session)
    if session.verbosity is Verbosity.BRIEF:
        return merged(chunks)
    hint = (content.hint,) if content.hint else ()
    chunks.append(Chunk(_sentences(*hint, _choices(foot, session)), ui))
    return merged(chunks)


def _loud(content: Page, foot: tuple[Button, ...], session: Session) -> Utterance:
    if content.loud is None:
        return _spoken(content, foot, session)
    rows = tuple(row.loud for row in content.rows if row.loud)
    brief = session.verbosity is Verbosity.BRIEF
    text = _sentences(content.loud, *rows, *(() if brief else (_choices(foot, session),)))
    return (Chunk(text, session.lang),)


def _choices(foot: tuple[Button, ...], session: Session) -> Phrase:
    named = " ".join(f"{button.text}." for button in foot)
    choose = phrase(session.lang, "say.choose")
    return Phrase("", f"{choose.said} {named}")


def _sentences(*phrases: Phrase) -> str:
    said = (each.said.strip() for each in phrases)
    return " ".join(text if text[-1] in ".?!:" else f"{text}." for text in said if text)


def merged(chunks: list[Chunk]) -> Utterance:
    """Return *chunks* with neighbours of one language made one: fewer switches of voice."""
    joined: list[Chunk] = []
    for chunk in chunks:
        if joined and joined[-1].language == chunk.language:
            joined[-1] = Chunk(f"{joined[-1].text} {chunk.text}", chunk.language)
        else:
            joined.append(chunk)
    return tuple(joined)
