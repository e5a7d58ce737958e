"""The flow's skeleton: COCO-17 plus the neck, reordered, with its bones."""

from tracker.skeleton import COCO_17

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
