"""The live feed: people with scores, and the cameras that a client wants."""

import asyncio
from typing import Any

import numpy as np
import pytest
from support.api import Service
from support.sockets import receive
from support.waiting import PATIENCE_S
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tracker.types import CameraStatus, FrameView, PersonId, Pose, Track


async def test_live_feed_shows_people_with_scores(service: Service) -> None:
    """The page's feed has the newest view of each camera, filtered on request."""
    person = PersonId("gate", "s", 3)
    pose = Pose(np.full((17, 3), 0.5, np.float32), np.zeros(4, np.float32))
    track = Track(person, 1, 10.0, pose)
    service.site.views["gate"] = FrameView("gate", "s", 1, 10.0, 640, 480, (track,))
    status = CameraStatus("gate", "live", 4.0, 10.0, 0, None, (), 15.0, 1, True)
    service.site_status.report(status)
    service.site_status.report(CameraStatus("yard", "live", 4.0, 10.0, 0, None))
    async with connect(service.ws + "/ws/live?camera=gate") as socket:
        message = await receive(socket)
    async with connect(service.ws + "/ws/live?camera=yard") as socket:
        other = await receive(socket)

    (camera,) = message["cameras"]
    assert (camera["name"], camera["state"], camera["width_px"]) == ("gate", "live", 640)
    assert (camera["fps"], camera["source_fps"], camera["overloaded"]) == (4.0, 15.0, True)
    assert camera["people"][0]["number"] == 3
    assert len(camera["people"][0]["joints"]) == 17
    assert [(each["name"], each["people"]) for each in other["cameras"]] == [("yard", [])]


async def names_until(socket: Any, wanted: list[str]) -> None:
    """Receive until a message has these cameras."""
    while [each["name"] for each in (await receive(socket))["cameras"]] != wanted:
        pass


async def test_a_client_may_subscribe_to_other_cameras_at_any_time(service: Service) -> None:
    """From the next beat on it gets these alone; a heartbeat of its own changes nothing."""
    for name in ("gate", "yard"):
        service.site_status.report(CameraStatus(name, "live", 4.0, 10.0, 0, None))
    async with connect(service.ws + "/ws/live") as socket:
        await names_until(socket, ["gate", "yard"])
        await socket.send('{"subscribe": {"cameras": ["yard"], "rate": 10}}')
        await socket.send('{"ping": 1}')
        await names_until(socket, ["yard"])
        await socket.send('{"subscribe": {"cameras": []}}')
        await names_until(socket, [])
        await socket.send('{"subscribe": {}}')
        await names_until(socket, ["gate", "yard"])


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ('{"subscribe": {"cameras": ["gtae"]}}', "no camera is called 'gtae'"),
        ('{"subscribe": {"rate": 50}}', "subscribe/rate"),
        ('{"subscribe": 5}', "Expected `object`"),
    ],
)
async def test_a_subscription_that_makes_no_sense_ends_the_connection(
    service: Service, message: str, said: str
) -> None:
    """It closes with 1008 and says why."""
    async with connect(service.ws + "/ws/live") as socket:
        await socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await names_until(socket, ["never"])

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    assert said in closed.value.rcvd.reason


@pytest.mark.parametrize(
    "message", ['{"subscribe": {"cameras": ["\\ud800"]}}', '{"key": "\\ud800"}']
)
async def test_half_a_character_is_refused(service: Service, message: str) -> None:
    """It is no text that could be looked up or written; nothing fails of it."""
    async with connect(service.ws + "/ws/live") as socket:
        await socket.send(message)
        await asyncio.wait_for(socket.wait_closed(), PATIENCE_S)

    assert (socket.close_code, socket.close_reason) == (1008, "messages are JSON text")
