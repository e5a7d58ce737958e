"""`/ws/alerts`: events, resuming, keys, and clients that make no sense."""

import asyncio
import json
import time
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest
from support.api import Service, Serving, opened
from support.sockets import joined, receive
from support.waiting import PATIENCE_S
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from service.adapters.memory.alerts import MemoryAlertFeed, MemoryAlerts
from service.adapters.memory.system_events import MemorySystemEvents
from service.api import app
from service.api.alert_hub import AlertHub, SlowClient
from service.ports.alerts import AlertFeed
from tracker.memory_telemetry import InMemoryTelemetry

KEY = "correct-horse"


async def test_events_arrive_as_they_are_written(service: Service) -> None:
    """A listening client gets a new event with its id, and its latency is observed."""
    async with connect(service.ws + "/ws/alerts?joined=true") as socket:
        await joined(socket)
        service.alerts.put(opened(1, at=time.time() - 1), None)
        message = await receive(socket)

    assert (message["id"], message["type"]) == ("1-0", "opened")
    assert message["alert"]["id"] == "alert-1"
    latency_s, observed = service.telemetry.observed("capture_to_alert_seconds")
    assert observed == 1
    assert 0 <= latency_s < PATIENCE_S


async def test_an_event_is_encoded_once_for_all_clients(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For those who listen, and for those who come back after it."""
    hubs: list[AlertHub] = []

    class Noted(AlertHub):
        def __init__(self, feed: AlertFeed) -> None:
            super().__init__(feed)
            hubs.append(self)

    monkeypatch.setattr(app, "AlertHub", Noted)
    with Serving(service.dependencies) as url:
        address = url.replace("http", "ws", 1) + "/ws/alerts"
        async with AsyncExitStack() as stack:
            sockets = [
                await stack.enter_async_context(connect(f"{address}?joined=true")) for _ in range(8)
            ]
            for socket in sockets:
                await joined(socket)
            for number in range(1, 4):
                service.alerts.put(opened(number), None)
            sockets += [
                await stack.enter_async_context(connect(f"{address}?last_id=0-0")) for _ in range(4)
            ]
            for socket in sockets:
                got = [(await receive(socket))["id"] for _ in range(3)]
                assert got == ["1-0", "2-0", "3-0"]

    assert hubs[0].texts.encodes == 3


async def test_everything_that_is_kept_can_be_asked_for(service: Service) -> None:
    """`last_id=0-0`: all events from the oldest, each once, then what comes."""
    for number in range(1, 4):
        service.alerts.put(opened(number), None)
    async with connect(service.ws + "/ws/alerts?last_id=0-0") as socket:
        kept = [(await receive(socket))["id"] for _ in range(3)]
        service.alerts.put(opened(4), None)
        new = (await receive(socket))["id"]

    assert [*kept, new] == ["1-0", "2-0", "3-0", "4-0"]


async def test_who_asks_hears_from_where_on_nothing_is_missed(service: Service) -> None:
    """It comes before what was missed, and again when a client goes on after another event."""
    for number in range(1, 4):
        service.alerts.put(opened(number), None)
    async with connect(service.ws + "/ws/alerts?joined=true&last_id=2-0") as socket:
        await joined(socket)
        assert (await receive(socket))["id"] == "3-0"
        await socket.send('{"last_id": "1-0"}')
        await joined(socket)
        ids = [(await receive(socket))["id"] for _ in range(2)]

    assert ids == ["2-0", "3-0"]


@pytest.mark.parametrize("by_message", [False, True])
async def test_resume_goes_on_after_the_last_id(service: Service, by_message: bool) -> None:
    """A client that names its last id gets what came since, once, then what comes."""
    for number in range(1, 4):
        service.alerts.put(opened(number), None)
    query = "" if by_message else "?last_id=1-0"
    async with connect(service.ws + "/ws/alerts" + query) as socket:
        if by_message:
            await socket.send('{"last_id": "1-0"}')
        ids = [(await receive(socket))["id"] for _ in range(2)]
        service.alerts.put(opened(4), None)
        ids.append((await receive(socket))["id"])

    assert ids == ["2-0", "3-0", "4-0"]


async def test_trimmed_events_leave_a_notice(service: Service) -> None:
    """A client whose events were trimmed is told of the gap before it goes on."""
    for number in range(1, 5):
        service.alerts.put(opened(number), None)
    del service.events[:2]
    async with connect(service.ws + "/ws/alerts?last_id=1-0") as socket:
        first, second = await receive(socket), await receive(socket)

    assert first == {"type": "gap", "after": "1-0"}
    assert second["id"] == "3-0"


async def test_other_messages_change_nothing(service: Service) -> None:
    """A heartbeat of the client's own making neither ends nor restarts what it is told."""
    for number in range(1, 200):
        service.alerts.put(opened(number), None)
    async with connect(service.ws + "/ws/alerts?last_id=0-0") as socket:
        ids = [(await receive(socket))["id"]]
        await socket.send('{"ping": 1}')
        ids += [(await receive(socket))["id"] for _ in range(198)]

    assert ids == [f"{number}-0" for number in range(1, 200)]


@pytest.mark.parametrize(
    "message",
    ["no json", "[1]", '{"last_id": "x"}', '{"last_id": 7}', '{"last_id": "\u0661-\u0660"}'],
)
async def test_senseless_messages_end_the_connection(service: Service, message: str) -> None:
    """A message that makes no sense closes with 1008 and says why."""
    async with connect(service.ws + "/ws/alerts") as socket:
        await socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await receive(socket)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert closed.value.rcvd.reason


@pytest.mark.parametrize("origin", ["http://evil.example", "http://[", "null"])
async def test_foreign_pages_may_not_listen(
    service: Service, caplog: pytest.LogCaptureFixture, origin: str
) -> None:
    """A browser on another site's page is refused before the handshake ends; one line says why."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(service.ws + "/ws/alerts", origin=origin):  # type: ignore[arg-type]
            pass

    assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus):
        async with connect(service.ws + "/ws/live", origin=origin):  # type: ignore[arg-type]
            pass
    (line,) = caplog.records  # not one for each
    assert "allowed_origins" in line.getMessage()
    assert vars(line)["origin"] == origin
    assert service.telemetry.value("ws_dropped_total", reason="origin") == 2


async def test_slow_client_is_given_up_and_others_are_not() -> None:
    """Overflow ends the one listener; it holds no more than its bound."""
    events: list[Any] = []
    alerts = MemoryAlerts(events, telemetry=InMemoryTelemetry())
    hub = AlertHub(MemoryAlertFeed(events), queue_limit=4)
    reader = asyncio.create_task(hub.run())
    slow, quick = hub.listen("0-0"), hub.listen("0-0")
    alerts.put(opened(0), None)
    assert (await anext(slow)).id == (await anext(quick)).id == "1-0"

    for number in range(1, 10):
        alerts.put(opened(number), None)
        assert (await anext(quick)).id == f"{number + 1}-0"
    with pytest.raises(SlowClient):
        await anext(slow)

    reader.cancel()
    with suppress(asyncio.CancelledError):
        await reader


class TestKey:
    """A site with a key."""

    @pytest.fixture
    def api_key(self) -> str | None:
        return KEY

    async def test_key_by_header_or_first_message(self, service: Service) -> None:
        """Either way opens the feed; the first message may name the last id as well."""
        service.alerts.put(opened(1), None)
        header = {"Authorization": f"Bearer {KEY}"}
        async with connect(
            service.ws + "/ws/alerts?last_id=0-0", additional_headers=header
        ) as socket:
            assert (await receive(socket))["id"] == "1-0"
        async with connect(service.ws + "/ws/alerts") as socket:
            await socket.send(json.dumps({"api_key": KEY, "last_id": "0-0"}))
            assert (await receive(socket))["id"] == "1-0"

    @pytest.mark.parametrize("first", ["{}", '{"api_key": "wrong"}', '{"api_key": "\\ud800"}'])
    async def test_wrong_key_is_refused(
        self, service: Service, caplog: pytest.LogCaptureFixture, first: str
    ) -> None:
        """A wrong or missing key closes with 1008; nothing is sent before, no error is logged."""
        service.alerts.put(opened(1), None)
        async with connect(service.ws + "/ws/alerts?last_id=0-0") as socket:
            await socket.send(first)
            with pytest.raises(ConnectionClosed) as closed:
                await receive(socket)

        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        assert caplog.records == []

    def test_http_asks_for_the_key(self, service: Service) -> None:
        """Data needs the key; probes and the page's own files do not."""
        assert service.http.get("/alerts").status_code == 401
        assert service.http.get("/alerts", headers={"X-API-Key": "wrong"}).status_code == 401
        assert service.http.get("/alerts", headers={"X-API-Key": KEY}).status_code == 200
        bearer = {"Authorization": f"Bearer {KEY}"}
        assert service.http.get("/metrics", headers=bearer).status_code == 200
        assert [service.http.get(path).status_code for path in ("/", "/healthz")] == [200, 200]


@pytest.mark.parametrize("path", ["/ws/live?camera=", "/ws/alerts?"])
async def test_a_refusal_fits_its_close_frame_in_any_script(service: Service, path: str) -> None:
    """A close frame holds 123 bytes of UTF-8; a longer reason is cut, not an error."""
    async with connect(service.ws + path + "%E7%95%AA" * 60) as socket:
        with pytest.raises(ConnectionClosed) as caught:
            await asyncio.wait_for(socket.recv(), 30)

    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1008
    assert caught.value.rcvd.reason.startswith("no ")


async def test_the_services_own_events_come_among_the_alerts(service: Service) -> None:
    """They have a type of their own, which clients of before may ignore, and count for resuming."""
    events = MemorySystemEvents(service.events, clock=lambda: 5.0)
    events.raise_("no-worker", "nobody scores", remedy="start a worker")

    async with connect(service.ws + "/ws/alerts?last_id=0-0") as socket:
        message = json.loads(await socket.recv())

    assert (message["type"], message["id"]) == ("system", "1-0")
    assert message["event"]["type"] == "no-worker"
    assert message["event"]["remedy"] == "start a worker"
