"""Motion capture files become joints in space."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from export.data.motion_capture import METRES, at_rate, joints_m, read_motion, read_skeleton
from export.data.ordinary_motion import LEFT_OUT, ORDINARY, ordinary_motions
from tracker.errors import BadPoses
from tracker.skeleton import COCO_17

CMU = Path(__file__).parents[4] / "shared/data/cmu"

# A body of straight lines: 10 to the side at the hips and shoulders, 9 down a thigh and a shin.
BONES = {
    "lhipjoint": ("root", "1 0 0", 2, ""),
    "lfemur": ("lhipjoint", "0 -1 0", 9, "rx ry rz"),
    "ltibia": ("lfemur", "0 -1 0", 9, "rx"),
    "rhipjoint": ("root", "-1 0 0", 2, ""),
    "rfemur": ("rhipjoint", "0 -1 0", 9, "rx ry rz"),
    "rtibia": ("rfemur", "0 -1 0", 9, "rx"),
    "upperneck": ("root", "0 1 0", 11, "rx ry rz"),
    "head": ("upperneck", "0 1 0", 3, "rx ry rz"),
    "lclavicle": ("upperneck", "1 0 0", 3, ""),
    "lhumerus": ("lclavicle", "1 0 0", 5, "rx ry rz"),
    "lradius": ("lhumerus", "1 0 0", 5, "rx"),
    "rclavicle": ("upperneck", "-1 0 0", 3, ""),
    "rhumerus": ("rclavicle", "-1 0 0", 5, "rx ry rz"),
    "rradius": ("rhumerus", "-1 0 0", 5, "rx"),
}


def skeleton_text(axis: str = "0 0 0") -> str:
    """Return an ASF file; `axis` turns the thigh bones' own axes."""
    lines = [":version 1.10", ":units", "  length 0.45", ":root", "  order TX TY TZ RX RY RZ"]
    lines += [":bonedata"]
    for name, (_, direction, length, dof) in BONES.items():
        turned = axis if name.endswith("femur") else "0 0 0"
        lines += ["begin", f"  name {name}", f"  direction {direction}", f"  length {length}"]
        lines += [f"  axis {turned} XYZ", *([f"  dof {dof}"] if dof else []), "end"]
    lines += [":hierarchy", "begin"]
    for parent in dict.fromkeys(one for one, *_ in BONES.values()):
        children = [name for name, (one, *_) in BONES.items() if one == parent]
        lines.append(f"  {' '.join([parent, *children])}")
    return "\n".join([*lines, "end", ""])


def motion_text(frames: list[dict[str, str]]) -> str:
    """Return an AMC file; what a frame does not name stays at rest."""
    lines = ["#!OML:ASF made by a test", ":FULLY-SPECIFIED", ":DEGREES"]
    for number, frame in enumerate(frames, start=1):
        lines += [str(number), f"root {frame.get('root', '0 0 0 0 0 0')}"]
        lines += [
            f"{name} {frame.get(name, ' '.join('0' for _ in dof.split()))}"
            for name, (*_, dof) in BONES.items()
            if dof
        ]
    return "\n".join([*lines, ""])


def play(folder: Path, frames: list[dict[str, str]], axis: str = "0 0 0") -> np.ndarray:
    """Return the joints of such a body."""
    (folder / "1.asf").write_text(skeleton_text(axis))
    (folder / "1.amc.gz").write_bytes(gzip.compress(motion_text(frames).encode()))
    skeleton = read_skeleton(folder / "1.asf")
    return joints_m(skeleton, read_motion(folder / "1.amc.gz", skeleton))


def place(joints: np.ndarray, name: str) -> np.ndarray:
    """Return a joint relative to the middle of the hips, in the file's units."""
    hips = joints[:, 11:13].mean(axis=1)
    return np.asarray((joints[:, COCO_17.index(name)] - hips) / METRES)


def test_at_rest_the_body_stands_as_its_bones_say(tmp_path: Path) -> None:
    """Left is left (y), up is up (z), the face looks ahead (x), feet are on the ground."""
    joints = play(tmp_path, [{}])

    np.testing.assert_allclose(place(joints, "left_knee"), [[0, 2, -9]], atol=1e-9)
    np.testing.assert_allclose(place(joints, "right_wrist"), [[0, -13, 11]], atol=1e-9)
    assert place(joints, "nose")[0, 0] > 0.5
    assert place(joints, "left_ear")[0, 1] > 0 > place(joints, "right_ear")[0, 1]
    assert 0.02 < joints[0, 15, 2] < 0.12


def test_a_thigh_lifts_forward_and_carries_its_shin(tmp_path: Path) -> None:
    """-90° about x brings the thigh ahead; the knee's 90° lets the shin hang down again."""
    joints = play(tmp_path, [{"lfemur": "-90 0 0"}, {"lfemur": "-90 0 0", "ltibia": "90"}])

    np.testing.assert_allclose(place(joints, "left_knee")[0], [9, 2, 0], atol=1e-9)
    np.testing.assert_allclose(place(joints, "left_ankle"), [[18, 2, 0], [9, 2, -9]], atol=1e-9)


def test_turns_are_about_the_bones_own_axes(tmp_path: Path) -> None:
    """With axes turned by 90° about z, the bone's x is the world's y: it turns the leg about up."""
    joints = play(tmp_path, [{"lfemur": "90 0 0"}], axis="0 0 90")

    np.testing.assert_allclose(place(joints, "left_knee"), [[0, 2, -9]], atol=1e-9)


def test_x_is_turned_first(tmp_path: Path) -> None:
    """-90° about x, then 90° about z: the thigh that points ahead stays so, it does not go up."""
    joints = play(tmp_path, [{"lfemur": "-90 0 90"}])

    np.testing.assert_allclose(place(joints, "left_knee"), [[9, 2, 0]], atol=1e-9)


def test_the_root_moves_and_turns_everybody(tmp_path: Path) -> None:
    """90° about the world's up axis lets the face look to the left; lengths are metres."""
    joints = play(tmp_path, [{}, {"root": "10 0 20 0 90 0"}])

    moved_m = joints[1, 11:13].mean(axis=0) - joints[0, 11:13].mean(axis=0)
    np.testing.assert_allclose(moved_m, np.array([20, 10, 0]) * METRES, atol=1e-9)
    assert place(joints, "nose")[1, 1] > 0.5


def test_a_slower_camera_sees_fewer_frames() -> None:
    """A straight way stays one at another rate."""
    way = np.arange(13.0)[:, None, None] * np.ones((1, 17, 3))

    seen = at_rate(way, 50.0)

    np.testing.assert_allclose(seen[:, 0, 0], np.arange(6) * 2.4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("rradius", "radius"), "lacks the bones rradius"),
        (("length 9", "length nine"), "no readable ASF skeleton"),
        (("  lfemur ltibia", "  lost ltibia"), "no readable ASF skeleton"),
    ],
)
def test_malformed_skeletons_are_refused(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    """The error names the file and what is wrong."""
    (tmp_path / "1.asf").write_text(skeleton_text().replace(*change))

    with pytest.raises(BadPoses, match=words):
        read_skeleton(tmp_path / "1.asf")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("ltibia 0", "ltibia 0 0"), "ltibia has 2 numbers; it moves 1"),
        (("ltibia 0", "ltibia x"), "'x', no numbers"),
        (("ltibia 0\n", ""), "not the same number of frames"),
    ],
)
def test_malformed_motions_are_refused(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    """The error names the file, the bone and the value."""
    (tmp_path / "1.asf").write_text(skeleton_text())
    (tmp_path / "1.amc").write_text(motion_text([{}]).replace(*change))

    with pytest.raises(BadPoses, match=words):
        read_motion(tmp_path / "1.amc", read_skeleton(tmp_path / "1.asf"))


def test_no_motion_is_both_ordinary_and_left_out() -> None:
    """Each number is decided once."""
    names = [f"{subject}_{number:02d}" for subject, some in ORDINARY.items() for number in some]
    left_out = [name for some in LEFT_OUT.values() for name in some]

    assert len({*names, *left_out}) == len(names) + len(left_out)


def test_a_folder_without_motions_is_refused(tmp_path: Path) -> None:
    """The error says what should be there."""
    with pytest.raises(BadPoses, match=r"holds no ordinary motion; it needs asf/01\.asf"):
        ordinary_motions(tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(not CMU.is_dir(), reason="the CMU motion capture files are not here")
def test_captured_people_walk_upright_at_a_walking_pace() -> None:
    """Of all ordinary motions: feet on the ground, heads up, hips at hip height, no running."""
    for motion in ordinary_motions(CMU):
        joints = motion.joints_m[::10]
        hips = joints[:, 11:13].mean(axis=1)
        pace = np.linalg.norm(np.diff(hips[:, :2], axis=0), axis=1) * 12

        assert 1.4 < motion.stature_m < 2.0, motion.name
        assert np.median(joints[:, 0, 2] - joints[:, 15:17, 2].min(axis=1)) > 1.1, motion.name
        assert 0.45 < np.median(hips[:, 2]) / motion.stature_m < 0.75, motion.name
        assert np.median(pace) < 2.2, motion.name
