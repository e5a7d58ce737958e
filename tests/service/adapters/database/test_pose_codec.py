import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.database.pose_codec import pack_frames, unpack_frames
from service.records import PersonPose, PoseFrame


def frame(at: float, people: dict[int, np.ndarray]) -> PoseFrame:
    """People by number."""
    return PoseFrame(at, tuple(PersonPose(number, joints) for number, joints in people.items()))


@given(
    st.lists(st.lists(st.integers(-5, 2**31 - 1), unique=True, max_size=4), min_size=1, max_size=20)
)
def test_frames_come_back(numbers: list[list[int]]) -> None:
    """Whoever comes and goes: times to 0.1 ms, places to an eighth of a pixel, order kept."""
    rng = np.random.default_rng(len(numbers))
    frames = [
        frame(
            1e9 + at / 15,
            {
                number: np.dstack(
                    [rng.uniform(-3000, 8000, (1, 17, 2)), rng.uniform(0, 1, (1, 17, 1))]
                )[0].astype(np.float32)
                for number in present
            },
        )
        for at, present in enumerate(numbers)
    ]

    back = unpack_frames(pack_frames(frames))

    assert [each.at for each in back] == pytest.approx([each.at for each in frames], abs=1e-4)
    for one, other in zip(frames, back, strict=True):
        assert [p.number for p in one.people] == [p.number for p in other.people]
        for before, after in zip(one.people, other.people, strict=True):
            assert np.abs(before.joints[:, :2] - after.joints[:, :2]).max() <= 0.126
            assert np.abs(before.joints[:, 2] - after.joints[:, 2]).max() <= 0.002


def test_places_out_of_range_are_bounded_and_what_is_no_number_is_zero() -> None:
    """No pose breaks a piece."""
    joints = np.array([[np.nan, 1e9, np.nan]] * 17, np.float32)

    (back,) = unpack_frames(pack_frames([frame(0.0, {1: joints})]))

    assert back.people[0].joints[0].tolist() == [0.0, 8191.75, 0.0]


def test_a_minute_of_somebody_who_walks_is_small() -> None:
    """15 frames a second take less than half of what float32 would."""
    rng = np.random.default_rng(1)
    body = rng.normal(0, 40, (17, 2))
    frames = [
        frame(
            at / 15,
            {
                1: np.hstack(
                    [
                        np.add(body, [at, 300]) + rng.normal(0, 0.5, (17, 2)),
                        np.full((17, 1), 0.9),
                    ]
                ).astype(np.float32)
            },
        )
        for at in range(900)
    ]

    assert len(pack_frames(frames)) < 900 * 204 / 2


@pytest.mark.parametrize("data", [b"", b"x", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_foreign_bytes_are_refused(data: bytes) -> None:
    """With ValueError, and nothing else."""
    with pytest.raises(ValueError, match="poses"):
        unpack_frames(data)
