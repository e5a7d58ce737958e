"""What an alert shows of the window behind it."""

from inference.ports import FlowModel
from inference.scoring import explain_both_ways, standing_out
from inference.types import AlertPoses
from tracker.types import Window

TOP_JOINTS = 4


def explain(window: Window, flow: FlowModel) -> tuple[AlertPoses, tuple[str, ...]]:
    """Return a window's clip, and the joints that stand out most in it, the first one most."""
    maps = explain_both_ways(flow, window.joints)
    joints = tuple(standing_out(flow.card, maps)[:TOP_JOINTS])
    poses = [[(x, y, seen) for x, y, seen in pose] for pose in window.joints.tolist()]
    return AlertPoses(fps=flow.card.fps, poses=poses, joint_map=maps[0].tolist()), joints
