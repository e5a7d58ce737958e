from inference.flow_skeleton import FLOW_ORDER

"""Joint names and orders: COCO-17, and the flow's 18 (COCO-17 plus neck, reordered)."""

COCO_17 = (
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
)
LEFT_SHOULDER, RIGHT_SHOULDER = 5, 6

FLOW_18 = tuple((*COCO_17, "neck")[joint] for joint in FLOW_ORDER)


# COCO-17 joint that mirrors each joint, for the horizontal flip.
COCO_MIRROR = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)
