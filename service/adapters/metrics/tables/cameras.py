"""What camera processes see, and what they leave out."""

from typing import get_args

from service.adapters.metrics.definition import CAMERA, LATENCY_S, OF_CAMERA, Metric
from tracker.scene_block import UNWATCHED
from tracker.sources.diagnosis.diagnosis import Reason

CAMERA_METRICS = (
    Metric("frames_total", "counter", CAMERA, OF_CAMERA, "Frames that reached pose estimation."),
    Metric(
        "frames_dropped_total",
        "counter",
        CAMERA,
        ("camera", "reason"),
        "Frames lost before pose estimation: `late` a newer one was there, `overload` the machine "
        "was busy, `stale` buffered while the stream was opened or had stopped, `undecodable`.",
        {"reason": ("late", "overload", "stale", "undecodable")},
    ),
    Metric("camera_up", "gauge", CAMERA, OF_CAMERA, "1 while the camera is live."),
    Metric(
        "camera_watched",
        "gauge",
        CAMERA,
        OF_CAMERA,
        "1 while the camera is live and enough frames are processed to score people.",
    ),
    Metric("camera_fps", "gauge", CAMERA, OF_CAMERA, "Frames per second processed, last seconds."),
    Metric("camera_source_fps", "gauge", CAMERA, OF_CAMERA, "Frames per second the source gives."),
    Metric(
        "camera_overloaded", "gauge", CAMERA, OF_CAMERA, "1 while not all frames are processed."
    ),
    Metric(
        "camera_key_frame_interval",
        "gauge",
        CAMERA,
        OF_CAMERA,
        "At every how many-th frame people are searched for in the whole picture.",
    ),
    Metric(
        "camera_last_frame_timestamp_seconds",
        "gauge",
        CAMERA,
        OF_CAMERA,
        "Capture time of the newest frame, UTC; 0 before the first.",
    ),
    Metric(
        "camera_reconnects_total",
        "counter",
        CAMERA,
        ("camera", "reason"),
        "How often a source was opened again, by why it was lost.",
        {"reason": (*get_args(Reason), "behind", "hanging", "weights", "error")},
    ),
    Metric("camera_people", "gauge", CAMERA, OF_CAMERA, "People watched in the newest frame."),
    Metric(
        "camera_people_not_watched",
        "gauge",
        CAMERA,
        OF_CAMERA,
        "People in the newest frame who stand in ignored zones or are too small.",
    ),
    Metric(
        "people_not_watched_total",
        "counter",
        CAMERA,
        ("camera", "reason"),
        "Tracks that were not watched, each once: `ignored_zone` they stood in one, `too_small` "
        "their body is shorter than `min_height_px`.",
        {"reason": ("ignored_zone", "too_small")},
    ),
    Metric(
        "people_seconds_total",
        "counter",
        CAMERA,
        OF_CAMERA,
        "Seconds of people that were seen: two people for a minute are 120; none in ignored zones.",
    ),
    Metric(
        "people_unwatched_seconds_total",
        "counter",
        CAMERA,
        ("camera", "reason"),
        "Those of them in which nobody's movement could be judged: `too-small`, `low-confidence` "
        "the joints are guesses, `cut-off` by the picture's edge, `too-few-frames` for a window.",
        {"reason": UNWATCHED},
    ),
    Metric(
        "scene_blocks_dropped_total",
        "counter",
        CAMERA,
        OF_CAMERA,
        "Blocks of ten minutes of what was seen of people that could not be stored.",
    ),
    Metric(
        "people_unsure_total",
        "counter",
        CAMERA,
        OF_CAMERA,
        "Tracks of which for a second nobody knew where they stand; they are watched.",
    ),
    Metric(
        "frames_searched_total",
        "counter",
        CAMERA,
        (),
        "Key frames: people were searched for in the whole picture.",
    ),
    Metric(
        "frames_spared_total",
        "counter",
        CAMERA,
        ("reason",),
        "Frames in which nobody was searched for: the machine's `load`, or they are `unchanged` "
        "since nobody was found.",
        {"reason": ("load", "unchanged")},
    ),
    Metric(
        "bodies_total",
        "counter",
        CAMERA,
        ("outcome",),
        "Bodies in frames: `looked` at by the landmark network, or `saved`, carried on with their "
        "box because they were calm a moment ago.",
        {"outcome": ("looked", "saved")},
    ),
    Metric(
        "landmark_runs_total",
        "counter",
        CAMERA,
        ("network",),
        "Looks at bodies by BlazePose's landmark network: the `full` one, or the `lite` one, which "
        "looks at people who stand and are smaller than `lite_below_px`. More than the bodies that "
        "were looked at, since doubtful ones are looked at in other turns.",
        {"network": ("full", "lite")},
    ),
    Metric(
        "poses_refused_total",
        "counter",
        CAMERA,
        ("reason",),
        "Boxes that showed no body, by reason.",
        {"reason": ("presence", "implausible")},
    ),
    Metric(
        "crops_doubted_total",
        "counter",
        CAMERA,
        ("outcome",),
        "Boxes that may show a body turned otherwise than it was looked at: `retried` in other "
        "turns, or `skipped`, because two others of the picture came first.",
        {"outcome": ("retried", "skipped")},
    ),
    Metric(
        "samples_dropped_total",
        "counter",
        CAMERA,
        ("camera", "reason"),
        "People's poses lost after they were resampled: `store` Redis did not take them, or the "
        "camera's lease had run out.",
        {"reason": ("store",)},
    ),
    Metric("windows_total", "counter", CAMERA, OF_CAMERA, "Windows that became ready."),
    Metric(
        "capture_to_push_seconds",
        "histogram",
        CAMERA,
        OF_CAMERA,
        "From the capture of a frame to the hand-over of its samples to Redis.",
        buckets=LATENCY_S,
    ),
)
