"""The heartbeat: somebody outside hears it while the canary passes."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from support.receiver import Receiver
from support.waiting import eventually

from service.config.system_alerts import SystemAlertSettings
from service.monitoring.heartbeat import Heartbeat
from service.roles.system_alerts import heartbeat_call
from tracker.memory_telemetry import InMemoryTelemetry


@contextmanager
def beating(url: str, telemetry: InMemoryTelemetry) -> Iterator[Callable[[], None]]:
    """A heartbeat to an address of this machine."""
    settings = SystemAlertSettings.model_validate({"heartbeat_url": url, "heartbeat_local": True})
    heartbeat, stop = Heartbeat(heartbeat_call(settings), telemetry), threading.Event()
    thread = threading.Thread(target=heartbeat.run, args=(stop, 0.01))
    thread.start()
    try:
        yield heartbeat.beat
    finally:
        stop.set()
        thread.join()


def test_it_calls_when_the_canary_passes_and_not_otherwise() -> None:
    """Once each time, with GET."""
    telemetry = InMemoryTelemetry()
    with Receiver() as receiver, beating(receiver.url, telemetry) as beat:
        for number in range(1, 4):
            beat()
            eventually(
                lambda number=number: telemetry.value("heartbeats_total", result="taken") == number
            )

    assert [(each.method, each.path) for each in receiver.received] == [("GET", "/hook")] * 3


def test_a_call_that_fails_is_counted_and_the_next_one_is_made() -> None:
    """An outage there is no reason to stop."""
    telemetry = InMemoryTelemetry()
    with Receiver(status=500) as receiver, beating(receiver.url, telemetry) as beat:
        beat()
        eventually(lambda: telemetry.value("heartbeats_total", result="failed") == 1)
        receiver.status = 200
        beat()
        eventually(lambda: telemetry.value("heartbeats_total", result="taken") == 1)
