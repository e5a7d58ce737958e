import dataclasses
from pathlib import Path

import pytest

from tracker.errors import ConfigError, ModelUnavailable
from tracker.estimators import build_estimator
from tracker.models import BLAZEPOSE, WEIGHTS, YOLOX_NANO, ModelStore
from tracker.telemetry import Tally
from tracker.types import NO_BOXES, Frame, Image


def _offline(folder: Path, *folders: Path) -> ModelStore:
    """A store that knows the real hashes but reaches no source."""
    weights = [dataclasses.replace(weight, sources=()) for weight in WEIGHTS]
    return ModelStore(folders, folder, weights)


def test_with_all_weights_there_is_nothing_to_remark(
    blazepose_file: Path, yolox_file: Path, tmp_path: Path, street: list[Image]
) -> None:
    """YOLOX's boxes, gated by motion, lead to the people who walk."""
    store = _offline(tmp_path, blazepose_file.parent, yolox_file.parent)

    estimator, notes = build_estimator("blazepose", store=store, telemetry=Tally())
    for index, image in enumerate(street):
        poses = estimator.estimate(Frame("gate", "s", index, index / 10, 480, 360, image), NO_BOXES)

    assert notes == ()
    assert len(poses) >= 3


def test_without_yolox_the_camera_goes_on_with_motion(
    blazepose_file: Path, tmp_path: Path, street: list[Image]
) -> None:
    """The weaker detector is told in the notes, and still sees who walks."""
    site = tmp_path / "site"
    site.mkdir()
    (site / BLAZEPOSE.file_name).symlink_to(blazepose_file)

    estimator, notes = build_estimator(
        "blazepose", store=_offline(tmp_path / "pulled", site), telemetry=Tally()
    )
    for index, image in enumerate(street):
        poses = estimator.estimate(Frame("gate", "s", index, index / 10, 480, 360, image), NO_BOXES)

    (note,) = notes
    assert note.startswith("YOLOX weights unavailable: ")
    assert len(poses) >= 1


def test_without_landmarks_there_is_no_estimator(tmp_path: Path) -> None:
    """Nothing replaces the landmark network: the error says what to do."""
    with pytest.raises(ModelUnavailable, match=r"put pose_landmark_full\.tflite"):
        build_estimator("blazepose", store=_offline(tmp_path), telemetry=Tally())


def test_an_unknown_kind_is_a_wrong_setting(tmp_path: Path) -> None:
    """A kind that does not exist is answered with those that do."""
    with pytest.raises(ConfigError, match="there is no best; use blazepose or rtmo"):
        build_estimator("best", store=_offline(tmp_path), telemetry=Tally())


def test_the_weights_of_the_table_are_the_ones_we_run(
    blazepose_file: Path, yolox_file: Path
) -> None:
    """The files that the tests run on have hashes of the table."""
    for weight, path in ((BLAZEPOSE, blazepose_file), (YOLOX_NANO, yolox_file)):
        assert _offline(path.parent).find(weight.name) == path
