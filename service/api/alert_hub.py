"""Sends alert events to WebSocket listeners: one reader, a bounded queue for each."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from service.api.shared_texts import SharedTexts
from service.entry_ids import entry_order
from service.ports.alerts import AlertFeed
from service.system_events import StreamEvent
from tracker.errors import StoreUnavailable

log = logging.getLogger(__name__)
QUEUE_LIMIT = 512
TEXTS_KEPT = 512
RETRY_S = 0.5


class SlowClient(Exception):
    """A listener's queue overflowed: it must reconnect and resume."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message for a listener: an event, or None for a gap where events were trimmed."""

    id: str
    event: StreamEvent | None
    live: bool


@dataclass(eq=False, slots=True)
class _Listener:
    queue: asyncio.Queue[Delivery]
    overflowed: asyncio.Event = field(default_factory=asyncio.Event)


class AlertHub:
    """Reads the events once and passes them to every listener.

    Attributes:
        texts: what events were encoded to; those that many clients come back for, too.
    """

    def __init__(self, feed: AlertFeed, *, queue_limit: int = QUEUE_LIMIT) -> None:
        self._feed, self._queue_limit = feed, queue_limit
        self._listeners: set[_Listener] = set()
        self.texts = SharedTexts(TEXTS_KEPT)
        self._started = asyncio.Event()

    async def run(self) -> None:
        """Read events until cancelled; retry while Redis does not answer."""
        last: str | None = None
        while True:
            try:
                last = last or await self._feed.last_id()
                self._started.set()
                async with aclosing(self._feed.tail(last)) as entries:
                    async for last, event in entries:
                        self._distribute(Delivery(id=last, event=event, live=True))
            except StoreUnavailable as err:
                log.warning("alert events wait for redis", extra={"reason": str(err)})
                await asyncio.sleep(RETRY_S)
            except Exception:  # a bug in one event must not end the feed for everybody
                log.exception("an alert event failed; going on after it")
                await asyncio.sleep(RETRY_S)

    async def listen(
        self, after: str | None, *, on_joined: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncGenerator[Delivery, None]:
        """Yield events: those after an id first, if one is given, then new ones without end.

        Args:
            on_joined: awaited once no new event is missed any more, before the first is yielded.

        Raises:
            SlowClient: the listener did not keep up.
            StoreUnavailable: Redis did not answer while old events were read.
        """
        # Until the reader has a start, it would miss what is written meanwhile.
        await self._started.wait()
        # Join before reading old events: new ones wait in the queue meanwhile, none is lost.
        listener = _Listener(asyncio.Queue(self._queue_limit))
        self._listeners.add(listener)
        try:
            if on_joined is not None:
                await on_joined()
            if after is not None:
                async with aclosing(self._replay(after)) as replay:
                    async for delivery in replay:
                        after = delivery.id
                        yield delivery
            async with aclosing(_drain(listener)) as deliveries:
                async for delivery in deliveries:
                    if after is None or entry_order(delivery.id) > entry_order(after):
                        yield delivery
        finally:
            self._listeners.discard(listener)

    async def _replay(self, after: str) -> AsyncGenerator[Delivery, None]:
        end = await self._feed.last_id()
        if await self._feed.is_trimmed(after):
            yield Delivery(id=after, event=None, live=False)
        if entry_order(after) == entry_order(end):
            return
        async with aclosing(self._feed.tail(after)) as entries:
            async for identity, event in entries:
                yield Delivery(id=identity, event=event, live=False)
                if entry_order(identity) >= entry_order(end):
                    return

    def _distribute(self, delivery: Delivery) -> None:
        for listener in self._listeners:
            try:
                listener.queue.put_nowait(delivery)
            except asyncio.QueueFull:
                listener.overflowed.set()


async def _drain(listener: _Listener) -> AsyncGenerator[Delivery, None]:
    while True:
        if listener.overflowed.is_set():
            raise SlowClient
        yield await listener.queue.get()
