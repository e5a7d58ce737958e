"""What the road's records weigh, and that each says which version it is of."""

import numpy as np
import pytest

from inference.types import Position, Score
from service.adapters.redis import codec, codec_windows
from service.adapters.redis.codec_requests import encode_request
from tracker.types import FrameView, PersonId, Pose, Samples, Track

T = 24
PERSON = PersonId("north-entrance", "1800000000.123-4567", 12)
JOINTS = np.random.default_rng(1).normal(300, 100, (T, 17, 3)).astype(np.float32)
HERE = Position(1_800_000_000.5, 100.5, 200.5, 80.25)
SCORE = Score(PERSON, 900, 1_800_000_000.5, 1.5, None, HERE, HERE, "ab" * 32, "1800000000000-0")
TRACK = Track(PERSON, 900, 1_800_000_000.5, Pose(JOINTS[0], np.zeros(4, np.float32), 3))
VIEW = FrameView("north-entrance", PERSON.session, 900, 1_800_000_000.5, 1920, 1080, (TRACK,) * 5)


def test_a_window_costs_its_joints_and_a_short_head() -> None:
    """24 × 17 × 3 float32 are 4896 bytes; names, times and number add less than 80."""
    sample = Samples(PERSON, 900, 1_800_000_000.5, JOINTS, False, True)

    head, person, samples = codec_windows.encode_samples([sample])

    number = person[3:]
    assert len(samples) == T * 17 * 3 * 4 == 4896
    assert len(head) + len(number) < 80


def test_a_frame_costs_its_joints_twice_at_most() -> None:
    """Five people's samples and the page's view of them stay below 2.6 KB, in one command."""
    samples = [Samples(PERSON, 900, 1_800_000_000.5, JOINTS[:1], False, False) for _ in range(5)]

    size = len(codec.encode_view(VIEW)) + sum(map(len, codec_windows.encode_samples(samples)))

    assert 5 * 2 * 204 < size < 2600


def test_a_score_is_small() -> None:
    """It refers to its window instead of carrying it, and shares its head with its batch's."""
    alone, together = (len(codec_windows.encode_scores([SCORE] * number)) for number in (1, 5))

    assert alone < 280
    assert (together - alone) / 4 < 150


@pytest.mark.parametrize(
    "record",
    [codec_windows.encode_scores([SCORE]), codec.encode_view(VIEW), encode_request(JOINTS, 24.0)],
)
def test_records_begin_with_their_version(record: bytes) -> None:
    """The first byte says it, and none is JSON."""
    assert record[0] in {1, 2}
    assert b'{"' not in record


def test_another_version_is_refused() -> None:
    """Whoever reads what a newer program wrote says so instead of misreading it."""
    data = bytes([99]) + codec_windows.encode_scores([SCORE])[1:]
    with pytest.raises(codec.Malformed, match="version 63"):
        codec_windows.decode_scores(data)
    with pytest.raises(codec.Malformed, match="version 63"):
        codec.decode_view(data)
    head = (
        bytes([99])
        + codec_windows.encode_samples(
            [Samples(PERSON, 900, 1_800_000_000.5, JOINTS, False, True)]
        )[0][1:]
    )
    with pytest.raises(codec.Malformed, match="version 63"):
        codec_windows.decode_window({b"h": head, b"n": bytes(8), b"j": JOINTS.tobytes()})
