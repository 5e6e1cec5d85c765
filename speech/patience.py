"""Waits for an engine's sentence as long as a visitor would, and no longer."""

import queue
import threading

from speech.engine import Cut, Engine, SpeechError

WAIT_SECONDS_MAX = 2.0
"""For a sentence's sound: longer, and somebody thinks that nothing was touched."""


class TooSlowError(SpeechError):
    """The sentence was not there in time; another engine says it."""


class Attempt(threading.Thread):
    """One sentence being made by an engine that may never answer."""

    def __init__(self, engine: Engine, text: str, language: str, manner: tuple[int, Cut]) -> None:
        """Let *engine* say *text* at so many words a minute, until the cut is made."""
        super().__init__(name=f"voice {language}", daemon=True)
        wpm, cut = manner
        self._engine, self._what = engine, (text, language, wpm)
        self._outcome: queue.SimpleQueue[list[bytes] | SpeechError] = queue.SimpleQueue()
        self._cut = Cut()
        cut.then(self._cut.make)
        # A voice that is being loaded hears nothing: who cut does not wait for it.
        cut.then(lambda: self._outcome.put([]))

    def run(self) -> None:
        """Make the sentence."""
        try:
            self._outcome.put(list(self._engine.speak(*self._what, self._cut)))
        except SpeechError as error:
            self._outcome.put(error)

    def sound(self, seconds: float) -> list[bytes]:
        """Return the sentence; raises `TooSlowError` after *seconds*, and lets it go."""
        self.start()
        try:
            outcome = self._outcome.get(timeout=seconds)
        except queue.Empty as error:
            self._cut.make()
            raise TooSlowError(f"a sentence was not ready in {seconds:g} s") from error
        if isinstance(outcome, SpeechError):
            raise outcome
        return outcome
