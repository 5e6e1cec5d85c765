"""What is said on the line: what is owed goes up, what the hub says is taken in; no thread."""

from collections.abc import Callable
from typing import Protocol

import structlog

from circulation import messages, signing, topics
from circulation.errors import MessageError
from circulation.messages import (
    Ack,
    Answer,
    Ask,
    FactBatch,
    Order,
    OrderDone,
    Resend,
    Settings,
    SettingsInForce,
    ShelfPart,
    State,
)
from station.errors import JournalError
from station.uplink.fetching import Fetching
from station.uplink.patience import Patience
from station.uplink.port import (
    Answered,
    Debts,
    Identity,
    LineIs,
    News,
    OrderCame,
    Reporter,
    SettingsCame,
    ShelfCame,
)
from station.uplink.window import BATCH_FACTS_MAX, Window

log = structlog.get_logger()

STATE_MS = 2_000
"""How soon again a station tells how much it owes."""
BATCH_BYTES_MAX = 128 << 10


class Line(Protocol):
    """What a conversation needs of a connection; no call promises anything."""

    def subscribe(self, topic: str, qos: int) -> None:
        """Ask for what comes on *topic*."""
        ...

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool = False) -> None:
        """Hand *payload* to the broker."""
        ...

    def nudge(self) -> None:
        """Wake whoever carries the conversation: there is something to send."""
        ...


class Conversation:
    """The station's side of the protocol, over one line after another; never decides."""

    def __init__(
        self,
        identity: Identity,
        journal: Debts,
        *,
        reporter: Reporter,
        tell: Callable[[News], None],
        mono_ms: Callable[[], int],
    ) -> None:
        """Speak as *identity* of what *journal* owes; news goes to *tell*."""
        self._identity = identity
        self._journal = journal
        self._reporter = reporter
        self._tell = tell
        self._mono_ms = mono_ms
        self._line: Line | None = None
        self._number = 0
        self._window = Window(0, 0)
        self._fetching = Fetching(reporter.shelf)
        self._newest_settings = -1
        self._ours = frozenset(map(self._topic, topics.FROM_HUB))
        self._up = False
        self._patience = Patience(identity.station)
        self.heard = False
        """Whether the hub has said anything on this connection."""
        self._probe_ms = 0
        self._quiet_since_ms = 0
        self._told, self._told_ms = (0, 0), 0
        self._all_again = False
        self.quarantined = 0
        """How many messages on our lanes were not of the agreed form, or not the hub's."""

    # --- any thread ----------------------------------------------------------------------

    def nudge(self) -> None:
        """Say that the journal has something new."""
        if (line := self._line) is not None:
            line.nudge()

    def ask(self, ask: Ask) -> None:
        """Send a question; it is forgotten where nobody hears it."""
        self._publish(topics.ASK, messages.encode(ask), qos=0)

    def in_force(self, in_force: SettingsInForce) -> None:
        """Tell what this station goes by."""
        self._publish(topics.SETTINGS_IN_FORCE, messages.encode(in_force), qos=1, retain=True)

    def order_done(self, done: OrderDone) -> None:
        """Tell how an order ended; where nobody hears it, the hub gives the order again."""
        self._publish(topics.ORDERS_DONE, messages.encode(done), qos=1)

    def resend(self) -> None:
        """Send every fact again that is still kept."""
        self._all_again = True
        self.nudge()

    def publish_state(self) -> None:
        """Tell how the station is; the hub answers with the settings, so this is a probe too."""
        state = self._reporter.state(self._number)
        self._told, self._told_ms = (state.owed, state.shelf_parts_here), self._mono_ms()
        self._publish(topics.STATE, messages.encode(state), qos=1, retain=True)

    def suspect(self) -> None:
        """Say that the hub did not answer in time: the line counts as down until it is heard."""
        self._probe_ms = self._mono_ms()
        self._patience.ask_soon()
        self._set_up(up=False)
        self.publish_state()

    # --- the line's own thread -----------------------------------------------------------

    def will(self) -> tuple[str, bytes]:
        """Return the topic and frame of a new connection's last will, and count the connection."""
        self._number = self._journal.next_connection()
        return self._topic(topics.STATE), self._last_word()[1]

    def _last_word(self) -> tuple[str, bytes]:
        word = messages.encode(State(alive=False, connection=self._number))
        topic = self._topic(topics.STATE)
        return topic, signing.wrap(topic, word, self._identity.signer)

    def begin(self, line: Line) -> None:
        """Begin anew on *line*: say how the station is, and send from the last acknowledgement."""
        self._line = line
        self.heard = False
        self._quiet_since_ms = self._probe_ms = self._mono_ms()
        acked = self._journal.acked_seq
        self._window = Window(acked, acked)
        self._fetching.begin()
        for topic in sorted(self._ours):
            line.subscribe(topic, 0 if topic.endswith(f"/{topics.ANSWER}") else 1)
        self.publish_state()

    def part(self) -> None:
        """Say a last word: a will is for the unforeseen, who stops on purpose says so."""
        if (line := self._line) is not None:
            topic, frame = self._last_word()
            line.publish(topic, frame, qos=1, retain=True)

    def end(self) -> None:
        """Note that the line is gone."""
        if self._line is not None and not self.heard:
            self._patience.connected_in_vain()
        self._line = None
        self._set_up(up=False)

    def fruitless(self) -> bool:
        """Return whether to try another line: a broker may let us in, and then serve nobody."""
        quiet = self._line is not None and not self._up
        return quiet and self._mono_ms() - self._quiet_since_ms >= self._patience.quiet_ms

    def send_due(self) -> None:
        """Send what is due now."""
        now_ms = self._mono_ms()
        if self._all_again:
            self._all_again = False
            self._window.send_again_from(1)
        while (after := self._window.due_after(self._journal.newest_seq, now_ms)) is not None:
            owed = self._journal.owed_after(after, BATCH_FACTS_MAX)
            if not owed:
                break
            self._send(owed, now_ms)
        if not self._up and now_ms - self._probe_ms >= self._patience.probe_ms:
            self._probe_ms = now_ms
            self._patience.asked_in_vain()
            self.publish_state()
        if self._up and now_ms - self._told_ms >= self._tells_after_ms():
            self.publish_state()
        # Facts go first: a shelf can wait, and a slow line is theirs.
        if self._window.sent >= self._journal.newest_seq:
            self._want(now_ms)

    def _tells_after_ms(self) -> int:
        return self._patience.again_ms if self._told == self._to_tell() else STATE_MS

    def _to_tell(self) -> tuple[int, int]:
        arriving = self._reporter.shelf.arrivals.arriving
        here = arriving.here if arriving else 0
        return self._journal.newest_seq - self._journal.acked_seq, here

    def _want(self, now_ms: int) -> None:
        if (want := self._fetching.due(now_ms)) is not None:
            self._publish(topics.SHELF_WANT, messages.encode(want), qos=1)

    def _send(self, owed: list[tuple[int, bytes]], now_ms: int) -> None:
        batch: list[bytes] = []
        for _, envelope in owed:
            batch.append(envelope)
            if sum(map(len, batch)) * 4 // 3 > BATCH_BYTES_MAX:
                break
        body = FactBatch(epoch=self._journal.epoch, first=owed[0][0], envelopes=batch)
        self._publish(topics.FACTS, messages.encode(body), qos=1)
        self._window.has_sent(owed[len(batch) - 1][0], now_ms)

    def take(self, topic: str, payload: bytes) -> None:
        """Take in what came on *topic*; what is not of the agreed form is counted."""
        # amqtt hands out retained messages that were never subscribed to: others' business.
        if topic not in self._ours:
            return
        try:
            frame = signing.unwrap(payload)
            if frame.by != self._identity.hub_name:
                raise MessageError("not from the hub")
            body = signing.verify(topic, frame, self._identity.hub_key)
            lane = topics.parse(topic).lane
            self._dispatch(lane, body, payload)
        except MessageError as error:
            self.quarantined += 1
            log.warning("message_quarantined", topic=topic, problem=str(error)[:200])
        except Exception as error:  # noqa: BLE001 - one message must not cut the line for good
            self.quarantined += 1
            log.error("message_not_taken", topic=topic, problem=type(error).__name__)

    def _dispatch(self, lane: str, body: bytes, frame: bytes) -> None:
        if lane == topics.ACKS:
            self._acknowledge(body)
        elif lane == topics.ANSWER:
            answer = messages.decode(body, Answer)
            self._tell(Answered(answer.id, answer.sealed))
        elif lane == topics.SETTINGS:
            self._take_settings(messages.decode(body, Settings), frame)
        elif lane == topics.SHELF_PART:
            self._take_part(messages.decode(body, ShelfPart))
        elif lane == topics.ORDERS:
            self._tell(OrderCame(messages.decode(body, Order)))
        self.heard = True
        self._patience.hub_was_heard()
        self._set_up(up=True)

    def _acknowledge(self, body: bytes) -> None:
        word: Ack | Resend = messages.decode(body, Ack | Resend)  # type: ignore[arg-type]
        if word.epoch != self._journal.epoch:
            return
        if isinstance(word, Resend):
            self._window.send_again_from(word.resend_from)
            return
        try:
            believed = self._journal.acknowledged(
                hub=word.hub, up_to_seq=word.up_to_seq, head=word.head, safe_to_seq=word.safe_to_seq
            )
        except JournalError as error:
            log.warning("acknowledgement_not_noted", problem=str(error))
            return
        if believed:
            self._window.has_acknowledged(self._journal.acked_seq, self._mono_ms())
        else:
            log.warning("acknowledgement_not_of_this_chain", seq=word.up_to_seq)

    def _take_settings(self, settings: Settings, frame: bytes) -> None:
        # Whoever decides refuses what is older, and says so: a restored hub must hear of it.
        self._tell(SettingsCame(settings, frame))
        self._newest_settings = max(self._newest_settings, self._reporter.settings_version)
        if settings.version >= self._newest_settings:
            self._newest_settings = settings.version
            self._fetching.wish(settings.shelf_version)

    def _take_part(self, part: ShelfPart) -> None:
        if self._fetching.take(part, self._mono_ms()):
            self._tell(ShelfCame(part.version))

    # --- both ----------------------------------------------------------------------------

    def _topic(self, lane: str) -> str:
        return topics.topic(self._identity.partition, self._identity.station, lane)

    def _publish(self, lane: str, body: bytes, *, qos: int, retain: bool = False) -> None:
        if (line := self._line) is None:
            return
        topic = self._topic(lane)
        frame = signing.wrap(topic, body, self._identity.signer)
        line.publish(topic, frame, qos=qos, retain=retain)

    def _set_up(self, *, up: bool) -> None:
        if up != self._up:
            self._up = up
            self._quiet_since_ms = self._mono_ms()
            self._tell(LineIs(up))
