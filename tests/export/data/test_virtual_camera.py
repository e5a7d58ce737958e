"""Bodies in space before random cameras, and the pipeline's errors on them."""

import numpy as np
import pytest

from export.data.clips import Clip
from export.data.pose_errors import PoseErrors, measured
from export.data.virtual_camera import HEIGHT_M, LENS, TILT, draw_camera, film, pipeline_poses
from tracker.simulator.source import Simulation, Stage
from tracker.skeleton import COCO_MIRROR
from tracker.sources.pose_file import PersonPoses

WIDTH_PX = 640


@pytest.fixture(scope="module")
def walker_m() -> np.ndarray:
    """Four seconds of a simulated person, in metres."""
    return Stage(Simulation(people=1, fps=25, seed=5)).bodies_m(100)[:, 0]


def exact(frames: int) -> PoseErrors:
    """Return a pipeline without errors."""
    run = np.zeros((frames, 17, 3), np.float32)
    run[..., 2] = 0.9
    return PoseErrors((run,), (200.0,))


def test_cameras_hang_as_promised() -> None:
    """Height, tilt and lens lie in their ranges and use them."""
    cameras = [draw_camera(np.random.default_rng(seed)) for seed in range(200)]
    heights = [camera.height_m for camera in cameras]
    tilts = [camera.pitch for camera in cameras]
    lenses = [2 * np.arctan(one.width_px / (2 * one.focal_px)) for one in cameras]

    for values, (low, high) in ((heights, HEIGHT_M), (tilts, TILT), (lenses, LENS)):
        assert low <= min(values) < low + 0.1 * (high - low)
        assert high >= max(values) > high - 0.1 * (high - low)


def test_filmed_bodies_stand_upright_in_the_picture(walker_m: np.ndarray) -> None:
    """Every joint is inside, heads are above feet, and the size is the body's, from any view."""
    seen = [film(walker_m, 1.7, 38, np.random.default_rng(seed)) for seed in range(30)]
    found = [one for one in seen if one is not None]

    assert len(found) > 25
    for one in found:
        assert len(one.points) == len(one.size_px) >= 38
        assert one.points.min() >= 0
        assert one.points[..., 0].max() < 1280
        heads, feet = one.points[:, 0, 1], one.points[:, 15:17, 1].mean(axis=1)
        assert (feet > heads).mean() > 0.9
        assert (feet - heads < 1.3 * one.size_px).all()


def test_the_same_generator_gives_the_same_film(walker_m: np.ndarray) -> None:
    """One number decides camera, direction and errors."""
    one, same = (film(walker_m, 1.7, 38, np.random.default_rng(4)) for _ in range(2))

    assert one is not None
    assert same is not None
    np.testing.assert_array_equal(one.points, same.points)


def test_the_poses_come_at_the_models_rate(walker_m: np.ndarray) -> None:
    """Without errors a resampled film is where the exact joints are."""
    filmed = film(walker_m, 1.7, 38, np.random.default_rng(4))
    assert filmed is not None

    poses = pipeline_poses(filmed, exact(10), 25.0, 25.0, np.random.default_rng(0))

    np.testing.assert_allclose(poses[..., :2], filmed.points, rtol=1e-5)
    np.testing.assert_allclose(poses[..., 2], 0.9)


def videos(jitter: float) -> tuple[Clip, Clip]:
    """Return what is seen of a walker in a video and in its mirror image, each with own errors."""
    rng = np.random.default_rng(1)
    body = np.stack([np.linspace(0, 40, 17), np.linspace(0, 100, 17), np.full(17, 0.8)], axis=1)
    joints = np.tile(body, (400, 1, 1)).astype(np.float32) + np.float32([200, 100, 0])
    back = joints[:, COCO_MIRROR].copy()
    back[..., 0] = WIDTH_PX - 1 - back[..., 0]
    clips = []
    for seen in (joints, back):
        shaken = seen + rng.normal(0, jitter * 100, seen.shape) * [1, 1, 0]
        clips.append(Clip("v", 10, {1: PersonPoses(np.arange(400), shaken.astype(np.float32))}))
    return clips[0], clips[1]


def test_the_difference_to_the_mirror_image_is_the_error() -> None:
    """An error of known size is measured as that size; confidences are passed on."""
    errors = measured([(*videos(jitter=0.02), WIDTH_PX)])

    assert errors.frames == 400
    np.testing.assert_allclose(errors.spread(), 0.02, rtol=0.12)
    np.testing.assert_allclose(errors.runs[0][..., 2], 0.8, rtol=1e-5)


def test_errors_grow_with_the_body_and_keep_their_order() -> None:
    """A body twice as large errs by twice as many pixels; a run is laid on as it was measured."""
    errors = measured([(*videos(jitter=0.02), WIDTH_PX)])
    points = np.full((300, 17, 2), 500, np.float32)

    small, large = (
        errors.lay_on(points, np.full(300, size, np.float32), np.random.default_rng(2))
        for size in (100, 200)
    )

    np.testing.assert_allclose((large - 500)[..., :2], 2 * (small - 500)[..., :2], atol=1e-3)
    assert (small[..., :2] - 500).std() == pytest.approx(2.0, rel=0.1)


def test_a_video_without_people_is_refused() -> None:
    """Nothing can be measured on it."""
    empty = Clip("v", 10, {})

    with pytest.raises(ValueError, match="nobody is seen in a video and in its mirrored copy"):
        measured([(empty, empty, WIDTH_PX)])


def test_errors_are_those_of_bodies_of_the_same_size() -> None:
    """Large bodies get the runs that were measured on large ones, far sizes the nearest ones."""
    small, large = (np.full((50, 17, 3), value, np.float32) for value in (0.05, 0.01))
    errors = PoseErrors((small, large), (80.0, 400.0))
    points = np.zeros((40, 17, 2), np.float32)
    for size_px, expected in ((80, 0.05), (400, 0.01), (4000, 0.01)):
        laid = errors.lay_on(points, np.full(40, size_px, np.float32), np.random.default_rng(3))

        np.testing.assert_allclose(np.abs(laid[..., 0]), expected * size_px, rtol=1e-5)
