"""The canary's film: found by the real networks, lost at the right stage by blind ones."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from inference.kinds.fall import FallOptions, FallState
from tracker.camera.film_judge import FilmStage, find_fault
from tracker.camera.film_networks import (
    FilmPath,
    Networks,
    NotRun,
    build_networks,
    check_weights,
    paths_of,
)
from tracker.camera.film_run import FilmRun, Push, Showing, send, show
from tracker.errors import Fatal
from tracker.options import LITE_BELOW_PX, WindowOptions
from tracker.ports import BoxDetector, PoseEstimator, WindowStore
from tracker.simulator.film.film import Film, Shot
from tracker.types import Float32, Frame, FrameCues, FrameView, Image, Pose, Samples
from tracker.weights.store import ModelStore

WINDOWS = WindowOptions(frames=24, fps=24.0, stride=3)
BLIND_FRAMES = 28  # whoever finds nobody in these finds nobody
SEARCHED_EVERY = 3  # as of a loaded machine: the least that cameras search


@pytest.fixture(scope="module")
def film() -> list[Shot]:
    """The whole film, drawn once."""
    return list(Film().shots())


def watch(
    networks: Networks, shots: Sequence[Shot], estimator: PoseEstimator | None = None
) -> FilmRun:
    """Show pictures to networks, as fast as they take them."""
    showing = Showing(camera="_canary", windows=WINDOWS, pace_s=0.0, run=networks.run)
    return show(iter(shots), estimator or networks.estimator, showing, Event())


@pytest.fixture(scope="module")
def seen(film: list[Shot], store: ModelStore, yolox_file: Path, blazepose_file: Path) -> Networks:  # noqa: ARG001 -- they skip where weights are missing
    """What YOLOX and BlazePose make of the film."""
    networks = build_networks("yolox", store, key_frame_interval=lambda: SEARCHED_EVERY)
    watch(networks, film)
    return networks


@pytest.mark.slow
def test_yolox_and_blazepose_take_the_figure_for_a_person(seen: Networks) -> None:
    """No stage loses the person; one track carries them from the walk to the ground."""
    assert seen.fault() is None
    numbers = {track.person.number for push in seen.run.pushes for track in push.view.tracks}
    assert numbers == {1}


@pytest.mark.slow
def test_a_fall_is_seen_of_somebody_small(
    film: list[Shot],
    store: ModelStore,
    yolox_file: Path,  # noqa: ARG001 -- as above
    lite_file: Path,  # noqa: ARG001 -- as above
) -> None:
    """In half the picture BlazePose lite looks, not in every frame; the fall is decided."""
    small = [replace(shot, image=np.ascontiguousarray(shot.image[::2, ::2])) for shot in film]
    networks = build_networks("yolox", store)
    watch(networks, small)

    frames = [push.cues for push in networks.run.pushes if push.cues.people]
    state, options = FallState(), FallOptions()
    assert max(frame.people[0].body_px for frame in frames) < LITE_BELOW_PX
    assert networks.telemetry.value("bodies_total", outcome="saved") > 0
    assert any(state.update(frame.people[0], frame.at, options) for frame in frames)


@pytest.mark.slow
def test_motion_finds_the_figure_as_well(
    film: list[Shot],
    store: ModelStore,
    blazepose_file: Path,  # noqa: ARG001 -- as above
) -> None:
    """Where there is no YOLOX, the film proves what finds people then."""
    networks = build_networks("motion", store)
    watch(networks, film)

    assert networks.fault() is None


class Zeroed(BoxDetector):
    """A detector whose output became zeros."""

    def __init__(self, detector: BoxDetector) -> None:
        self._detector = detector

    def detect(self, image: Image, at: float) -> Float32:
        return self._detector.detect(image, at) * 0


class Elsewhere(BoxDetector):
    """A detector with damaged weights: sure of people where there are none."""

    def __init__(self, _detector: BoxDetector) -> None:
        pass

    def detect(self, image: Image, at: float) -> Float32:  # noqa: ARG002 -- the port's
        return np.array([[500.0, 250, 560, 350, 0.9]], np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("hurt", [Zeroed, Elsewhere])
def test_a_blind_detector_fails_at_its_stage(
    film: list[Shot],
    store: ModelStore,
    yolox_file: Path,  # noqa: ARG001 -- as above
    hurt: Callable[[BoxDetector], BoxDetector],
) -> None:
    """Output that says nothing, or nonsense, is no person found."""
    networks = build_networks("yolox", store, hurt=hurt, key_frame_interval=lambda: SEARCHED_EVERY)
    watch(networks, film[:BLIND_FRAMES])

    fault = networks.fault()
    assert fault is not None
    assert fault.stage == "detect"


@pytest.mark.slow
@pytest.mark.parametrize("path", ["yolox", "motion"])
def test_black_pictures_fail_at_detection(
    film: list[Shot],
    store: ModelStore,
    yolox_file: Path,  # noqa: ARG001 -- as above
    path: FilmPath,
) -> None:
    """Whatever looks for people finds none in the dark."""
    dark = [replace(shot, image=np.zeros_like(shot.image)) for shot in film[:BLIND_FRAMES]]
    networks = build_networks(path, store, key_frame_interval=lambda: SEARCHED_EVERY)
    watch(networks, dark)

    fault = networks.fault()
    assert fault is not None
    assert fault.stage == "detect"


@pytest.mark.slow
def test_a_network_that_fails_is_said_so(film: list[Shot], seen: Networks) -> None:
    """An estimator that raises ends the showing at once, with its own words."""

    class Broken(PoseEstimator):
        def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:
            raise Fatal(f"the interpreter is gone at {frame.seq} of {len(expected)}")

    blank = Networks(Broken(), FilmRun(), seen.telemetry)
    watch(blank, film)

    fault = blank.fault()
    assert fault is not None
    assert fault.stage == "pose"
    assert "the interpreter is gone" in fault.reason


def _without(run: FilmRun, stage: FilmStage) -> FilmRun:
    """Return a good run of which one stage was lost."""
    nobody = [Push(replace(push.view, tracks=()), (), push.cues) for push in run.pushes]
    no_cues = [Push(p.view, p.samples, replace(p.cues, people=())) for p in run.pushes]
    lost: dict[str, FilmRun] = {
        "pose": replace(run, poses=[() for _ in run.poses]),
        "track": replace(run, pushes=nobody),
        "cues": replace(run, pushes=no_cues),
    }
    return lost[stage]


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["pose", "track", "cues"])
def test_what_a_stage_loses_is_put_down_to_it(seen: Networks, stage: FilmStage) -> None:
    """Each stage is judged by what the film shows, after the stages before it did well."""
    fault = find_fault(_without(seen.run, stage), refused=0)

    assert fault is not None
    assert fault.stage == stage


class Kept(WindowStore):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.pushed: list[tuple[FrameView, Sequence[Samples], FrameCues | None]] = []

    def push(
        self, view: FrameView, samples: Sequence[Samples], cues: FrameCues | None = None
    ) -> int:
        self.pushed.append((view, samples, cues))
        return sum(sample.due for sample in samples)


@pytest.mark.slow
def test_what_is_sent_is_as_old_as_the_sender_says(seen: Networks) -> None:
    """However long watching took, the film's last picture was taken when it is sent."""
    store = Kept()
    send(seen.run.pushes, store, ends_at=5000.0)

    views, samples, cues = zip(*store.pushed, strict=True)
    before = [push.view.at for push in seen.run.pushes]
    assert [view.at for view in views] == pytest.approx([at - before[-1] + 5000 for at in before])
    assert all(
        each.at == view.at for view, given in zip(views, samples, strict=True) for each in given
    )
    assert [each.at for each in cues] == [view.at for view in views]


def test_a_process_that_ends_stops_the_film() -> None:
    """A stop is heeded between two pictures, and says nothing of the networks."""
    stop, run = Event(), FilmRun()

    def endless() -> Iterator[Shot]:
        while True:
            yield Shot(0.0, np.zeros((4, 4, 3), np.uint8), np.zeros((17, 2), np.float32), False)
            stop.set()

    class Nobody(PoseEstimator):
        def estimate(self, frame: Frame, expected: Float32) -> list[Pose]:  # noqa: ARG002 -- the port's
            return []

    showing = Showing(camera="_canary", windows=WINDOWS, pace_s=0.0, run=run)
    assert show(endless(), Nobody(), showing, stop).stopped


def test_missing_and_damaged_weights_are_told_apart(tmp_path: Path) -> None:
    """Without weights nothing is shown; a damaged file is a fault at the stage of the weights."""
    empty = ModelStore([], tmp_path)
    assert isinstance(check_weights("yolox", empty), NotRun)
    assert paths_of({"blazepose"}, empty) == ["yolox", "motion"]
    assert paths_of({"rtmo"}, empty) == ["rtmo"]
    assert paths_of({"rtmo-t", "rtmo"}, empty) == ["rtmo", "rtmo-t"]

    (tmp_path / "pose_landmark_full.tflite").write_bytes(b"damaged")
    fault = check_weights("motion", empty)
    assert fault is not None
    assert not isinstance(fault, NotRun)
    assert fault.stage == "weights"
