"""Poses from person boxes by MediaPipe's BlazePose landmark network in LiteRT."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from tracker.detection.key_frames import (
    EXPECTED_SCORE,
    KeyFrames,
    Places,
    box_around,
    every_frame,
    is_new,
)
from tracker.errors import ModelMismatch, ModelUnavailable
from tracker.ports import BoxDetector, PoseEstimator, Telemetry
from tracker.pose.plausibility import plausible
from tracker.pose.tflite_prune import keep_outputs
from tracker.types import Float32, Frame, Image, Pose

_SIDE_PX = 256
_LANDMARKS = 39  # 33 of the body, 6 that only serve MediaPipe's own cropping
# BlazePose's landmark for each COCO-17 joint.
_COCO_OF_BLAZE = np.array([0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28])
_CROP = 1.25  # the crop is a square of this many times the box's longer side
# A box that the picture's upper or lower edge cuts shows a part of a body: the crop must leave room
# for the rest, or the network presses a whole body into the part. Half cut off below, 80 % of the
# visible joints are right instead of 50 %. Edges at the sides need nothing: boxes are tall.
_AT_EDGE_PX = 1.5
_UPRIGHT = 2.5  # height over width of somebody standing
_LARGEST_REST = 1.6  # the whole is taken for at most this many times the visible part
# The probability that a joint is visible and within 0.2 trunks of its place, over what the network
# says: logits of the joint's own confidence, of the body's presence, and 1. Fitted to people of
# two videos with patches painted over them, cut by edges, shrunk: their whole poses are the truth.
_CONFIDENCE = np.array([0.20, 0.425, -1.187], np.float32)
_LARGEST_LOGIT = 8.0


class BlazePose(PoseEstimator):
    """Finds boxes, then the body in each of them; looks where people are expected, too.

    Args:
        threads: how many people are looked at in parallel; each thread has its own interpreter.
        key_frame_interval: asked at every frame: the detector searches every so many frames,
            between them people are sought where they are expected.
        presence_min: a detector's box whose crop shows a body less surely than this is refused.
        expected_presence_min: the same for a place where somebody is only expected.

    Raises:
        ModelUnavailable: the file cannot be read.
        ModelMismatch: it is not the BlazePose landmark network.
    """

    def __init__(
        self,
        model_path: Path,
        detector: BoxDetector,
        telemetry: Telemetry,
        *,
        threads: int = 1,
        key_frame_interval: Callable[[], int] = every_frame,
        presence_min: float = 0.15,
        expected_presence_min: float = 0.7,
    ) -> None:
        self._places = KeyFrames(detector, key_frame_interval)
        self._telemetry = telemetry
        self._presence_min = presence_min
        self._expected_presence_min = expected_presence_min
        self._landmarks = LandmarkPool(model_path, threads=threads)

    def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:
        if frame.image is None:
            return []
        began_s = time.perf_counter()
        places = self._places.places(frame, expected)
        found_s = time.perf_counter()
        self._telemetry.observe("stage_duration_seconds", found_s - began_s, stage="boxes")
        self._telemetry.count("frames_searched_total", float(places.searched))
        poses = self._poses(frame.image, places)
        looked_s = time.perf_counter() - found_s
        self._telemetry.observe("stage_duration_seconds", looked_s, stage="landmarks")
        return poses

    def _poses(self, image: Image, places: Places) -> list[Pose]:
        boxes_px = np.concatenate([places.found[:, :4], places.missed])
        joints, presence = self._landmarks.look(image, boxes_px)
        found = np.arange(len(boxes_px)) < len(places.found)
        present = presence > np.where(found, self._presence_min, self._expected_presence_min)
        good = present & plausible(joints, boxes_px)
        self._refuse("presence", int(np.count_nonzero(~present)))
        self._refuse("implausible", int(np.count_nonzero(present & ~good)))
        poses = [
            Pose(joints[row], boxes_px[row], score=float(places.found[row, 4]))
            for row in np.flatnonzero(good & found)
        ]
        for row in np.flatnonzero(good & ~found):
            if is_new(joints[row], [pose.joints for pose in poses]):
                score = EXPECTED_SCORE * float(presence[row])
                # The joints' box, not the expected one: an expectation that confirms itself drifts.
                box_px = _clipped(box_around(joints[row]), image)
                poses.append(Pose(joints[row], box_px, score=score))
        return poses

    def _refuse(self, reason: str, number: int) -> None:
        if number:
            self._telemetry.count("poses_refused_total", number, reason=reason)


class LandmarkPool:
    """Looks at several boxes of a picture side by side; MotionPoses uses it as well.

    Args:
        threads: how many people are looked at in parallel; each thread has its own interpreter.

    Raises:
        ModelUnavailable: the file cannot be read.
        ModelMismatch: it is not the BlazePose landmark network.
    """

    def __init__(self, model_path: Path, *, threads: int = 1) -> None:
        model = _pruned(model_path)
        self._networks = [LandmarkNetwork(model) for _ in range(threads)]
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="landmarks")
        # For the whole process: OpenCV's own threads only take the cores from these.
        cv2.setNumThreads(1)

    def look(self, image: Image, boxes_px: Float32) -> tuple[Float32, Float32]:
        """Return the joints, float32 (N, 17, 3), and the presence of a body, float32 (N,)."""
        joints = np.empty((len(boxes_px), 17, 3), np.float32)
        presence = np.empty(len(boxes_px), np.float32)
        # One iterator for all threads: whoever is free takes the next box.
        waiting = iter(range(len(boxes_px)))

        def work(network: LandmarkNetwork) -> None:
            for index in _shared(waiting):
                joints[index], presence[index] = network.look(image, boxes_px[index])

        list(self._pool.map(work, self._networks[: max(1, len(boxes_px))]))
        return joints, presence


class LandmarkNetwork:
    """One interpreter of the landmark network, with its buffers. For one thread at a time."""

    def __init__(self, model: bytes) -> None:
        # One thread each: two interpreters side by side use two cores better than one of two.
        self._interpreter = Interpreter(model_content=model, num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._landmarks, self._presence = _outputs(self._interpreter)
        self._crop = np.empty((_SIDE_PX, _SIDE_PX, 3), np.uint8)
        self._rgb = np.empty_like(self._crop)

    def look(self, image: Image, box_px: Float32) -> tuple[Float32, float]:
        """Return the joints, float32 (17, 3) in frame pixels, and the presence of a body.

        A joint's confidence is the probability that it is visible and where it is told to be.
        """
        side_px, left_px, top_px = _square(_whole(box_px, image.shape[0]))
        scale = _SIDE_PX / side_px
        # Whole pixels, so that cutting copies nothing and resizing does the rest: a fifth of the
        # time of an affine warp.
        cut = _cut(image, side_px, left_px, top_px)
        cv2.resize(cut, (_SIDE_PX, _SIDE_PX), dst=self._crop)
        cv2.cvtColor(self._crop, cv2.COLOR_BGR2RGB, dst=self._rgb)
        # Written straight into the interpreter's memory, in [0, 1].
        np.multiply(self._rgb, np.float32(1 / 255), out=self._interpreter.tensor(self._input)()[0])
        self._interpreter.invoke()
        raw = self._interpreter.get_tensor(self._landmarks).reshape(_LANDMARKS, 5)
        joints = raw[_COCO_OF_BLAZE]  # x, y, z in crop pixels; logits of visibility, presence
        joints[:, :2] = joints[:, :2] / scale + (left_px, top_px)
        # The network ends in a sigmoid for this output, and only for this one.
        presence = float(self._interpreter.get_tensor(self._presence)[0, 0])
        joints[:, 2] = _confidence(_sigmoid(joints[:, 3]) * _sigmoid(joints[:, 4]), presence)
        joints[_outside(joints, image), 2] = 0
        return joints[:, :3], presence


def _clipped(box_px: Float32, image: Image) -> Float32:
    height_px, width_px = image.shape[:2]
    return np.clip(box_px, 0, np.array([width_px, height_px, width_px, height_px], np.float32))


def _whole(box_px: Float32, height_px: int) -> Float32:
    """Return the box with room for what the upper or lower edge of the picture cuts off."""
    left, top, right, bottom = box_px
    seen_px = bottom - top
    whole_px = min(_UPRIGHT * (right - left), _LARGEST_REST * seen_px)
    above, below = top <= _AT_EDGE_PX, bottom >= height_px - _AT_EDGE_PX
    # Who is wider than tall lies: nothing tells how far a lying body reaches.
    if above == below or whole_px <= seen_px or right - left > seen_px:
        return box_px
    if above:
        return np.array([left, bottom - whole_px, right, bottom], np.float32)
    return np.array([left, top, right, top + whole_px], np.float32)


def _square(box_px: Float32) -> tuple[int, int, int]:
    """Return the crop's side, left and top in whole frame pixels."""
    left_px, top_px, right_px, bottom_px = (float(edge) for edge in box_px)
    # Two pixels at least, so that even an empty box in a corner cuts a bit of the picture.
    side_px = max(round(_CROP * max(right_px - left_px, bottom_px - top_px)), 2)
    return (
        side_px,
        round((left_px + right_px - side_px) / 2),
        round((top_px + bottom_px - side_px) / 2),
    )


def _cut(image: Image, side_px: int, left_px: int, top_px: int) -> Image:
    """Return the square, black where it leaves the picture; a view when it does not."""
    height_px, width_px = image.shape[:2]
    outside_px = (  # above, below, left, right
        max(-top_px, 0),
        max(top_px + side_px - height_px, 0),
        max(-left_px, 0),
        max(left_px + side_px - width_px, 0),
    )
    inside = image[max(top_px, 0) : top_px + side_px, max(left_px, 0) : left_px + side_px]
    if not any(outside_px):
        return inside
    return np.asarray(cv2.copyMakeBorder(inside, *outside_px, cv2.BORDER_CONSTANT), np.uint8)


def _shared(iterator: Iterator[int]) -> Iterator[int]:
    while (value := next(iterator, None)) is not None:
        yield value


def _confidence(seen: Float32, presence: float) -> Float32:
    """Return the probability of joints from what the network believes of them and of the body."""
    own, body, constant = _CONFIDENCE
    return _sigmoid(own * _logit(seen) + body * _logit(np.float32(presence)) + constant)


def _outside(joints: Float32, image: Image) -> NDArray[np.bool_]:
    size_px = (image.shape[1], image.shape[0])
    return np.asarray(((joints[:, :2] < 0) | (joints[:, :2] >= size_px)).any(axis=1))


def _logit(probabilities: Float32 | np.float32) -> Float32:
    lowest = np.float32(1 / (1 + np.exp(_LARGEST_LOGIT)))
    clipped = np.clip(probabilities, lowest, 1 - lowest)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float32)


def _sigmoid(logits: Float32) -> Float32:
    return np.asarray((np.tanh(logits / 2) + 1) / 2, np.float32)  # this form cannot overflow


def _pruned(path: Path) -> bytes:
    """Return the model without the mask and heat maps, which cost 40 % of its time."""
    try:
        model = path.read_bytes()
        whole = Interpreter(model_content=model)
    except (OSError, ValueError) as err:
        raise ModelUnavailable(f"{path} is not a readable landmark model: {err}") from err
    return keep_outputs(model, _outputs(whole))


def _outputs(interpreter: Interpreter) -> tuple[int, int]:
    """Return the tensor numbers of the landmarks and of the body's presence."""
    by_size = {
        tuple(int(axis) for axis in detail["shape"]): int(detail["index"])
        for detail in interpreter.get_output_details()
    }
    try:
        return by_size[1, 5 * _LANDMARKS], by_size[1, 1]
    except KeyError as err:
        raise ModelMismatch(f"a BlazePose landmark model is wanted; outputs: {by_size}") from err
