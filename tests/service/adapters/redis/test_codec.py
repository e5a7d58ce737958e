"""What travels through Redis comes out as it went in, and garbage does no harm."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.types import AlertPoses, Position, Score
from service.adapters.redis import codec, codec_windows
from service.entry_ids import entry_order
from service.types import WorkerStatus
from tracker.types import CameraStatus, FrameView, PersonId, Pose, Samples, Track

names = st.text(max_size=64)
counts = st.integers(0, 2**63 - 1)
numbers = st.floats(-1e300, 1e300)
places = st.builds(Position, numbers, numbers, numbers, numbers)
people = st.builds(PersonId, names, names, counts)
seeds = st.integers(0, 2**32 - 1)
scores = st.builds(
    Score,
    people,
    counts,
    numbers,
    st.none() | numbers,
    st.none() | st.sampled_from(["too_few_joints", "no_size", "gap", "not_finite"]),
    places,
    places,
    names,
    st.from_regex(r"[0-9]{1,19}-[0-9]{1,19}", fullmatch=True),
)
statuses = st.builds(
    CameraStatus,
    names,
    st.sampled_from(["connecting", "live", "stalled", "lost", "ended"]),
    numbers,
    st.none() | numbers,
    counts,
    st.none() | names,
    st.lists(names, max_size=3).map(tuple),
    numbers,
    counts,
    st.booleans(),
    counts,
    st.booleans(),
    st.none() | numbers,
)
HEAD = codec_windows.WINDOW_VERSION + msgspec.msgpack.encode(["a", "b", 2, 3.0])
DECODERS: tuple[Callable[[bytes], Any], ...] = (
    lambda data: codec_windows.decode_window({b"h": data, b"n": bytes(8), b"j": bytes(204)}),
    lambda data: codec_windows.decode_window({b"h": HEAD, b"n": data, b"j": bytes(204)}),
    lambda data: codec_windows.decode_window({b"h": HEAD, b"n": bytes(8), b"j": data}),
    codec_windows.decode_scores,
    codec.decode_view,
    codec.decode_status,
    codec.decode_clip,
    lambda data: codec.decode(data, dict[str, int]),
)


def array(seed: int, *shape: int) -> np.ndarray:
    """Float32 of a seed."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@given(scores, st.lists(scores, max_size=3))
@pytest.mark.slow
def test_scores_come_back(score: Score, others: list[Score]) -> None:
    """Reading undoes writing, for all scores of one camera, session and model."""
    camera, session = score.person.camera, score.person.session
    together = [score] + [
        replace(other, person=PersonId(camera, session, other.person.number), model=score.model)
        for other in others
    ]

    assert codec_windows.decode_scores(codec_windows.encode_scores(together)) == together


@given(scores, st.sampled_from(["", "CPUExecutionProvider"]))
@pytest.mark.slow
def test_the_provider_comes_back_with_its_scores(score: Score, provider: str) -> None:
    """It travels in a field of its own."""
    score = replace(score, provider=provider)

    assert codec_windows.read_score_fields(codec_windows.score_fields([score])) == [score]


@given(scores)
def test_an_earlier_version_reads_scores_with_a_provider(score: Score) -> None:
    """Its strict reader takes the field it knows, whose bytes the provider does not change."""
    written = codec_windows.score_fields([replace(score, provider="CUDAExecutionProvider")])

    assert written[b"s"] == codec_windows.score_fields([score])[b"s"]
    assert codec_windows.decode_scores(written[b"s"]) == [score]


@given(scores)
def test_scores_of_an_earlier_version_read(score: Score) -> None:
    """They say no provider."""
    written = {b"s": codec_windows.encode_scores([score])}

    assert codec_windows.read_score_fields(written) == [replace(score, provider="")]


@pytest.mark.parametrize("provider", [b"x" * 65, b"\xff"], ids=["long", "not ASCII"])
def test_a_provider_is_a_short_name(provider: bytes) -> None:
    """Anything else is refused."""
    place = Position(0.0, 0.0, 0.0, 0.0)
    score = Score(PersonId("a", "b", 1), 2, 3.0, 4.0, None, place, place, "m", "1-1")

    with pytest.raises(codec.Malformed, match="provider"):
        codec_windows.read_score_fields(codec_windows.score_fields([score]) | {b"p": provider})


def test_a_sign_of_life_of_an_earlier_version_reads() -> None:
    """It says nothing about batch sizes; the worker counts as living all the same."""
    told = {"name": "w", "model": "m", "provider": "p", "wanted": "auto", "beat_at": 9.0}

    status = codec.decode(codec.VERSION + msgspec.json.encode(told), WorkerStatus)

    assert (status.name, status.batches) == ("w", ())


@given(statuses, numbers)
def test_statuses_come_back(status: CameraStatus, at: float) -> None:
    """Reading undoes writing."""
    assert codec.decode_status(codec.encode_status(status, at)) == (status, at)


def test_a_status_of_an_earlier_version_reads() -> None:
    """What was told before sources' rates were known says nothing about them."""
    told = [99.0, "gate", "live", 12.5, 98.0, 2, None, ["motion boxes"]]

    status, at = codec.decode_status(codec.VERSION + msgspec.msgpack.encode(told))

    assert (status.name, status.fps, status.notes, at) == ("gate", 12.5, ("motion boxes",), 99.0)
    assert (status.source_fps, status.priority, status.overloaded) == (0.0, 1, False)
    assert (status.too_few_frames, status.lost_since) == (False, None)


@given(people, counts, numbers, st.integers(0, 40), seeds)
def test_windows_come_back(person: PersonId, seq: int, at: float, frames: int, seed: int) -> None:
    """Reading undoes writing, joints bit for bit."""
    joints = array(seed, frames, 17, 3)

    samples = Samples(person, seq, at, joints, restarts=False, due=True)

    head, people, poses = codec_windows.encode_samples([samples])
    window = codec_windows.decode_window({b"h": head, b"n": people[3:], b"j": poses})

    assert (window.person, window.last_seq, window.at) == (person, seq, at)
    np.testing.assert_array_equal(window.joints, joints)


@given(names, names, counts, numbers, st.lists(counts, max_size=3), seeds)
@pytest.mark.slow
def test_views_come_back(
    camera: str, session: str, seq: int, at: float, people: list[int], seed: int
) -> None:
    """Reading undoes writing, tracks included."""
    tracks = tuple(
        Track(
            PersonId(camera, session, number),
            seq,
            at,
            Pose(array(seed, 17, 3), array(seed, 4), number % 100 or None),
        )
        for number in people
    )

    view = codec.decode_view(
        codec.encode_view(FrameView(camera, session, seq, at, 640, 480, tracks))
    )

    assert (view.camera, view.session, view.seq, view.at) == (camera, session, seq, at)
    assert (view.width_px, view.height_px) == (640, 480)
    for read, track in zip(view.tracks, tracks, strict=True):
        assert (read.person, read.seq, read.at) == (track.person, seq, at)
        assert read.pose.number == track.pose.number
        np.testing.assert_array_equal(read.pose.joints, track.pose.joints)
        np.testing.assert_array_equal(read.pose.box_px, track.pose.box_px)


@given(st.integers(0, 30), seeds)
def test_clips_come_back(frames: int, seed: int) -> None:
    """Clips whose numbers are float32 come back exactly."""
    clip = AlertPoses(
        fps=24.0,
        poses=[[tuple(joint) for joint in pose] for pose in array(seed, frames, 17, 3).tolist()],
        joint_map=array(seed, frames, 18).tolist(),
    )

    assert codec.decode_clip(codec.encode_clip(clip)) == clip


@given(st.binary(max_size=400), st.sampled_from([b"", codec.VERSION, codec_windows.WINDOW_VERSION]))
def test_garbage_raises_one_error(data: bytes, version: bytes) -> None:
    """Whatever the bytes, readers raise Malformed or nothing."""
    for decode in DECODERS:
        with suppress(codec.Malformed):
            decode(version + data)


@given(scores, st.data())
@pytest.mark.slow
def test_damage_raises_one_error(score: Score, data: st.DataObject) -> None:
    """A flipped byte or a cut gives Malformed, or another score, never another error."""
    written = bytearray(codec_windows.encode_scores([score]))
    written[data.draw(st.integers(0, len(written) - 1))] ^= data.draw(st.integers(1, 255))
    for damaged in (bytes(written), bytes(written[: data.draw(st.integers(0, len(written)))])):
        with suppress(codec.Malformed):
            codec_windows.decode_scores(damaged)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x03\x90",
        codec.VERSION + b"\x91" * 100_000,
        codec.VERSION + b"[" * 100_000,
        codec.VERSION + bytes(codec.LARGEST_BYTES),
    ],
    ids=["empty", "other version", "msgpack bomb", "json bomb", "too large"],
)
def test_bombs_are_refused(data: bytes) -> None:
    """Other versions, nesting and size are refused before they cost anything."""
    for decode in DECODERS:
        with pytest.raises(codec.Malformed):
            decode(data or b"\x00")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_times_are_finite(value: float) -> None:
    """A time that no comparison holds for never gets past the reader."""
    head = codec_windows.WINDOW_VERSION + msgspec.msgpack.encode(["a", "b", 2, value])

    with pytest.raises(codec.Malformed):
        codec_windows.decode_window({b"h": head, b"n": bytes(8), b"j": b""})


def test_entry_ids_order_as_numbers() -> None:
    """Ids are compared as Redis does, not as text."""
    assert entry_order("9-0") < entry_order("10-0") < entry_order("10-2")
    assert entry_order("10") < entry_order("10-1") < entry_order("10-10")


@pytest.mark.parametrize("window", ["", "rubbish", "1-x", "1", "1-1\n", "9" * 20 + "-1"])
def test_a_score_refers_to_an_entry(window: str) -> None:
    """What Redis would refuse as an entry's id never gets as far as being asked for."""
    place = Position(0.0, 0.0, 0.0, 0.0)
    score = Score(PersonId("a", "b", 1), 2, 3.0, 4.0, None, place, place, "m", window)

    with pytest.raises(codec.Malformed):
        codec_windows.decode_scores(codec_windows.encode_scores([score]))
