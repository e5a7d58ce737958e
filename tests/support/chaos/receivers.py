"""Those who get a site's alerts, and misbehave: a webhook and a consumer behind a broker."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from threading import Event
from typing import Any

import msgspec

from support.chaos.site import Site
from support.chaos.watching import AlertMessage
from support.mosquitto import Client, Mosquitto
from support.receiver import Received, Receiver
from support.waiting import PATIENCE_S, eventually

EVENTS = ["opened", "updated", "closed", "note"]
VERSION_DIGITS = 9
SLOW_S = 1.0
HANGS_S = 30.0  # longer than anybody waits for an answer


class Receivers:
    """A webhook and a broker's consumer; each fault of a site meets them in another mood.

    Attributes:
        moods: how often each was there.
    """

    def __init__(self, webhook: Receiver, broker: Mosquitto, consumer: Client) -> None:
        self._webhook = webhook
        self._broker = broker
        self._consumer = consumer
        self._released = Event()
        self._owed_from = 0
        self._moods = cycle(
            (self._refuse, self._be_slow, self._hang, self._be_away, self._lose_broker)
        )
        self.moods: list[str] = []

    def settings(self) -> list[dict[str, Any]]:
        """Return the outputs of the site's file; their messages come one by one."""
        common = {"events": EVENTS, "missed": "each", "system": False}
        url = {"type": "webhook", "url": self._webhook.url, "allow_local": True}
        return [{"name": "desk", **url, **common}, self._broker.settings(**common)]

    def begin(self, site: Site, messages: Sequence[AlertMessage]) -> None:
        """Wait until the site delivers: what opens from now on is owed."""

        def begun() -> bool:
            found = site.get("/outputs")
            return isinstance(found, list) and all(each.get("state") for each in found)

        eventually(begun, what="outputs have begun")
        self._owed_from = len(messages)

    def worsen(self) -> None:
        """Misbehave in the next way."""
        self.recover()
        mood = next(self._moods)
        mood()
        self.moods.append(mood.__name__.strip("_").replace("_", " "))

    def recover(self) -> None:
        """Take everything again."""
        self._released.set()
        self._webhook.status, self._webhook.answer = 204, None
        self._webhook.start()
        self._broker.start()

    def _refuse(self) -> None:
        self._webhook.status = 500

    def _be_slow(self) -> None:
        self._webhook.answer = self._answering_after(lambda: time.sleep(SLOW_S))

    def _hang(self) -> None:
        """Take the message and say nothing: nobody knows whether it has arrived."""
        self._released = released = Event()
        self._webhook.answer = self._answering_after(lambda: released.wait(HANGS_S))

    def _be_away(self) -> None:
        self._webhook.stop()

    def _lose_broker(self) -> None:
        self._broker.kill()

    def _answering_after(
        self, wait: Callable[[], object]
    ) -> Callable[[Received], tuple[int, dict[str, str]]]:
        def answer(_: Received) -> tuple[int, dict[str, str]]:
            wait()
            return 204, {}

        return answer

    def wrong(self, messages: Sequence[AlertMessage]) -> list[str]:
        """Wait until everything has come that is owed; describe what is wrong with it.

        Args:
            messages: all that the site told.
        """
        owed = self._owed(messages)
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s and any(owed - set(keys) for keys in self._came().values()):
            time.sleep(0.2)
        found: list[str] = []
        for name, keys in self._came().items():
            found += [f"{name}: {key} is lost" for key in sorted(owed - set(keys))]
            found += [f"{name}: {each}" for each in _out_of_order(keys)]
        return found + self._other_keys()

    def _owed(self, messages: Sequence[AlertMessage]) -> set[str]:
        events = [each.event for each in messages[self._owed_from :]]
        opened = {each["alert"]["id"] for each in events if each["type"] == "opened"}
        return {
            f"{alert['id']}-{event['act']['id'] if event.get('act') else alert['version']}"
            for event in events
            if (alert := event["alert"])["id"] in opened and event["type"] in EVENTS
        }

    def _came(self) -> dict[str, list[str]]:
        """Return by receiver the keys in the order in which they came."""
        heard = [each for each in self._consumer.heard if each.topic.endswith("/alert")]
        return {
            "webhook": [each.json["key"] for each in list(self._webhook.received)],
            "consumer": [msgspec.json.decode(each.payload)["key"] for each in heard],
        }

    def _other_keys(self) -> list[str]:
        """Return what came whose key is not that of its change, or another one in the header."""
        return [
            f"webhook: {got.headers['idempotency-key']} is the key of {body['key']}"
            for got in list(self._webhook.received)
            if got.headers["idempotency-key"] != (body := got.json)["key"]
            or not body["key"].startswith(body["alert"]["id"])
        ]

    def table(self) -> str:
        """Return as Markdown what each receiver got, and how often each mood was there."""
        rows = ["| receiver | changes | repeated with the same key |", "|---|---|---|"]
        for name, keys in self._came().items():
            rows.append(f"| {name} | {len(set(keys))} | {len(keys) - len(set(keys))} |")
        moods = ", ".join(f"{mood} × {self.moods.count(mood)}" for mood in sorted(set(self.moods)))
        return "\n".join([*rows, "", f"moods: {moods}"])


def _out_of_order(keys: Sequence[str]) -> Iterator[str]:
    """Yield the alerts whose versions came first in another order."""
    versions: dict[str, list[int]] = {}
    for key in dict.fromkeys(keys):
        alert, _, change = key.rpartition("-")
        if change.isdigit() and len(change) < VERSION_DIGITS:  # a note has a long name of its own
            versions.setdefault(alert, []).append(int(change))
    yield from (f"{a} came as {v}" for a, v in versions.items() if v != sorted(v))


@contextmanager
def receivers() -> Iterator[Receivers]:
    """A webhook and a consumer of this test; both end with it."""
    broker = Mosquitto(remembers=True)
    try:
        broker.start()
        with Receiver() as webhook, Client(broker, session="consumer") as consumer:
            eventually(consumer.connected, what="the consumer hears the broker")
            made = Receivers(webhook, broker, consumer)
            yield made
            made.recover()
    finally:
        broker.remove()
