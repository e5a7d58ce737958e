"""Judged alerts as a data set that the workshop reads."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from support.archives import Archive, alert, carry, sqlite_archive
from support.stretches import DAY, stretch

from export.cli import main as lab
from inference.bundled_model import bundled_model
from inference.types import Act, AlertPoses
from service.adapters.database.episodes import DatabaseEpisodes
from service.adapters.database.stretches import DatabaseStretches
from service.archive.verdict_export import SUFFIX, Exported, export_verdicts
from service.cli import main
from service.ports.stretches import KeptStretch, StretchBounds
from service.records import (
    CarriedAct,
    CarriedAlert,
    EpisodePiece,
    EpisodeState,
    PersonPose,
    PoseFrame,
)
from tracker.simulator.source import Simulation, simulate

BUNDLED = bundled_model()
BEGIN = 1000.0


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive."""
    one = sqlite_archive(tmp_path)
    yield one
    one.database.close()


def export(archive: Archive, out: Path) -> Exported:
    """Export all that was judged, at 24 frames a second."""
    database = archive.database
    return export_verdicts(
        archive.reader, DatabaseEpisodes(database), DatabaseStretches(database), out, 24.0
    )


def judge(archive: Archive, name: str, verdict: str) -> None:
    """Let somebody judge an alert."""
    act = Act(id=f"v-{name}", at=1.0, author="API key", type="verdict", verdict=verdict)  # type: ignore[arg-type]
    archive.writer.carry([], None, [CarriedAct(alert=name, act=act)])


def walk(archive: Archive, name: str, seed: int, fps: float = 15.0) -> None:
    """Archive an alert that opened 2 s into the walk of two people of 6 s."""
    one = alert(name, BEGIN + 2, person="gate/s1/1", state="closed", closed_at=BEGIN + 6)
    carry(archive, one)
    play = simulate(Simulation(people=2, fps=fps, seed=seed), 6.0)
    joints = play.joints.reshape(len(play.at_s), 2, 17, 3).astype(np.float32)
    frames = [
        PoseFrame(BEGIN + float(at), tuple(PersonPose(n + 1, each) for n, each in enumerate(both)))
        for at, both in zip(play.at_s, joints, strict=True)
    ]
    episodes = DatabaseEpisodes(archive.database)
    (state,) = episodes.begin([one])
    done = EpisodeState(alert=one, pieces=state.pieces + 1, frames=len(frames), done=True)
    episodes.add(EpisodePiece(state=done, frames=frames))


def test_the_workshop_evaluates_what_was_judged(
    archive: Archive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`posewarden archive verdicts` writes what `posewarden-lab evaluate` reads as it stands."""
    for seed, (name, verdict) in enumerate(
        (("a", "true"), ("b", "false"), ("c", "unsure"), ("d", "false"))
    ):
        walk(archive, name, seed)
        judge(archive, name, verdict)
    out = tmp_path / "set"

    assert main(["archive", "verdicts", "--data", str(tmp_path), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    words = ["--dataset", "folder", "--root", str(out), "--onnx", str(BUNDLED)]
    assert lab(["evaluate", *words, "--protocol", "causal", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)

    assert said == "written: 1 judged true, 2 judged false\n"
    assert figures["frames"] == 3 * (6 * 24 - 1)
    assert figures["windows"] > 500
    rows = list(csv.DictReader((out / "verdicts.csv").read_text().splitlines()))
    assert [(row["alert"], row["verdict"]) for row in rows] == [
        ("d", "false"),
        ("b", "false"),
        ("a", "true"),
    ]


def test_frames_from_the_opening_on_are_abnormal(archive: Archive, tmp_path: Path) -> None:
    """Of a right alert; the seconds before it are ordinary, and so is all of a wrong one."""
    for seed, (name, verdict) in enumerate((("a", "true"), ("b", "false"))):
        walk(archive, name, seed)
        judge(archive, name, verdict)

    export(archive, tmp_path / "set")

    right, wrong = (np.load(tmp_path / "set" / "gt" / f"gate_{name}.npy") for name in "ab")
    assert np.flatnonzero(np.diff(right)).tolist() == [47]
    assert (right[0], right[-1], wrong.max()) == (0, 1, 0)


def test_without_an_episode_the_window_of_the_peak_counts(archive: Archive, tmp_path: Path) -> None:
    """Alerts of before the archive have that alone; without any poses they are left out."""
    clip = AlertPoses(
        fps=24.0,
        poses=[[(float(joint), float(at), 0.9) for joint in range(17)] for at in range(24)],
        joint_map=[[0.0] * 18] * 24,
    )
    old = alert("old", 100.0, person="gate/s1/7", state="closed", peak_at=100.0)
    archive.writer.carry([CarriedAlert(alert=old, poses=clip)], None)
    carry(archive, alert("bare", 90.0, state="closed"))
    for name in ("old", "bare"):
        judge(archive, name, "true")
    done = export(archive, tmp_path / "set")

    people = json.loads((tmp_path / "set" / "pose" / "test" / f"gate_old{SUFFIX}").read_text())
    assert (done.right, done.wrong, done.without_poses) == (1, 0, 1)
    assert list(people) == ["7"]
    assert len(people["7"]) == 25
    assert people["7"]["000024"]["keypoints"][1] == people["7"]["000023"]["keypoints"][1] == 23.0


def test_a_folder_with_something_in_it_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two exports are never mixed."""
    (tmp_path / "mine").write_text("keep")
    carry(sqlite_archive(tmp_path / "data"), alert("a1"))

    words = ["archive", "verdicts", "--data", str(tmp_path / "data"), "--out", str(tmp_path)]
    assert main(words) == 1

    assert "is not empty; name a new folder" in capsys.readouterr().err


def test_alerts_of_long_stays_alone_are_left_out(archive: Archive, tmp_path: Path) -> None:
    """Whether somebody stayed for too long says nothing of how they moved."""
    for name, kind in (("stay", "dwell"), ("fall", "fall")):
        walk(archive, name, seed=1)
        again = alert(name, BEGIN + 2, person="gate/s1/1", version=2, kind=kind)
        carry(archive, again)
        judge(archive, name, "true")

    found = export(archive, tmp_path / "s")

    assert (found.right, found.wrong, found.without_poses) == (1, 0, 0)


def test_labelled_near_misses_are_clips_of_the_set(archive: Archive, tmp_path: Path) -> None:
    """Of one that should have been an alert, frames from when it came nearest on are abnormal."""
    stretches = DatabaseStretches(archive.database)
    rows = [stretch(number, DAY, *[0.5] * 20, score=1.5) for number in (1, 2, 3)]
    kept = [KeptStretch(stretch=each, sampled=False, near=True) for each in rows]
    stretches.put(kept, StretchBounds())
    stretches.label(rows[0].id, "true", "ann", 1.0)
    stretches.label(rows[1].id, "false", "ann", 1.0)

    done = export(archive, tmp_path / "set")

    assert (done.right, done.wrong, done.near_misses) == (1, 1, 2)
    right, wrong = (np.load(tmp_path / "set" / "gt" / f"gate_{each.id}.npy") for each in rows[:2])
    assert (right[0], right[-1], wrong.max()) == (0, 1, 0)
    table = csv.DictReader((tmp_path / "set" / "verdicts.csv").read_text().splitlines())
    assert {(row["verdict"], row["source"], row["author"]) for row in table} == {
        ("true", "near-miss", "ann"),
        ("false", "near-miss", "ann"),
    }
