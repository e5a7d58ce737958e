"""What version 0.3 stored of a camera is continued."""

import base64

from support.score_maker import ScoreMaker

from inference.camera_alerts import CameraAlerts

# Written by version 0.3: person 1 of two raises an alert, then its track becomes number 3.
STATE_OF_0_3 = base64.b64decode(
    "h6d2ZXJzaW9uAadzZXNzaW9uonMxpHBhc3SQqGxhc3Rfc2VxHqJhdMtB2VT8QMAAAKxmb3Jnb3R0ZW5fYXTL//AA"
    "AAAAAACmdHJhaWxzggKNpm51bWJlcgKobGFzdF9zZXEVomF0y0HZVPxAhmZmo2VuZISiYXTLQdlU/ECGZmakeF9w"
    "eMtAjCAAAAAAAKR5X3B4y0BpAAAAAAAAqWhlaWdodF9weMtAVAAAAAAAAKZmb3JtZXKAqHNtb290aGVkyz/wAAAA"
    "AAAAq3Ntb290aGVkX2F0y0HZVPxAhmZmq2Fib3ZlX3NpbmNlwKxhYm92ZV9zY29yZXMAq2JlbG93X3NpbmNlwKRw"
    "ZWFrwKR0b2xkwKVhbGVydMADjaZudW1iZXIDqGxhc3Rfc2VxHqJhdMtB2VT8QMAAAKNlbmSEomF0y0HZVPxAwAAA"
    "pHhfcHjLQFmAAAAAAACkeV9weMtAaQAAAAAAAKloZWlnaHRfcHjLQFQAAAAAAACmZm9ybWVygQEVqHNtb290aGVk"
    "y0AT9djXMBK5q3Ntb290aGVkX2F0y0HZVPxAwAAAq2Fib3ZlX3NpbmNly0HZVPxAOZmarGFib3ZlX3Njb3JlcwOr"
    "YmVsb3dfc2luY2XApHBlYWuDpXNjb3Jly0AT9djXMBK5omF0y0HZVPxAwAAApndpbmRvd6QzMC0zpHRvbGSDpXNj"
    "b3Jly0ATNBJ7MWWGomF0y0HZVPxAczMzpndpbmRvd6QxOC0xpWFsZXJ0jaJpZLRkZmVlZjc1YzMzMmRmNmRkZjVi"
    "MaZjYW1lcmGkZ2F0ZaZwZXJzb26pZ2F0ZS9zMS8xpXN0YXRlpG9wZW6pb3BlbmVkX2F0y0HZVPxAYAAAqnVwZGF0"
    "ZWRfYXTLQdlU/EBzMzOpY2xvc2VkX2F0wKpwZWFrX3Njb3Jly0ATNBJ7MWWGp3BlYWtfYXTLQdlU/EBzMzOpdGhy"
    "ZXNob2xky0AAAAAAAAAApmpvaW50c5KkbmVja6Rub3NlpW1vZGVsoW2ndmVyc2lvbgI="
)
ALERT = "dfeef75c332df6ddf5b1"


def test_an_open_alert_of_0_3_is_continued_and_closed(scoring: ScoreMaker) -> None:
    """The same alert goes on: joints, peak, earlier tracks and versions are kept."""
    alerts = CameraAlerts.from_bytes(STATE_OF_0_3, scoring.threshold, scoring.options)

    assert alerts.rejection(scoring.score(21, 5.0)) == "late"
    decisions = scoring.decided(scoring.series([1.0] * 12, start=33, number=3), alerts)

    (closed,) = [each.event.alert for each in decisions if each.event.type == "closed"]
    assert (closed.id, closed.joints) == (ALERT, ("neck", "nose"))
    assert closed.version == 2 + len(decisions)
    assert closed.closed_at is not None
    assert closed.peak_score > 4.9


def test_0_3_reads_what_is_stored_now(scoring: ScoreMaker) -> None:
    """While two versions run side by side, the field names of 0.3 are in what is stored."""
    alerts = CameraAlerts.from_bytes(STATE_OF_0_3, scoring.threshold, scoring.options)

    stored = alerts.to_bytes()

    for name in (b"trails", b"former", b"told", b"above_scores", b"smoothed_at", b"peak"):
        assert STATE_OF_0_3.count(name) == stored.count(name)
