"""What a visitor is to hear to its end: after the present words, and again until it was heard."""

from msgspec.structs import replace

from circulation.utterances import Utterance
from station.effects import Earcon, Effect, Say
from station.events import NewsHeard
from station.session.ending import Decision
from station.visit import News, Session


def bring(session: Session, words: Utterance, *, earcon: str, private: bool) -> Decision:
    """Return *words* said once what is being heard has ended; *private* ones in headphones only."""
    news = News(ref=session.next_ref, words=words, private=private)
    session = replace(session, news=(*session.news, news), next_ref=session.next_ref + 1)
    return session, (Earcon(name=earcon), _said(news))


def again(session: Session, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """Return *effects* with the news once more, where new words have cut it off."""
    says = [effect for effect in effects if isinstance(effect, Say)]
    if all(each.after for each in says):
        return effects
    brought = {each.news for each in says}
    return (*effects, *(_said(each) for each in session.news if each.ref not in brought))


def heard(session: Session, event: NewsHeard) -> Session:
    """Return *session* with its news heard: from now on the repeat key says it, too."""
    told = next((each for each in session.news if each.ref == event.news), None)
    if told is None:
        return session
    before, new = session.said or Say(private=(), loud=()), _said(told)
    said = replace(before, private=(*before.private, *new.private), loud=(*before.loud, *new.loud))
    left = tuple(each for each in session.news if each is not told)
    return replace(session, news=left, said=said, repeated=0)


def _said(news: News) -> Say:
    loud = () if news.private else news.words
    return Say(private=news.words, loud=loud, after=True, news=news.ref)
