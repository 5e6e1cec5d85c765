"""Brings the folder of phrases up to the catalogue, and offers what is there."""

import time
from collections import Counter
from collections.abc import Callable

from msgspec import Struct

from circulation.phrases.lexicon import Lexicon
from hub.catalogue.phrase_data import SpokenMaterial
from hub.phrases import lists, rendering, standing
from hub.phrases.rendering import Work
from hub.phrases.standing import Standing
from hub.phrases.store import PhraseFolder
from hub.phrases.wanted import Sentence, Wording, in_order

OFFERED_EVERY_SECONDS = 600.0
COMMITTED_EVERY = 8


class Report(Struct, frozen=True, kw_only=True):
    """What one run did."""

    rendered: int
    ready: int
    """Sentences that were here before, as they should be."""
    failed: dict[str, int]
    """How many sentences could not be rendered, by why."""
    deleted: int
    problems: list[str]
    """What is wrong with the voices."""


class Renewal:
    """One look at the catalogue, and what is to be done about it."""

    def __init__(
        self,
        folder: PhraseFolder,
        material: SpokenMaterial,
        settings: rendering.Settings,
        *,
        own: bool = True,
    ) -> None:
        """Compare what is in *folder* with what is said of *material*; measures the voices.

        *own* False leaves the sentences of the stations themselves out.
        """
        self._folder, self._copies, self._settings = folder, material.copies, settings
        wording = Wording(Lexicon(material.sayings))
        self._own = wording.of_librarians(material.places, material.signs)
        if own:
            self._own += wording.of_stations()
        self._spoken = [wording.of_title(title) for title in material.titles]
        self._wanted = in_order(self._own, self._spoken)
        languages = {sentence.language for sentence in self._wanted}
        self.voices, self.problems = rendering.neural(settings, languages)
        self._here = folder.rendered()

    def standings(self) -> list[Standing]:
        """Return how far each language has come, the one that is said most first."""
        by_language = Counter(sentence.language for sentence in self._wanted)
        ready = Counter(each.language for each in self._wanted if self._is_ready(each))
        return [
            Standing(
                language=language,
                voice="piper" if language in self.voices else "espeak",
                lufs=self.voices[language].lufs if language in self.voices else None,
                wanted=count,
                ready=ready[language],
            )
            for language, count in by_language.most_common()
        ]

    def run(
        self, *, processes: int, now_ms: Callable[[], int], tell: Callable[[int, int], None]
    ) -> Report:
        """Render what is missing; *tell* hears how many of how many are done.

        What was tried before is not tried again until the voice is another.
        """
        ready = sum(map(self._is_ready, self._wanted))
        work = [
            Work(sentence, voice.lufs)
            for sentence in self._wanted
            if (voice := self.voices.get(sentence.language)) and not self._is_tried(sentence)
        ]
        self._folder.want((sentence.words for sentence in self._wanted), now_ms())
        standing.keep(self._folder.path, self.standings())
        failed = self._render(work, processes, now_ms, tell) if work else Counter[str]()
        self._offer()
        return Report(
            rendered=len(work) - failed.total(),
            ready=ready,
            failed=dict(failed),
            deleted=self._folder.forget(now_ms()),
            problems=self.problems,
        )

    def _render(
        self,
        work: list[Work],
        processes: int,
        now_ms: Callable[[], int],
        tell: Callable[[int, int], None],
    ) -> Counter[str]:
        failed: Counter[str] = Counter()
        offered = time.monotonic()
        done_ones = rendering.render(work, self._settings, processes=processes)
        for number, done in enumerate(done_ones, 1):
            if done.problem:
                failed[done.problem] += 1
            if not done.problem or done.problem == rendering.SAYS_NOTHING:
                voice = self.voices[done.sentence.language]
                self._folder.put(done.sentence.words, voice.name, done.file, now_ms())
            if number % COMMITTED_EVERY == 0 or number == len(work):
                self._folder.commit()
                tell(number, len(work))
            if time.monotonic() - offered > OFFERED_EVERY_SECONDS:
                self._offer()
                offered = time.monotonic()
        return failed

    def _offer(self) -> None:
        # A phrase by a voice that is no more is better than none until it is rendered anew.
        self._here = self._folder.rendered()
        self._folder.offer(lists.by_branch(self._own, self._spoken, self._copies, self._here))
        standing.keep(self._folder.path, self.standings())

    def _is_ready(self, sentence: Sentence) -> bool:
        return self._is_tried(sentence) and bool(self._here[sentence.words].size)

    def _is_tried(self, sentence: Sentence) -> bool:
        voice = self.voices.get(sentence.language)
        here = self._here.get(sentence.words)
        return voice is not None and here is not None and here.voice == voice.name
