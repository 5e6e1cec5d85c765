"""amqtt's broker without three faults that a region with many stations meets (seen in 0.12.1).

On each connect it sends the retained messages of everybody's subscriptions, not the client's own.
It awaits within loops over its subscriptions, and a subscription made meanwhile ends the loop.
A connection whose handling ends so stays open, and nobody serves it any more.
"""

from typing import Any

from amqtt.broker import Broker
from amqtt.session import Session

Subscribers = list[tuple[Session, int]]


class Subscriptions(dict[str, Subscribers]):
    """Subscribers by topic filter; a loop over them goes over a copy."""

    def __iter__(self) -> Any:
        """Iterate over the filters there are now."""
        return iter(list(self.keys()))

    def items(self) -> Any:
        """Return the filters with their subscribers there are now."""
        return [(topic, list(subscribers)) for topic, subscribers in super().items()]


class SteadyBroker(Broker):  # type: ignore[misc]
    """A broker whose clients hear what they subscribed to, and are hung up on when it fails."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Take what amqtt's broker takes."""
        super().__init__(*arguments, **named)
        self._subscriptions = Subscriptions()

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        subscribers = self._subscriptions.get(subscription[0], [])
        if any(subscriber.client_id == session.client_id for subscriber, _ in subscribers):
            await super()._publish_retained_messages_for_subscription(subscription, session)

    async def _handle_client_session(self, reader: Any, writer: Any, *rest: Any) -> None:
        try:
            await super()._handle_client_session(reader, writer, *rest)
        except BaseException:
            await writer.close()
            raise
