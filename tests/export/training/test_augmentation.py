import numpy as np
import pytest
import torch

from export.flow.options import FlowOptions
from export.training.augmentation import Variation, flipped, normalised
from export.training.options import TrainOptions
from export.training.windows import flow_input
from tracker.types import Float32

FRAMES = 12


def joints(number: int = 6, frames: int = FRAMES) -> Float32:
    """Return random windows, (number, frames, 17, 3)."""
    drawn = np.random.default_rng(3).normal(300, 50, (number, frames, 17, 3)).astype(np.float32)
    drawn[..., 2] = 0.7
    return drawn


def leant(windows: Float32, across: float, upwards: float) -> Float32:
    """Lean pixels, as the augmentation is defined."""
    moved = windows.copy()
    moved[..., 0] += across * windows[..., 1]
    moved[..., 1] += upwards * windows[..., 0]
    return moved


@pytest.mark.parametrize("headless", [False, True])
@pytest.mark.parametrize("kind", range(8))
def test_augmenting_normalised_windows_is_augmenting_pixels(kind: int, headless: bool) -> None:
    """Leaning and flipping after normalising gives what normalising leant, flipped pixels gives."""
    options = FlowOptions(frames=FRAMES, headless=headless)
    windows = joints()
    across, upwards = ((0, 0), (0.1, 0), (0, 0.1), (0.1, 0.1))[kind // 2]
    pixels = leant(windows, across, upwards)
    expected = flow_input(flipped(pixels) if kind % 2 else pixels, options)
    if headless:  # scaled by the whole body there, by what is left of it here
        expected = normalised(expected)

    vary = Variation(options, TrainOptions(augmentations=8), "cpu")
    kinds = torch.full((len(windows),), kind)
    varied = vary(flow_input(windows, options), kinds, torch.Generator())

    torch.testing.assert_close(varied, expected, rtol=0, atol=1e-5)


def test_without_augmentations_nothing_changes() -> None:
    """One augmentation is the windows as they are."""
    options = FlowOptions(frames=FRAMES)
    windows = flow_input(joints(), options)

    vary = Variation(options, TrainOptions(augmentations=1), "cpu")

    kinds = torch.zeros(len(windows), dtype=torch.int64)
    assert torch.equal(vary(windows, kinds, torch.Generator()), windows)
    assert torch.equal(vary.plain(windows), windows)


@pytest.mark.parametrize(
    "mistakes", [{"jitter": 0.02}, {"joint_dropout": 0.3}, {"rate_jitter": 0.2}]
)
@pytest.mark.parametrize("confidence", [False, True])
def test_mistakes_repeat_with_their_seed_and_stay_normalised(
    mistakes: dict[str, float], confidence: bool
) -> None:
    """The same generator state varies alike; centre, size and neck are those of a body again."""
    options = FlowOptions(frames=FRAMES, confidence=confidence)
    training = TrainOptions(augmentations=2, **mistakes)  # type: ignore[arg-type]
    windows = flow_input(
        joints(frames=FRAMES + 4 if "rate_jitter" in mistakes else FRAMES), options
    )
    vary = Variation(options, training, "cpu")
    kinds = torch.arange(len(windows)) % 2

    first, again, other = (
        vary(windows, kinds, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )

    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.shape == (6, options.channels, FRAMES, 18)
    points = first[:, :2]
    torch.testing.assert_close(points.mean(dim=(2, 3)), torch.zeros(6, 2), rtol=0, atol=1e-5)
    deviation = points[:, 1].std(dim=(1, 2), correction=0)
    torch.testing.assert_close(deviation, torch.ones(6), rtol=0, atol=1e-5)
    shoulders = points[..., [2, 5]].mean(dim=-1)
    torch.testing.assert_close(points[..., 1], shoulders, rtol=0, atol=1e-5)


def test_a_lost_joint_is_unsure_and_rests_on_the_body() -> None:
    """Where confidence became 0 the joint keeps its place relative to the body's middle."""
    options = FlowOptions(frames=FRAMES, confidence=True)
    vary = Variation(options, TrainOptions(augmentations=1, joint_dropout=0.3), "cpu")
    windows = flow_input(joints(), options)

    lost = vary(windows, torch.zeros(6, dtype=torch.int64), torch.Generator().manual_seed(0))

    away = lost[:, 2] == 0
    assert 0.02 < float(away.float().mean()) < 0.2
    assert float(away.all(dim=1).float().mean()) == 0  # never for the whole window


def test_playing_at_the_same_rate_is_the_middle_of_what_was_cut() -> None:
    """Judging windows are not varied: the spare poses are cut off on both sides."""
    options = FlowOptions(frames=FRAMES)
    cut = joints(frames=FRAMES + 4)

    plain = Variation(options, TrainOptions(rate_jitter=0.2), "cpu").plain(flow_input(cut, options))

    torch.testing.assert_close(plain, flow_input(cut[:, 2:-2], options), rtol=0, atol=1e-5)


def test_a_faster_window_shows_what_was_further_away() -> None:
    """A joint that moves evenly moves further in a window that is played faster, and only then."""
    options = FlowOptions(frames=FRAMES)
    vary = Variation(options, TrainOptions(augmentations=1, rate_jitter=0.2), "cpu")
    moving = torch.arange(FRAMES + 4.0).view(1, 1, -1, 1).expand(200, 2, -1, 18)

    played = vary._at_rates(moving, torch.Generator().manual_seed(0))

    spans = played[:, 0, -1, 0] - played[:, 0, 0, 0]
    assert 0.8 * (FRAMES - 1) - 1e-4 <= float(spans.min()) < 0.85 * (FRAMES - 1)
    assert 1.15 * (FRAMES - 1) < float(spans.max()) <= 1.2 * (FRAMES - 1) + 1e-4
    torch.testing.assert_close(played.mean(dim=2)[:, 0, 0], torch.full((200,), (FRAMES + 3) / 2))
