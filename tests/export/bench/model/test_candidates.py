"""`bench candidates`: model files side by side."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest

from export.bench.model.candidates import candidate
from export.bench.model.plays import SCHEDULE, Play, evaluate_plays, others_per_hour, plays
from export.cli import main
from export.data.pose_writer import SUFFIX
from export.evaluation.window_scorer import WindowScorer
from export.extraction.pipeline import crowd_poses
from inference.bundled_model import bundled_model
from inference.card import CARD_KEY, write_card
from inference.flow_onnx import OnnxFlow
from tracker.simulator.crowd import Episode
from tracker.simulator.source import Simulation
from tracker.types import Float32

BUNDLED = bundled_model()
FPS = 24.0


def speed_judge() -> WindowScorer:
    """Score a window by how far the body's first joint moves in it, in body heights."""

    def score(joints: Float32) -> Float32:
        height = np.ptp(joints[..., 1], axis=(1, 2))
        way: Float32 = np.linalg.norm(np.ptp(joints[:, :, 0, :2], axis=1), axis=-1) / height
        return way

    return WindowScorer("speed", 24, FPS, True, "0", "none", "here", 256, score)


@pytest.fixture(scope="module")
def play() -> Play:
    """A simulated play with a fall, a run and a fight."""
    return next(plays(1, FPS, SCHEDULE))


@pytest.mark.slow
def test_plays_keep_their_people_and_differ() -> None:
    """Everybody is there throughout under their own number; the next play has other people."""
    first, second = plays(2, FPS, ())

    assert list(first.clip.people) == [1, 2, 3, 4]
    assert all(len(person.frames) > 85 * FPS for person in first.clip.people.values())
    assert not np.array_equal(first.clip.people[1].joints[:9], second.clip.people[1].joints[:9])


@pytest.mark.slow
def test_a_fight_is_one_event(play: Play) -> None:
    """Two people fight, but one event is to be found."""
    outcome = evaluate_plays([play], speed_judge(), 1.0)

    assert len(play.episodes) == 4
    assert [peak.kind for peak in outcome.peaks] == ["fall", "run", "fight"]


def test_events_are_found_and_others_counted(play: Play) -> None:
    """Who judges by speed finds the run; without the truth, the same alarms are false ones."""
    threshold = 0.85

    known = evaluate_plays([play], speed_judge(), threshold)
    unknown = evaluate_plays(
        [Play(play.clip, play.source_fps, play.seconds)], speed_judge(), threshold
    )

    found = {peak.kind: peak.found for peak in known.peaks}
    assert found["run"]
    assert known.others == 0
    assert unknown.others >= 1
    assert others_per_hour([unknown]) == unknown.others / play.seconds * 3600


def test_an_alarm_of_somebody_else_is_a_false_one(play: Play) -> None:
    """An event is found by an alarm of those who do it."""
    run = next(one for one in play.episodes if one.kind == "run")
    other = Episode(run.person % 4 + 1, "run", run.start_s, run.end_s, run.normal_again_s)

    outcome = evaluate_plays([Play(play.clip, 15.0, play.seconds, [other])], speed_judge(), 0.85)

    assert [peak.found for peak in outcome.peaks] == [False]
    assert outcome.others >= 1


def test_a_model_without_threshold_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A card without quantiles gives no threshold to judge at; the error tells the remedy."""
    model, file = onnx.load(BUNDLED), tmp_path / "plain.onnx"
    plain = write_card(msgspec.structs.replace(OnnxFlow(BUNDLED).card, quantiles=None))
    properties = {entry.key: entry.value for entry in model.metadata_props} | {CARD_KEY: plain}
    onnx.helper.set_model_props(model, properties)
    onnx.save(model, file)
    words = ["--onnx", str(file), "--video", str(tmp_path / "none.avi")]

    assert main(["bench", "candidates", *words]) == 1

    assert "--calibrate" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_compares(
    tmp_path: Path, cut_street: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """The same file twice gives the same row twice, every figure within its range."""
    street = cut_street(tmp_path / "street.avi")
    crowd_poses(Simulation(), 5.0, FPS).write(tmp_path / f"street_second_half{SUFFIX}")
    words = ["--onnx", str(BUNDLED), str(BUNDLED), "--video", str(street)]
    words += ["--poses", str(tmp_path), "--plays", "1", "--json"]

    assert main(["bench", "candidates", *words]) == 0

    first, second = json.loads(capsys.readouterr().out)
    assert first == second
    assert first["threshold"] == candidate(BUNDLED).threshold
    assert set(first["street_high"]) == {"none", "jitter", "guesses", "half rate"}
    assert sum(first["events"].values()) == 3
    assert first["auroc"] == {}
