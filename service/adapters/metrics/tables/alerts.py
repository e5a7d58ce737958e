"""How alerts are decided, and what people do about them."""

from service.adapters.metrics.definition import API, DECIDE, LATENCY_S, OF_CAMERA, Metric

ALERT_METRICS = (
    Metric(
        "capture_to_alert_seconds",
        "histogram",
        API,
        (),
        "From the capture of the frame that completes the deciding window to the hand-over of "
        "the opened alert to a client's socket.",
        buckets=LATENCY_S,
    ),
    Metric(
        "alerts_total",
        "counter",
        DECIDE,
        ("camera", "severity", "state"),
        "Alerts opened and closed. Severity follows from the kind and its rarity: `critical` what "
        "one person ordinarily does once in 24 h or less, and anybody down; `warning` once an hour "
        "or less, and any fall or fight. An alert may close with a higher one than it opened with.",
        {"severity": ("notice", "warning", "critical"), "state": ("open", "closed")},
    ),
    Metric(
        "acts_total",
        "counter",
        API,
        ("type",),
        "What people did about alerts over REST.",
        {"type": ("acknowledged", "verdict", "note")},
    ),
    Metric(
        "alerts_snoozed_total",
        "counter",
        DECIDE,
        OF_CAMERA,
        "Alerts that opened while a snooze kept them back.",
    ),
    Metric("snoozes", "gauge", DECIDE, (), "Snoozes that hold now."),
    Metric(
        "alerts_outside_zones_total",
        "counter",
        DECIDE,
        OF_CAMERA,
        "Alerts that did not open because the person stood outside the zones with `only_here`.",
    ),
    Metric(
        "alerts_unsure_total",
        "counter",
        DECIDE,
        OF_CAMERA,
        "Alerts that opened though nobody knew whether in a zone with `only_here`.",
    ),
    Metric(
        "arming_mode_info",
        "gauge",
        API,
        ("mode",),
        "1 for the mode that holds now, 0 for the others.",
    ),
    Metric(
        "camera_armed",
        "gauge",
        API,
        OF_CAMERA,
        "1 while any kind of this camera's alerts is armed, 0 while it opens none.",
    ),
    Metric("alerts_trimmed_total", "counter", DECIDE, (), "Alerts dropped from a full history."),
    Metric("scores_decided_total", "counter", DECIDE, (), "Scores that alert rules have seen."),
    Metric("deciders", "gauge", API, (), "Processes that decide alerts."),
    Metric(
        "alerts_fenced_total",
        "counter",
        DECIDE,
        (),
        "Changes of alerts that were refused: who decided them had hung, and another process has "
        "taken the camera over.",
    ),
    Metric(
        "cameras_given_up_total",
        "counter",
        DECIDE,
        ("role", "reason"),
        "Cameras that this process had to give up while it decided: another one has the lease "
        "(lease), or has begun a later term (term), since this one hung or did not reach Redis; "
        "or an alert of it cannot be written (refused), so that it is tried again after 10 s.",
        known={"reason": ("lease", "term", "refused")},
    ),
    Metric(
        "cameras_taken_over_total",
        "counter",
        DECIDE,
        ("role",),
        "Cameras that this process decides about and another one did before.",
    ),
    Metric(
        "undecided_seconds",
        "histogram",
        DECIDE,
        (),
        "From when the process before last held the lease to when another took the camera over; "
        "what came meanwhile is decided late.",
        buckets=LATENCY_S,
    ),
    Metric(
        "alert_poses_lost_total", "counter", DECIDE, (), "Alerts whose window was already trimmed."
    ),
    Metric(
        "alert_events_trimmed_total",
        "counter",
        API,
        (),
        "Resumes that found events trimmed and got a gap message.",
    ),
    Metric(
        "scores_ignored_total",
        "counter",
        DECIDE,
        ("reason",),
        "Scores that came twice or too late to count, or of a paused camera.",
        {"reason": ("twice", "late", "session_over", "malformed", "paused")},
    ),
    Metric(
        "movement_abstained_total",
        "counter",
        DECIDE,
        ("reason",),
        "Scores that movement abstains from: guessed joints, a jump, a bent or lying body.",
        {"reason": ("unsure_joints", "too_small", "jump", "posture")},
    ),
    Metric(
        "camera_last_score_timestamp_seconds",
        "gauge",
        DECIDE,
        OF_CAMERA,
        "Capture time of the newest score that was decided about, UTC; 0 before the first.",
    ),
    Metric(
        "stretches_seen_total",
        "counter",
        DECIDE,
        (),
        "Stretches of ten seconds of one person who was scored: of so many those kept were drawn.",
    ),
    Metric(
        "stretches_kept_total",
        "counter",
        DECIDE,
        ("reason",),
        "Stretches that the archive was given: sample (by chance, some of each camera and hour), "
        "near (the nearest of the day to an alert), alert (somebody with an open alert).",
        known={"reason": ("sample", "near", "alert")},
    ),
    Metric(
        "stretches_dropped_total",
        "counter",
        DECIDE,
        ("reason",),
        "What is missing from stretches: queue (scores that came faster than they were looked "
        "at), windows (windows that Redis no longer had), archive (stretches, because its "
        "database was away for too long).",
        known={"reason": ("queue", "windows", "archive")},
    ),
    Metric(
        "stretches_bytes",
        "gauge",
        DECIDE,
        (),
        "Size of the stretches in the archive, compressed, without indexes.",
    ),
    Metric(
        "near_misses_labelled_total",
        "counter",
        API,
        ("label",),
        "What people said of near misses.",
        {"label": ("true", "false", "unsure")},
    ),
    Metric(
        "decisions_recorded_total",
        "counter",
        DECIDE,
        (),
        "Versions of alerts of which the archive has what they followed from.",
    ),
    Metric(
        "decisions_lost_total",
        "counter",
        DECIDE,
        ("reason",),
        "Versions of alerts that cannot be replayed: full (too many waited for the archive), "
        "overflow (too much came between two saved states).",
        known={"reason": ("full", "overflow")},
    ),
)
