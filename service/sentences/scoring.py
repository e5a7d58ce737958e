"""What is said of requests for scores."""

from tracker.wording import Wording

LATER = Wording("score.later", "{reason}; try again in {retry_s} s")
NO_TURN = Wording("score.no-turn", "no turn came within {within_s:g} s")
TOO_MANY_WAIT = Wording("score.too-many", "too many requests wait")
TOO_MANY_BODIES = Wording("score.too-many-bodies", "too many bodies are being read")
NOBODY_SCORES = Wording("score.no-worker", "{problem}; try again soon")
RATE_MISPLACED = Wording(
    "score.rate-misplaced",
    "fps as a parameter belongs to an array; in JSON it stands beside the poses",
)
RATE_MISSING = Wording("score.rate-missing", "send the rate of the poses as ?fps=")
WRONG_RATE = Wording("score.rate", "fps is {fps:g}; it must lie in (0, {most:g}]")
TOO_MANY_FRAMES = Wording("score.frames", "{frames} frames; send at most {most} at once")
TOO_FEW_FRAMES = Wording(
    "score.few-frames",
    "{frames} frames at {fps:g} fps are less than one window; send at least {least}",
)
NO_COORDINATE = Wording(
    "score.no-coordinate",
    "{number:g} is no coordinate in px or confidence; numbers lie within ±{most:g}",
)
TOO_LONG = Wording(
    "score.too-long",
    "{frames} frames at {fps:g} fps last {lasts_s:.0f} s, more than "
    "{most} poses at the model's {model_fps:g} fps; send fewer frames",
)
NO_ARRAY = Wording("score.no-array", "the body is no .npy file of version 1 or 2; send {wanted}")
OTHER_ARRAY = Wording("score.other-array", "the array is {given}; send {wanted}")
TOO_MANY_PEOPLE = Wording(
    "score.people", "the array has poses of {people} people; send 1 to {most} at once"
)
ARRAY_CUT = Wording(
    "score.array-cut", "the array's header tells of {wanted} bytes, {given} follow it"
)
