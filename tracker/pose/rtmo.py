"""Poses of all people in a picture at once, by RTMO: one network for all cameras of a process."""

import logging
import time
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from threading import Condition, Thread
from typing import TypeAlias

import cv2
import numpy as np

from tracker.errors import Transient
from tracker.ports import PoseEstimator, Telemetry
from tracker.pose.plausibility import plausible
from tracker.pose.rtmo_decode import RtmoOptions, decode
from tracker.pose.rtmo_network import RtmoNetwork
from tracker.pose.rtmo_room import Room
from tracker.types import Float32, Frame, Pose
from tracker.weights.onnx_session import CUDA, Provider

ScoreResult: TypeAlias = Future[tuple[Float32, Float32]]
_JOIN_S = 2.0
_SCALED_BY_CPU = "RTMO runs on CUDA, but frames are scaled on the CPU; the log says why"

log = logging.getLogger(__name__)


class NetworkFailed(Transient):
    """The network gave no answer to this picture; the next one may fare better."""


class Rtmo(PoseEstimator):
    """Finds the people of every camera's pictures with one network.

    Cameras call `estimate` from their own threads and wait. A batch is whatever waits when the
    last one is done: while one runs, the cameras draw the next one's pictures.

    Args:
        threads: processor cores the network may use.
        scale_on_device: frames are scaled where the network computes; None: on CUDA alone.

    Raises:
        ModelUnavailable: the file cannot be read.
        ModelMismatch: it is not an RTMO network.
    """

    def __init__(
        self,
        path: Path,
        telemetry: Telemetry,
        *,
        provider: Provider = "auto",
        threads: int = 1,
        options: RtmoOptions | None = None,
        scale_on_device: bool | None = None,
    ) -> None:
        self._network = RtmoNetwork(
            path, provider=provider, threads=threads, scale_on_device=scale_on_device
        )
        self._name = path.stem
        self._telemetry = telemetry
        self._options = options or RtmoOptions()
        # Two, so that one can be filled while the other runs.
        self._filling, self._running = (
            _Batch(self._network.room(), self._network.largest) for _ in range(2)
        )
        self._changed = Condition()
        self._closed = False
        # For the whole process: OpenCV's own threads only take the cores from the network.
        cv2.setNumThreads(1)
        telemetry.gauge(
            "session_provider_info",
            1.0,
            role="camera",
            provider=self._network.provider,
            wanted=provider,
        )
        self._engine = Thread(target=self._serve, name="rtmo", daemon=True)
        self._engine.start()

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the cameras' status."""
        network = self._network
        if network.wanted == "cpu":
            return ()
        if network.provider != CUDA:
            return (f"RTMO runs on the CPU; the provider wanted is {network.wanted}",)
        return () if network.scale_on_device else (_SCALED_BY_CPU,)

    def networks(self) -> Mapping[str, str | float]:
        return {"boxes": self._name, "joints": self._name, "provider": self._network.provider}

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:  # noqa: ARG002 -- sees all
        """Return the people in the frame, surest first; waits for the network.

        Raises:
            NetworkFailed: the batch failed, or the network was closed.
        """
        if frame.image is None:
            return []
        batch, slot, answer = self._take_slot()
        try:
            place = batch.room.draw(slot, frame.image)
        finally:
            # Whatever became of the picture, the others of its batch must not wait for it.
            self._drawn(batch)
        detections, keypoints = answer.result()
        return self._bodies(decode(detections, keypoints, place, self._options))

    def close(self) -> None:
        """End the network; whoever waits for it, or asks later, is told so."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._engine.join(_JOIN_S)

    def _bodies(self, poses: list[Pose]) -> list[Pose]:
        if not poses:
            return []
        boxes_px = np.stack([pose.box_px for pose in poses])
        good = plausible(np.stack([pose.joints for pose in poses]), boxes_px)
        if refused := int(np.count_nonzero(~good)):
            self._telemetry.count("poses_refused_total", refused, reason="implausible")
        return [pose for pose, is_body in zip(poses, good, strict=True) if is_body]

    def _take_slot(self) -> "tuple[_Batch, int, ScoreResult]":
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._filling.has_room)
            if self._closed:
                raise NetworkFailed("RTMO was closed")
            batch, answer = self._filling, ScoreResult()
            batch.answers.append(answer)
            self._telemetry.gauge("queue_depth", len(batch.answers), queue="rtmo")
            self._changed.notify_all()
            return batch, len(batch.answers) - 1, answer

    def _drawn(self, batch: "_Batch") -> None:
        with self._changed:
            batch.drawn += 1
            self._changed.notify_all()

    def _serve(self) -> None:
        try:
            while (batch := self._next()) is not None:
                self._run(batch)
        except Exception:
            log.exception("RTMO ends")
            raise
        finally:
            self._turn_away()

    def _next(self) -> "_Batch | None":
        """Return the next batch once all its pictures are drawn; None when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._filling.answers)
            if self._closed:
                return None
            self._filling, self._running = self._running, self._filling
            self._telemetry.gauge("queue_depth", 0, queue="rtmo")
            self._changed.notify_all()
            batch = self._running
            self._changed.wait_for(lambda: batch.drawn == len(batch.answers))
            return batch

    def _run(self, batch: "_Batch") -> None:
        began_s = time.perf_counter()
        try:
            found = batch.room.run(len(batch.answers))
        except Exception as err:  # the runtime's own errors share no base but this
            for answer in batch.answers:
                # Each camera's own, for every thread that raises one writes its trace into it.
                failure = NetworkFailed(f"RTMO failed on {len(batch.answers)} pictures: {err}")
                failure.__cause__ = err
                answer.set_exception(failure)
        else:
            for answer, result in zip(batch.answers, found, strict=True):
                answer.set_result(result)
        batch.answers, batch.drawn = [], 0
        self._telemetry.observe(
            "stage_duration_seconds", time.perf_counter() - began_s, stage="rtmo"
        )

    def _turn_away(self) -> None:
        """Answer everybody who still waits."""
        with self._changed:
            self._closed = True
            for answer in self._filling.answers + self._running.answers:
                if not answer.done():
                    answer.set_exception(NetworkFailed("RTMO was closed"))
            self._changed.notify_all()


class _Batch:
    """Room for pictures, and who waits for what is in them."""

    def __init__(self, room: Room, largest: int) -> None:
        self.room = room
        self.answers: list[ScoreResult] = []
        self.drawn = 0
        self._largest = largest

    @property
    def has_room(self) -> bool:
        return len(self.answers) < self._largest
