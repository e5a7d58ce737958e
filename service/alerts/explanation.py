"""What an alert shows of the window behind it."""

from inference.ports import FlowModel
from inference.scoring import explain_window
from inference.types import AlertPoses
from tracker.types import Window

TOP_JOINTS = 4


def explain(window: Window, flow: FlowModel) -> tuple[AlertPoses, tuple[str, ...]]:
    """Return a window's clip, and the joints with the largest share of its score, largest first."""
    shares = explain_window(flow, window.joints)
    by_share = shares.sum(axis=0).argsort()[::-1]
    joints = tuple(flow.card.joints[joint] for joint in by_share[:TOP_JOINTS])
    poses = [[(x, y, seen) for x, y, seen in pose] for pose in window.joints.tolist()]
    return AlertPoses(fps=flow.card.fps, poses=poses, joint_map=shares.tolist()), joints
