"""What is said of the service itself: what goes wrong, what to do, and how it ended."""

from tracker.wording import Sentence, Wording

SECONDS = Wording("time.seconds", "{count} s")
MINUTES = Wording("time.minutes", "{count} min")
HOURS = Wording("time.hours", "{count} h")

AWAY_FOR = Wording("event.away-for", "for {time}: {problem}")
COMES_AND_GOES = Wording("event.comes-and-goes", "comes and goes for {time}: {problem}")
NOT_WATCHED = Wording("event.not-watched", "no camera process watches it")
IN_STATE = Wording("event.in-state", "it is {state}")
ASK_PROBE = Wording("event.ask-probe", "`posewarden probe` with its source says what it answers")
AWAY_TOGETHER = Wording("event.away-together", "{count} of {all} cameras: {names}")
AND_MORE = Wording("event.and-more", "{names} and {count} more")
MOST_OF_THEM = Wording("event.most-of-them", "most of them: {problem}")
LOOK_AT_SHARED = Wording(
    "event.look-at-shared", "look at what they share: the network, its switch, its power"
)
NO_CAMERA_ANY_MORE = Wording("event.no-camera", "it is no camera any more")
BACK_AFTER = Wording("event.back-after", "back after {time}")

NO_WORKER = Wording(
    "event.no-worker", "no worker has sent a sign of life; movement alerts are not decided"
)
START_WORKER = Wording("event.start-worker", "start the worker role; its log says why it ended")
WORKER_SCORES = Wording("event.worker-scores", "a worker scores")
NO_DECIDER = Wording(
    "event.no-decider",
    "no process decides; nobody is alerted of anything, and nothing is delivered",
)
START_DECIDER = Wording(
    "event.start-decider",
    "start the decide role, or the API without --no-decide; the log says why it ended",
)
PROCESS_DECIDES = Wording("event.process-decides", "a process decides")

STORE_USED = Wording("event.store-used", "{percent}% is used")
MAKE_ROOM = Wording("event.make-room", "make room, give it more, or shorten retention")

CLOCK_AHEAD = Wording("event.clock-ahead", "the clock of {host} is {time} ahead of Redis'")
CLOCK_BEHIND = Wording("event.clock-behind", "the clock of {host} is {time} behind Redis'")
CLOCKS_AGREE = Wording("event.clocks-agree", "the clock of {host} agrees with Redis'")
SET_CLOCKS = Wording(
    "event.set-clocks",
    "let NTP set the clocks of all machines, of Redis' too; until then windows may be dropped "
    "as too old, and alerts have wrong times",
)

NO_REPLICAS_WANTED = Wording("event.no-replicas-wanted", "nothing waits for replicas any more")
REPLICAS_IN_TIME = Wording("event.replicas-in-time", "replicas have what is written in time")
REPLICAS_BEHIND = Wording(
    "event.replicas-behind",
    "{confirmed} of {wanted} replicas have what is written now: "
    "such alerts and acknowledgements are lost if Redis' master dies",
)
REPLICAS_LATE = Wording(
    "event.replicas-late",
    "{confirmed} of {wanted} replicas have what is written now; {late} of our last writes had "
    "too few in time: such alerts and acknowledgements are lost if Redis' master dies",
)
LOOK_AT_REPLICAS = Wording(
    "event.look-at-replicas",
    "look whether the replicas of redis.url run and follow (INFO replication); "
    "redis.wait_replicas says how many must",
)

CANARY_NOT_NOTICED = Wording(
    "event.canary-not-noticed", "made-up people are not noticed: {problem}"
)
LOOK_AT_WORKERS = Wording(
    "event.look-at-workers",
    "look at the workers and at Redis; until then alerts may be missing",
)
CANARY_SCORED_AGAIN = Wording("event.canary-scored-again", "made-up people are scored again")
FALL_LOST = Wording("event.fall-lost", "a drawn fall was lost at {stage} in {name}: {problem}")
FALL_FOUND_AGAIN = Wording(
    "event.fall-found-again", "a drawn fall is found again, or its process has ended"
)

ATTEMPTS_FAILED = Wording("event.attempts-failed", "{attempts} attempts failed: {problem}")
TEST_OUTPUT = Wording(
    "event.test-output", "`posewarden outputs test {name}` says what it answers now"
)

BUDGET_BROKEN = Wording(
    "event.budget-broken",
    "{alarms} alarms in {days:.1f} days, promised are {per_day:g} a day",
)
JUDGE_ALERTS = Wording(
    "event.judge-alerts",
    "judge its alerts true or false; those judged true are no false alarms",
)
BUDGET_KEPT = Wording("event.budget-kept", "the budget is kept")

MODEL_SCORES = Wording("event.model-scores", "{name} scores")
LIST_MODELS = Wording("event.list-models", "`posewarden models list` says which model scores")


def spoken(seconds: float) -> Sentence:
    """Return a time as people say it."""
    if seconds < 120:
        return SECONDS(count=round(max(0.0, seconds)))
    return (
        MINUTES(count=round(seconds / 60)) if seconds < 7200 else HOURS(count=round(seconds / 3600))
    )
