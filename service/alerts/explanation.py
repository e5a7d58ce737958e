"""What an alert shows of the window behind it."""

from inference.flow_input import normalize
from inference.ports import FlowModel
from inference.types import AlertPoses
from tracker.types import Window

TOP_JOINTS = 4


def explain(window: Window, flow: FlowModel) -> tuple[AlertPoses, tuple[str, ...]]:
    """Return a window's clip, and the joints with the largest share of its score, largest first."""
    shares = flow.explain(normalize(window.joints[None], flow.card.channels))[0]  # (T, V)
    by_share = shares.sum(axis=0).argsort()[::-1]
    joints = tuple(flow.card.joints[joint] for joint in by_share[:TOP_JOINTS])
    poses = [[(x, y, seen) for x, y, seen in pose] for pose in window.joints.tolist()]
    return AlertPoses(fps=flow.card.fps, poses=poses, joint_map=shares.tolist()), joints
