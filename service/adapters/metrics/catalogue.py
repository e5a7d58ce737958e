"""Every metric of the project, in one table; docs/metrics.md is written from it."""

from typing import get_args

from inference.drift.record import SIGNS
from service.adapters.metrics.definition import (
    BATCH,
    LATENCY_S,
    PATH_S,
    ROLES,
    STAGE_S,
    STAGES,
    Metric,
    Role,
)
from service.canary_ports import CanaryPath, CanaryStage
from tracker.scene_block import UNWATCHED
from tracker.sources.diagnosis.diagnosis import Reason

_CAMERA: tuple[Role, ...] = ("camera",)
_API: tuple[Role, ...] = ("api",)
_DECIDE: tuple[Role, ...] = ("decide",)
_SITE: tuple[Role, ...] = ("api", "decide")
_WORKER: tuple[Role, ...] = ("worker",)
_OF_CAMERA = ("camera",)
CANARY_PATHS = get_args(CanaryPath)
CANARY_RESULTS = ("passed", *get_args(CanaryStage))

CAMERA_METRICS = (
    Metric("frames_total", "counter", _CAMERA, _OF_CAMERA, "Frames that reached pose estimation."),
    Metric(
        "frames_dropped_total",
        "counter",
        _CAMERA,
        ("camera", "reason"),
        "Frames lost before pose estimation: `late` a newer one was there, `overload` the machine "
        "was busy, `stale` buffered while the stream was opened or had stopped, `undecodable`.",
        {"reason": ("late", "overload", "stale", "undecodable")},
    ),
    Metric("camera_up", "gauge", _CAMERA, _OF_CAMERA, "1 while the camera is live."),
    Metric(
        "camera_fps", "gauge", _CAMERA, _OF_CAMERA, "Frames per second processed, last seconds."
    ),
    Metric(
        "camera_source_fps", "gauge", _CAMERA, _OF_CAMERA, "Frames per second the source gives."
    ),
    Metric(
        "camera_overloaded", "gauge", _CAMERA, _OF_CAMERA, "1 while not all frames are processed."
    ),
    Metric(
        "camera_key_frame_interval",
        "gauge",
        _CAMERA,
        _OF_CAMERA,
        "At every how many-th frame people are searched for in the whole picture.",
    ),
    Metric(
        "camera_last_frame_timestamp_seconds",
        "gauge",
        _CAMERA,
        _OF_CAMERA,
        "Capture time of the newest frame, UTC; 0 before the first.",
    ),
    Metric(
        "camera_reconnects_total",
        "counter",
        _CAMERA,
        ("camera", "reason"),
        "How often a source was opened again, by why it was lost.",
        {"reason": (*get_args(Reason), "behind", "hanging", "weights", "error")},
    ),
    Metric("camera_people", "gauge", _CAMERA, _OF_CAMERA, "People watched in the newest frame."),
    Metric(
        "camera_people_not_watched",
        "gauge",
        _CAMERA,
        _OF_CAMERA,
        "People in the newest frame who stand in ignored zones or are too small.",
    ),
    Metric(
        "people_not_watched_total",
        "counter",
        _CAMERA,
        ("camera", "reason"),
        "Tracks that were not watched, each once: `ignored_zone` they stood in one, `too_small` "
        "their body is shorter than `min_height_px`.",
        {"reason": ("ignored_zone", "too_small")},
    ),
    Metric(
        "people_seconds_total",
        "counter",
        _CAMERA,
        _OF_CAMERA,
        "Seconds of people that were seen: two people for a minute are 120; none in ignored zones.",
    ),
    Metric(
        "people_unwatched_seconds_total",
        "counter",
        _CAMERA,
        ("camera", "reason"),
        "Those of them in which nobody's movement could be judged: `too-small`, `low-confidence` "
        "the joints are guesses, `cut-off` by the picture's edge, `too-few-frames` for a window.",
        {"reason": UNWATCHED},
    ),
    Metric(
        "scene_blocks_dropped_total",
        "counter",
        _CAMERA,
        _OF_CAMERA,
        "Blocks of ten minutes of what was seen of people that could not be stored.",
    ),
    Metric(
        "people_unsure_total",
        "counter",
        _CAMERA,
        _OF_CAMERA,
        "Tracks of which for a second nobody knew where they stand; they are watched.",
    ),
    Metric(
        "frames_searched_total",
        "counter",
        _CAMERA,
        (),
        "Key frames: people were searched for in the whole picture.",
    ),
    Metric(
        "frames_spared_total",
        "counter",
        _CAMERA,
        ("reason",),
        "Frames in which nobody was searched for: the machine's `load`, or they are `unchanged` "
        "since nobody was found.",
        {"reason": ("load", "unchanged")},
    ),
    Metric(
        "bodies_total",
        "counter",
        _CAMERA,
        ("outcome",),
        "Bodies in frames: `looked` at by the landmark network, or `saved`, carried on with their "
        "box because they were calm a moment ago.",
        {"outcome": ("looked", "saved")},
    ),
    Metric(
        "poses_refused_total",
        "counter",
        _CAMERA,
        ("reason",),
        "Boxes that showed no body, by reason.",
        {"reason": ("presence", "implausible")},
    ),
    Metric(
        "crops_doubted_total",
        "counter",
        _CAMERA,
        ("outcome",),
        "Boxes that may show a body turned otherwise than it was looked at: `retried` in other "
        "turns, or `skipped`, because two others of the picture came first.",
        {"outcome": ("retried", "skipped")},
    ),
    Metric(
        "samples_dropped_total",
        "counter",
        _CAMERA,
        ("camera", "reason"),
        "People's poses lost after they were resampled: `store` Redis did not take them, or the "
        "camera's lease had run out.",
        {"reason": ("store",)},
    ),
    Metric("windows_total", "counter", _CAMERA, _OF_CAMERA, "Windows that became ready."),
    Metric(
        "capture_to_push_seconds",
        "histogram",
        _CAMERA,
        _OF_CAMERA,
        "From the capture of a frame to the hand-over of its samples to Redis.",
        buckets=LATENCY_S,
    ),
)

WORKER_METRICS = (
    Metric(
        "windows_dropped_total",
        "counter",
        ("camera", "worker"),
        ("reason",),
        "Windows lost before they were scored: `trimmed` the stream was full, `stale` older than "
        "`max_age_s`, `wrong_shape` of a model with another T.",
        {"reason": ("trimmed", "stale", "wrong_shape")},
    ),
    Metric(
        "windows_dead_total",
        "counter",
        _WORKER,
        ("reason",),
        "Windows that no worker could score, put on the dead-letter stream: `malformed`, "
        "`deliveries` taken over again and again, `scoring` failed on them.",
        {"reason": ("malformed", "deliveries", "scoring")},
    ),
    Metric(
        "windows_unscorable_total",
        "counter",
        _WORKER,
        ("reason",),
        "Windows without a score.",
        {"reason": ("too_few_joints", "no_size", "gap", "not_finite")},
    ),
    Metric(
        "model_load_failures_total",
        "counter",
        ("worker", "api", "decide"),
        (),
        "Attempts to load a registered flow model that failed.",
    ),
    Metric(
        "model_promotions_total",
        "counter",
        _API,
        ("outcome",),
        "Flow models that somebody made the live one over the API, went back from, or could not.",
        {"outcome": ("promoted", "rolled_back", "failed")},
    ),
    Metric(
        "shadow_windows_total",
        "counter",
        _WORKER,
        (),
        "Windows that a shadow scored beside the live model.",
    ),
    Metric(
        "shadow_windows_dropped_total",
        "counter",
        _WORKER,
        ("reason",),
        "Windows that only the live model scored: `busy` too many wait for the shadow, `behind` "
        "the worker has nothing to spare, `store` Redis took no scores, `failed` the shadow fails.",
        {"reason": ("busy", "behind", "store", "failed")},
    ),
    Metric(
        "shadow_cpu_seconds_total",
        "counter",
        _WORKER,
        (),
        "Processor time that shadows took for their scores.",
    ),
    Metric(
        "shadow_rank_correlation",
        "gauge",
        _DECIDE,
        (),
        "Spearman's correlation of the shadow's scores with the live ones; 0 without a shadow.",
    ),
    Metric(
        "shadow_same_side_ratio",
        "gauge",
        _DECIDE,
        (),
        "Share of windows on the same side of both models' thresholds; 0 without a shadow.",
    ),
    Metric(
        "windows_scored_total",
        "counter",
        _WORKER,
        (),
        "Windows scored by the workers, the canary's two a minute included.",
    ),
    Metric(
        "claims_taken_over_total",
        "counter",
        _WORKER,
        (),
        "Windows taken over from a worker that died.",
    ),
    Metric(
        "score_requests_dropped_total",
        "counter",
        _WORKER,
        ("reason",),
        "Requests of POST /score that went unanswered: `expired` past their deadline, "
        "`deliveries` two workers died of them, `malformed`.",
        {"reason": ("expired", "deliveries", "malformed")},
    ),
    Metric("batch_size", "histogram", _WORKER, (), "Windows per batch.", buckets=BATCH),
    Metric(
        "capture_to_score_seconds",
        "histogram",
        _WORKER,
        (),
        "From the capture of a window's last frame to its score.",
        buckets=LATENCY_S,
    ),
)

SHARED_METRICS = (
    Metric(
        "stage_duration_seconds",
        "histogram",
        ROLES,
        ("stage",),
        "Wall-clock time of one call of a stage: per frame `decode`, `pose` (with its parts "
        "`boxes` and `landmarks`, or `rtmo` per batch), `track` and `push`; per batch `score`; "
        "per POST /score of a worker `request`; per round with scores `decide`; per transaction of "
        "the archive `archive`.",
        buckets=STAGE_S,
    ),
    Metric(
        "stage_seconds",
        "histogram",
        ROLES,
        ("stage",),
        "How long a frame, its windows and its alerts were in one stage, waiting included; one "
        "begins where the one before it ends, or within its call to Redis, so that an alert's sum "
        "up to `capture_to_alert_seconds` and those calls at most: per frame `wait` for decoding "
        "and the camera's turn, `pose` (its parts are in `stage_duration_seconds`), `track` with "
        "resampling, and `push`; per window `queue` and `score`; per score `decide`; per opened "
        "alert `publish` and `socket`, and for each output `output`, which begins with `socket`.",
        {"stage": STAGES},
        buckets=PATH_S,
    ),
    Metric(
        "queue_depth",
        "gauge",
        ("camera", "worker"),
        ("queue",),
        "Entries waiting: `windows` for a worker or with one (`windows-1` … of further shards), "
        "`rtmo` pictures for the network.",
    ),
    Metric(
        "session_provider_info",
        "gauge",
        ROLES,
        ("role", "provider", "wanted"),
        "1 for the provider really in use, beside the one configured; the flow's is "
        "that of its largest batches.",
    ),
    Metric(
        "flow_batch_provider_info",
        "gauge",
        ("worker", "api", "decide"),
        ("role", "windows", "provider"),
        "1 for the provider that serves batches of this many windows, 0 for "
        "the slower one. `provider: auto` times both at the start.",
    ),
    Metric(
        "flow_batch_seconds",
        "gauge",
        ("worker", "api", "decide"),
        ("role", "windows", "provider"),
        "Median time of one batch of this many windows at the start, by provider.",
    ),
    Metric(
        "build_info",
        "gauge",
        ROLES,
        ("version", "model"),
        "1 for the running version and the first 12 digits of its model's hash.",
    ),
    Metric(
        "cameras_held",
        "gauge",
        ("camera", "decide"),
        ("role",),
        "Cameras whose lease this process holds: to watch them, or to decide about them.",
        adds_up=True,
    ),
    Metric(
        "alarm_budget_per_day",
        "gauge",
        _DECIDE,
        _OF_CAMERA,
        "False alarms a day that the camera may raise; 0 without a budget.",
    ),
    Metric(
        "alarm_rate_per_day",
        "gauge",
        _DECIDE,
        _OF_CAMERA,
        "False alarms a day that it raised while that was promised; those judged true are none.",
    ),
    Metric(
        "alarm_rate_low_per_day",
        "gauge",
        _DECIDE,
        _OF_CAMERA,
        "Lower end of that rate's exact 95 % interval.",
    ),
    Metric("alarm_rate_high_per_day", "gauge", _DECIDE, _OF_CAMERA, "Its upper end."),
    Metric(
        "calibration_footage_hours",
        "gauge",
        _DECIDE,
        _OF_CAMERA,
        "Hours of the camera that count towards its calibration.",
    ),
    Metric(
        "calibration_needed_hours", "gauge", _DECIDE, _OF_CAMERA, "How many a promise asks for."
    ),
    Metric(
        "calibration_snapshot",
        "gauge",
        _DECIDE,
        _OF_CAMERA,
        "Number of the calibration in force; 0: the model card's threshold.",
    ),
    Metric(
        "calibration_frozen",
        "gauge",
        _DECIDE,
        _OF_CAMERA,
        "1 while thresholds do not follow: the camera drifts, or somebody went back.",
    ),
    Metric("camera_drifting", "gauge", _DECIDE, _OF_CAMERA, "1 while the camera drifts."),
    Metric(
        "camera_recalibrating",
        "gauge",
        _DECIDE,
        _OF_CAMERA,
        "1 while a new scene is accepted, and there is too little of it.",
    ),
    Metric(
        "drift_ratio",
        "gauge",
        _DECIDE,
        ("camera", "sign"),
        "How strongly each sign speaks for drift: the logarithm of its statistic over that of its "
        "limit, or how far beyond all days it is, whichever is less; from 1 on the camera drifts.",
        {"sign": SIGNS},
    ),
    Metric("calibrations_total", "counter", _DECIDE, _OF_CAMERA, "Calibrations made."),
    Metric(
        "calibration_blocks_dropped_total",
        "counter",
        _DECIDE,
        _OF_CAMERA,
        "Blocks of ten minutes that could not be stored for six hours.",
    ),
    Metric(
        "entries_malformed_total",
        "counter",
        _SITE,
        ("kind",),
        "Entries in Redis that cannot be decoded; `archive`: decoded, but not storable.",
        {
            "kind": (
                "board",
                "alert",
                "clip",
                "event",
                "cues",
                "model",
                "shadow",
                "view",
                "snooze",
                "archive",
                "arming",
                "block",
                "calibration",
                "scene",
                "drift",
                "canary",
            )
        },
    ),
    Metric(
        "store_errors_total",
        "counter",
        ROLES,
        ("role",),
        "Calls that Redis, or the archive's database, did not answer.",
    ),
    Metric(
        "clock_steps_total",
        "counter",
        ROLES,
        ("role",),
        "How often a role found its wall clock set by more than a second.",
    ),
    Metric("role_cpu_seconds_total", "counter", ROLES, ("role",), "Processor time of a role."),
    Metric(
        "role_memory_bytes",
        "gauge",
        ROLES,
        ("role",),
        "Resident memory of a role.",
        adds_up=True,
    ),
    Metric(
        "role_start_timestamp_seconds", "gauge", ROLES, ("role",), "When the role started, UTC."
    ),
    Metric(
        "role_restarts_total",
        "counter",
        ("up",),
        ("role",),
        "Child processes of `posewarden up` started again.",
        {"role": ("camera", "worker", "api", "redis")},
    ),
)


API_METRICS = (
    Metric(
        "capture_to_alert_seconds",
        "histogram",
        _API,
        (),
        "From the capture of the frame that completes the deciding window to the hand-over of "
        "the opened alert to a client's socket.",
        buckets=LATENCY_S,
    ),
    Metric(
        "alerts_total",
        "counter",
        _DECIDE,
        ("camera", "severity", "state"),
        "Alerts opened and closed. Severity follows from the kind and its rarity: `critical` what "
        "one person ordinarily does once in 24 h or less, and anybody down; `warning` once an hour "
        "or less, and any fall or fight. An alert may close with a higher one than it opened with.",
        {"severity": ("notice", "warning", "critical"), "state": ("open", "closed")},
    ),
    Metric(
        "acts_total",
        "counter",
        _API,
        ("type",),
        "What people did about alerts over REST.",
        {"type": ("acknowledged", "verdict", "note")},
    ),
    Metric(
        "alerts_snoozed_total",
        "counter",
        _DECIDE,
        _OF_CAMERA,
        "Alerts that opened while a snooze kept them back.",
    ),
    Metric("snoozes", "gauge", _DECIDE, (), "Snoozes that hold now."),
    Metric(
        "alerts_outside_zones_total",
        "counter",
        _DECIDE,
        _OF_CAMERA,
        "Alerts that did not open because the person stood outside the zones with `only_here`.",
    ),
    Metric(
        "alerts_unsure_total",
        "counter",
        _DECIDE,
        _OF_CAMERA,
        "Alerts that opened though nobody knew whether in a zone with `only_here`.",
    ),
    Metric(
        "arming_mode_info",
        "gauge",
        _API,
        ("mode",),
        "1 for the mode that holds now, 0 for the others.",
    ),
    Metric(
        "camera_armed",
        "gauge",
        _API,
        _OF_CAMERA,
        "1 while any kind of this camera's alerts is armed, 0 while it opens none.",
    ),
    Metric(
        "site_version",
        "gauge",
        ("camera", "api", "decide"),
        ("role",),
        "Version of what people set over the API that the role runs by; 0: nothing was set.",
    ),
    Metric("alerts_trimmed_total", "counter", _DECIDE, (), "Alerts dropped from a full history."),
    Metric("scores_decided_total", "counter", _DECIDE, (), "Scores that alert rules have seen."),
    Metric("deciders", "gauge", _API, (), "Processes that decide alerts."),
    Metric(
        "alerts_fenced_total",
        "counter",
        _DECIDE,
        (),
        "Changes of alerts that were refused: who decided them had hung, and another process has "
        "taken the camera over.",
    ),
    Metric(
        "cameras_taken_over_total",
        "counter",
        _DECIDE,
        ("role",),
        "Cameras that this process decides about and another one did before.",
    ),
    Metric(
        "undecided_seconds",
        "histogram",
        _DECIDE,
        (),
        "From when the process before last held the lease to when another took the camera over; "
        "what came meanwhile is decided late.",
        buckets=LATENCY_S,
    ),
    Metric(
        "alert_poses_lost_total", "counter", _DECIDE, (), "Alerts whose window was already trimmed."
    ),
    Metric(
        "alert_events_trimmed_total",
        "counter",
        _API,
        (),
        "Resumes that found events trimmed and got a gap message.",
    ),
    Metric(
        "scores_ignored_total",
        "counter",
        _DECIDE,
        ("reason",),
        "Scores that came twice or too late to count, or of a paused camera.",
        {"reason": ("twice", "late", "session_over", "malformed", "paused")},
    ),
    Metric(
        "movement_abstained_total",
        "counter",
        _DECIDE,
        ("reason",),
        "Scores that movement abstains from: guessed joints, a jump, a bent or lying body.",
        {"reason": ("unsure_joints", "too_small", "jump", "posture")},
    ),
    Metric(
        "camera_last_score_timestamp_seconds",
        "gauge",
        _DECIDE,
        _OF_CAMERA,
        "Capture time of the newest score that was decided about, UTC; 0 before the first.",
    ),
    Metric(
        "score_drift_ratio",
        "gauge",
        _DECIDE,
        _OF_CAMERA,
        "Share of the last thousand or so scores above the model card's 95 % quantile, divided by "
        "5 %: 1 is as calibrated; far above it the scene is not what the model was calibrated on. "
        "Exported from 100 scores on.",
    ),
    Metric(
        "score_requests_total",
        "counter",
        _API,
        ("outcome",),
        "POST /score by outcome: `refused` the request is not valid, `busy` the queue was full, "
        "`expired` its turn did not come in time, `no_worker` none answered in time, `gone` its "
        "client left first.",
        {"outcome": ("ok", "refused", "busy", "expired", "no_worker", "gone", "error")},
    ),
    Metric(
        "score_requests_waiting",
        "gauge",
        _API,
        (),
        "Requests of POST /score that wait for their turn.",
    ),
    Metric(
        "ws_clients",
        "gauge",
        _API,
        ("feed",),
        "Open WebSocket clients.",
        {"feed": ("alerts", "live")},
    ),
    Metric(
        "ws_dropped_total",
        "counter",
        _API,
        ("reason",),
        "Clients whose socket we closed: `slow` did not keep up, `store` Redis did not answer, "
        "`refused` a wrong key or message, `origin` a page of another host that "
        "`allowed_origins` does not name.",
        {"reason": ("slow", "store", "refused", "origin")},
    ),
    Metric(
        "canary_attempts_total",
        "counter",
        _API,
        (),
        "Pairs of simulated windows, one normal and one not, sent to the workers.",
    ),
    Metric(
        "canary_failures_total",
        "counter",
        _API,
        ("reason",),
        "Pairs that did not come back right: `late` not within 10 s, `order` the abnormal one "
        "not above the normal one, `unscorable`, `store` Redis did not answer.",
        {"reason": ("late", "order", "unscorable", "store")},
    ),
    Metric(
        "canary_last_success_timestamp_seconds",
        "gauge",
        _API,
        (),
        "When a pair came back right last, UTC; 0 before the first. Only the process that sends "
        "them exports it: take the maximum.",
    ),
    Metric(
        "canary_round_trip_seconds",
        "histogram",
        _API,
        (),
        "From sending a pair to having both scores.",
        buckets=LATENCY_S,
    ),
    Metric(
        "picture_canary_showings_total",
        "counter",
        ("camera", "api"),
        ("path", "result"),
        "Showings of the drawn fall that were decided, by what finds people: `passed`, or the "
        "stage that lost the person. Stages up to `cues` are counted by the camera role.",
        {"path": CANARY_PATHS, "result": CANARY_RESULTS},
    ),
    Metric(
        "picture_canary_failing",
        "gauge",
        _API,
        (),
        "Showings of the drawn fall whose newest result is a failure.",
    ),
    Metric(
        "picture_canary_last_success_timestamp_seconds",
        "gauge",
        _API,
        (),
        "When the drawn fall was found last, UTC, through the camera process where that is the "
        "longest ago; 0 before the first.",
    ),
    Metric(
        "picture_canary_worked_seconds",
        "gauge",
        ("camera",),
        ("path",),
        "How long the networks took for all pictures of the newest drawn fall.",
        {"path": CANARY_PATHS},
    ),
    Metric(
        "access_refused_total",
        "counter",
        _API,
        ("reason",),
        "Requests that were refused: `unknown` without a key or session that holds, `right` by one "
        "who lacks the right, `page` a change from another site's page.",
        {"reason": ("unknown", "right", "page")},
    ),
    Metric(
        "sign_ins_total",
        "counter",
        _API,
        ("outcome",),
        "Attempts to sign in with a password; `waiting` came before its time, and was not tried.",
        {"outcome": ("ok", "wrong", "waiting")},
    ),
    Metric("audit_entries_total", "counter", _SITE, (), "Entries written into the audit log."),
    Metric(
        "audit_entries_waiting",
        "gauge",
        _SITE,
        (),
        "Audit entries that wait until the archive's database answers; at most 10 000.",
    ),
    Metric(
        "audit_entries_dropped_total",
        "counter",
        _SITE,
        (),
        "Audit entries that were lost because too many waited; the service's log names them.",
    ),
    Metric(
        "deliveries_total",
        "counter",
        _DECIDE,
        ("target", "result"),
        "Messages for outputs by what became of them: `delivered`, `retried` an attempt failed, "
        "`failed` given up for good, `grouped` with others into one message, `held` back by a "
        "snooze or because the camera was disarmed.",
    ),
    Metric(
        "delivery_records_lost_total",
        "counter",
        _DECIDE,
        (),
        "Records of deliveries that were dropped because the archive was away for too long; the "
        "messages themselves were delivered or wait.",
    ),
    Metric(
        "capture_to_delivered_seconds",
        "histogram",
        _DECIDE,
        ("target",),
        "From the capture of the frame that opened an alert to the answer of its receiver.",
        buckets=LATENCY_S,
    ),
    Metric(
        "stretches_seen_total",
        "counter",
        _DECIDE,
        (),
        "Stretches of ten seconds of one person who was scored: of so many those kept were drawn.",
    ),
    Metric(
        "stretches_kept_total",
        "counter",
        _DECIDE,
        ("reason",),
        "Stretches that the archive was given: sample (by chance, some of each camera and hour), "
        "near (the nearest of the day to an alert), alert (somebody with an open alert).",
        known={"reason": ("sample", "near", "alert")},
    ),
    Metric(
        "stretches_dropped_total",
        "counter",
        _DECIDE,
        ("reason",),
        "What is missing from stretches: queue (scores that came faster than they were looked "
        "at), windows (windows that Redis no longer had), archive (stretches, because its "
        "database was away for too long).",
        known={"reason": ("queue", "windows", "archive")},
    ),
    Metric(
        "stretches_bytes",
        "gauge",
        _DECIDE,
        (),
        "Size of the stretches in the archive, compressed, without indexes.",
    ),
    Metric(
        "near_misses_labelled_total",
        "counter",
        _API,
        ("label",),
        "What people said of near misses.",
        {"label": ("true", "false", "unsure")},
    ),
    Metric(
        "decisions_recorded_total",
        "counter",
        _DECIDE,
        (),
        "Versions of alerts of which the archive has what they followed from.",
    ),
    Metric(
        "decisions_lost_total",
        "counter",
        _DECIDE,
        ("reason",),
        "Versions of alerts that cannot be replayed: full (too many waited for the archive), "
        "overflow (too much came between two saved states).",
        known={"reason": ("full", "overflow")},
    ),
    Metric(
        "replica_waits_total",
        "counter",
        _SITE,
        ("write", "result"),
        "Alerts, acts and what outputs have delivered, by whether as many replicas as "
        "redis.wait_replicas says had it in time (kept) or not (late): a late one is lost if the "
        "master dies before a replica has it. 0 where nothing is waited for.",
        known={"write": ("alert", "act", "outbox"), "result": ("kept", "late")},
    ),
    Metric(
        "mqtt_connected",
        "gauge",
        _DECIDE,
        ("target",),
        "1 while the broker of an MQTT output has taken us. Only the process that keeps it "
        "informed exports it.",
    ),
    Metric(
        "mqtt_commands_total",
        "counter",
        _DECIDE,
        ("result",),
        "Commands that came over MQTT: done, refused, or dropped because they were retained, too "
        "large or too many.",
        known={"result": ("done", "refused", "dropped")},
    ),
    Metric(
        "mqtt_dropped_total",
        "counter",
        _DECIDE,
        (),
        "States that an MQTT broker could not be told at once; they are told later.",
    ),
    Metric(
        "output_failing",
        "gauge",
        _DECIDE,
        ("target",),
        "1 while the output's next message cannot be delivered. Only the process that delivers "
        "exports it: take the maximum.",
    ),
    Metric(
        "output_lag_seconds",
        "gauge",
        _DECIDE,
        ("target",),
        "Age of the next change that an output has not dealt with; 0 when there is none.",
    ),
    Metric(
        "heartbeats_total",
        "counter",
        _API,
        ("result",),
        "Calls of `system_alerts.heartbeat_url`, one each time the canary passes: `taken` or "
        "`failed`.",
        {"result": ("taken", "failed")},
    ),
    Metric(
        "archive_up",
        "gauge",
        _DECIDE,
        (),
        "0 while the archive's database does not take what this process carries into it; one that "
        "carries nothing has 1: take the minimum.",
    ),
    Metric(
        "archive_lag_seconds",
        "gauge",
        _DECIDE,
        (),
        "Age of the oldest alert event that was read and is not yet in the archive.",
    ),
    Metric(
        "archive_alerts_written_total",
        "counter",
        _DECIDE,
        (),
        "Versions of alerts written into the archive.",
    ),
    Metric(
        "archive_errors_total",
        "counter",
        _DECIDE,
        ("reason",),
        "Calls that the archive's database did not take; `conflict`: another process wrote, too; "
        "`schema`: a newer version wrote it.",
        {"reason": ("unreachable", "locked", "full", "conflict", "schema", "damaged")},
    ),
    Metric(
        "archive_gaps_total",
        "counter",
        _DECIDE,
        (),
        "How often events were trimmed in Redis before they were carried into the archive; what "
        "Redis still had of the alerts was carried then.",
    ),
    Metric(
        "archive_pose_frames_total", "counter", _DECIDE, (), "Frames of poses archived with alerts."
    ),
    Metric(
        "archive_poses_incomplete_total",
        "counter",
        _DECIDE,
        (),
        "Alerts whose poses have a hole: the frames were gone from Redis before they were read, "
        "the database was away for too long, or the alert was open for more than an hour.",
    ),
    Metric(
        "archive_removed_total",
        "counter",
        _DECIDE,
        ("reason",),
        "Alerts removed from the archive: older than `retention` allows, or above its size.",
        {"reason": ("age", "size")},
    ),
    Metric(
        "archive_size_bytes",
        "gauge",
        _DECIDE,
        (),
        "What the archive's alerts take with their clips and poses, without indexes; measured "
        "about once a minute by the process that carries.",
    ),
    Metric("redis_up", "gauge", _API, (), "1 while Redis answers this process."),
    Metric(
        "redis_writable",
        "gauge",
        _API,
        (),
        "1 while Redis takes writes; 0 when its memory is full, it is a replica, cannot write its "
        "files, or does not answer.",
    ),
    Metric("redis_memory_bytes", "gauge", _API, (), "Memory that Redis uses for data."),
    Metric(
        "redis_memory_limit_bytes",
        "gauge",
        _API,
        (),
        "Redis' maxmemory, beyond which writes fail; 0: none is set.",
    ),
    Metric("redis_cpu_seconds_total", "counter", _API, (), "Processor time Redis has used."),
    Metric("stream_length", "gauge", _API, ("stream",), "Entries on a stream of windows."),
    Metric(
        "stream_lag",
        "gauge",
        _API,
        ("stream",),
        "Entries of a stream of windows that no worker has taken.",
    ),
    Metric(
        "stream_pending",
        "gauge",
        _API,
        ("stream",),
        "Entries of a stream of windows that workers have taken and not finished.",
    ),
    Metric("workers", "gauge", _API, (), "Workers that sent a heartbeat in the last seconds."),
)

METRICS = CAMERA_METRICS + WORKER_METRICS + API_METRICS + SHARED_METRICS
