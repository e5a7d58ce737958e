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

# The flow's order over COCO-17 with the neck appended as joint 17 (STG-NF, section 4.1).
FLOW_ORDER = (0, 17, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
FLOW_18 = tuple((*COCO_17, "neck")[joint] for joint in FLOW_ORDER)

# Bones between the flow's 18 joints: the edges of its graph.
FLOW_BONES = (
    (4, 3), (3, 2), (7, 6), (6, 5), (13, 12), (12, 11), (10, 9), (9, 8), (11, 5),
    (8, 2), (5, 1), (2, 1), (0, 1), (15, 0), (14, 0), (17, 15), (16, 14),
)  # fmt: skip
FLOW_CENTRE = 1  # the neck
FLOW_HEAD = (0, 14, 15, 16, 17)  # nose, eyes, ears: dropped by headless models

# COCO-17 joint that mirrors each joint, for the horizontal flip.
COCO_MIRROR = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15)
