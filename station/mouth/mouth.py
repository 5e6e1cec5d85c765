"""The one thread that speaks: the newest words win, within 50 ms, and talk never meets talk."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from circulation.utterances import Chunk, Utterance, text_of
from speech import pcm
from speech.engine import RATE_HZ, WPM_DEFAULT, Cut
from speech.voices import Sound
from station.faults import NO_SOUND, NO_VOICE
from station.mouth.archive import Archive, Heard
from station.mouth.earcons import earcon as sound_of
from station.mouth.port import AudioSink, Playback, SoundUnavailableError
from station.mouth.sinks import NullSink
from station.mouth.volume import Volume

STOP_SECONDS_MAX = 5
EARCONS_WAITING_MAX = 3
SOUND_RETRY_SECONDS = 5
"""How long a device that would not play is left alone."""


class Speaker(Protocol):
    """Who turns words into sound: `speech.voices.Voices`."""

    def speak(self, text: str, language: str, wpm: int, cut: Cut) -> Iterator[Sound]:
        """Give *text* as sound until *cut*."""

    def faults(self) -> list[str]:
        """Return what a technician should know."""


class _Turn:
    """One utterance from its wish to its end."""

    def __init__(self, id_: int, utterance: Utterance, asked: float, wpm: int) -> None:
        self.id, self.utterance, self.asked, self.wpm = id_, utterance, asked, wpm
        self.cut = Cut()
        self.begun = False
        self.tells: tuple[Callable[[], None], ...] = ()


class Mouth(threading.Thread):
    """Speaks what it is told last; owns its voices and its sink."""

    def __init__(
        self,
        voices: Speaker,
        sink: AudioSink,
        *,
        fault: str = "",
        speaker_dba: float | None = None,
        speech_to: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(name="mouth", daemon=True)
        self._voices, self._sink, self._clock = voices, sink, clock
        self._archive = Archive(speech_to)
        self._volume = Volume(speaker_dba)
        self._gain_db: float = self._volume.gain_db
        """What the last sound had."""
        self._ids = itertools.count(1)
        self._news = threading.Condition()
        self._next: _Turn | None = None
        self._now: _Turn | None = None
        self._playback: Playback | None = None
        self._tones: deque[bytes] = deque(maxlen=EARCONS_WAITING_MAX)
        self._busy = False
        self._stopping = False
        self._faults = {"sound": fault} if fault else {}
        self._muted_until = clock()

    # --- Called from any thread -----------------------------------------------------------

    def say(
        self,
        utterance: Utterance,
        *,
        ui_language: str,
        touched_mono: float | None = None,
        wpm: int = WPM_DEFAULT,
        after: bool = False,
        tell: Callable[[], None] | None = None,
    ) -> int:
        """Speak *utterance* now instead of all else, and return its id; an empty one is a hush.

        A chunk without a language is spoken in *ui_language*; *touched_mono* is the clock's
        reading when the visitor did what this answers, in seconds. What comes *after* lets the
        words under way end, and is forgotten where something else is said first. *tell* is called
        on the mouth's thread once the last word was played; never of what was cut.
        """
        asked = self._clock() if touched_mono is None else touched_mono
        spoken = tuple(chunk for chunk in utterance if chunk.text.strip())
        turn = _Turn(next(self._ids), _in_language(spoken, ui_language), asked, wpm)
        turn.tells = (tell,) if tell and spoken else ()
        with self._news:
            if after:
                self._add(turn)
            else:
                self._cut_speech()
                self._next = turn if spoken else None
            self._news.notify_all()
        return turn.id

    def hush(self) -> None:
        """Be silent at once, and forget what was to be said."""
        with self._news:
            self._next = None
            self._tones.clear()
            self._cut_speech()
            if self._playback:
                self._playback.cut()
                self._playback = None

    def earcon(self, name: str) -> None:
        """Let the sound called *name* be heard, before or between words but never over them."""
        with self._news:
            self._tones.append(sound_of(name))
            self._news.notify_all()

    def volume(self, steps: int) -> None:
        """Change the volume by *steps* and let it be heard, or reset it where *steps* is 0."""
        moved = self._volume.change(steps)
        if steps:
            self.earcon("digit" if moved else "end")

    def heard(self) -> tuple[Heard, ...]:
        """Return what was lately begun, the oldest first."""
        return self._archive.heard()

    def wav(self, id_: int) -> bytes | None:
        """Return the sound of utterance *id_* at full loudness, or None where it is gone."""
        return self._archive.wav(id_)

    def faults(self) -> dict[str, str]:
        """Return what a technician should know, by code: why no sound, why not the voice set."""
        found = {NO_SOUND: sorted(self._faults.values()), NO_VOICE: self._voices.faults()}
        return {code: "; ".join(problems) for code, problems in found.items() if problems}

    def wait_silent(self, seconds: float) -> bool:
        """Wait until nothing is spoken or waiting, at most *seconds*; return whether so."""
        with self._news:
            return self._news.wait_for(self._idle, seconds)

    def stop(self) -> None:
        """Return when the thread is gone, or say that it would not go."""
        with self._news:
            self._stopping = True
            self._news.notify_all()
        self.hush()
        self.join(STOP_SECONDS_MAX)
        if self.is_alive():
            raise RuntimeError(f"the mouth did not stop in {STOP_SECONDS_MAX} s")

    # --- The thread's own -----------------------------------------------------------------

    def run(self) -> None:
        """Speak until told to stop; what fails is reported, and the mouth goes on."""
        while self._await_work():
            try:
                self._perform()
            except SoundUnavailableError as error:
                self._faults["sound"] = f"{error}; tried again in {SOUND_RETRY_SECONDS} s"
                self._muted_until = self._clock() + SOUND_RETRY_SECONDS
            except Exception as error:  # noqa: BLE001  # a carrier's top: a mute station is worse
                self._faults["speech"] = f"speech failed: {type(error).__name__}"
            finally:
                self._rest()

    def _await_work(self) -> bool:
        with self._news:
            self._news.wait_for(lambda: self._next or self._tones or self._stopping)
            self._busy = not self._stopping
            return self._busy

    def _perform(self) -> None:
        try:
            self._play()
        finally:
            self._note_end()

    def _play(self) -> None:
        # Nobody hears the loudness of whoever was here before.
        self._gain_db = self._volume.gain_db
        muted = self._clock() < self._muted_until
        playback = NullSink(self._clock).open() if muted else self._sink.open()
        with self._news:
            self._playback = playback
        try:
            # A tone still sounding is let finish: the words follow it in the same playback.
            tones_seconds = self._play_tones(playback)
            if turn := self._take(playback, tones_seconds):
                self._speak(turn, playback)
        except BaseException:
            playback.cut()
            raise
        finally:
            playback.drain()
        self._faults.pop("speech", None)
        if not muted:
            self._faults.pop("sound", None)
            self._tell_heard()

    def _tell_heard(self) -> None:
        with self._news:
            whole = self._now if self._now and not self._now.cut.made else None
        for tell in whole.tells if whole else ():
            tell()

    def _take(self, playback: Playback, seconds: float) -> _Turn | None:
        """Return the utterance to be spoken on *playback*, waiting *seconds* for it."""
        with self._news:
            self._news.wait_for(lambda: self._next or self._stopping, seconds)
            if self._playback is not playback:
                return None
            self._now, self._next = self._next, None
            return self._now

    def _speak(self, turn: _Turn, playback: Playback) -> None:
        for chunk in turn.utterance:
            for sound in self._voices.speak(chunk.text, chunk.language, turn.wpm, turn.cut):
                if turn.cut.made:
                    return
                self._note_begun(turn, sound)
                self._archive.add(turn.id, sound.engine, sound.pcm)
                playback.write(self._at_volume(sound.pcm))
                self._play_tones(playback)

    def _at_volume(self, sound: bytes) -> bytes:
        """Return *sound* as loud as is wished now; a step of 3 dB in no time would be a click."""
        before, self._gain_db = self._gain_db, self._volume.gain_db
        return pcm.turned(sound, before, self._gain_db)

    def _note_begun(self, turn: _Turn, sound: Sound) -> None:
        if turn.begun:
            return
        turn.begun = True
        now = self._clock()
        languages = dict.fromkeys(chunk.language for chunk in turn.utterance)
        self._archive.begin(
            Heard(
                id=turn.id,
                text=text_of(turn.utterance),
                lang=",".join(languages),
                engine=sound.engine,
                ms_to_first_sound=round((now - turn.asked) * 1000, 2),
                cut=False,
                done=False,
                at_ms=round(now * 1000),
            )
        )

    def _note_end(self) -> None:
        if self._now and self._now.begun:
            self._archive.end(self._now.id, cut=self._now.cut.made)

    def _play_tones(self, playback: Playback) -> float:
        """Play what earcons wait, and return how long they last."""
        with self._news:
            tones = b"".join(self._tones)
            self._tones.clear()
        if tones:
            playback.write(self._at_volume(tones))
        return pcm.seconds(tones, RATE_HZ)

    def _add(self, turn: _Turn) -> None:
        """Let *turn* follow what is spoken or about to be."""
        if self._next is not None:
            self._next.utterance += turn.utterance
            self._next.tells += turn.tells
        elif turn.utterance:
            self._next = turn

    def _rest(self) -> None:
        with self._news:
            self._now, self._playback, self._busy = None, None, False
            self._news.notify_all()

    def _cut_speech(self) -> None:
        """Cut the words under way, but not a tone that goes before the words to come."""
        if self._now:
            self._now.cut.make()
            if self._playback:
                self._playback.cut()

    def _idle(self) -> bool:
        return not (self._busy or self._next or self._tones)


def _in_language(utterance: Utterance, ui_language: str) -> Utterance:
    return tuple(chunk if chunk.language else Chunk(chunk.text, ui_language) for chunk in utterance)
