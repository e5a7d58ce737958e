import pytest

from export.flow.options import FlowOptions
from export.training.options import TrainOptions


@pytest.mark.parametrize(
    "wrong",
    [
        {"frames": 1},
        {"steps": 0},
        {"levels": 3, "frames": 7},
        {"temporal_kernel": 4},
        {"max_hop": -1},
    ],
)
def test_impossible_flows_are_refused(wrong: dict[str, int]) -> None:
    """The error names the field."""
    with pytest.raises(ValueError, match=next(reversed(wrong))):
        FlowOptions(**wrong)


def test_impossible_trainings_are_refused() -> None:
    """The error names the field."""
    with pytest.raises(ValueError, match="epochs"):
        TrainOptions(epochs=0)


def test_the_default_kernel_spans_half_the_window() -> None:
    """T/2 + 1 frames, rounded up to odd."""
    assert [FlowOptions(frames=t).kernel_frames for t in (16, 18, 24)] == [9, 9, 13]
