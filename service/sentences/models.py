"""What is said of changes of the model that scores."""

from tracker.wording import Wording

MODEL_OF_ALL = Wording("model.of-all", "a model scores all cameras; {name} sees some of them")
MODEL_NEEDED = Wording(
    "model.needed",
    "{model} ({sha256}) scores, or `rollback` leads to it; "
    "promote another one or end its trial first",
)
NO_SUCH_MODEL = Wording(
    "model.unknown", "no registered model begins with {name!r}; there are: {models}"
)
NOTHING_TO_GO_BACK = Wording(
    "model.no-rollback", "no model was promoted here: there is none to go back to"
)
MODEL_REMOVED = Wording("model.removed", "model {sha256} was removed; register it again")
OTHER_WINDOWS = Wording(
    "model.other-windows",
    "{model} takes {frames} poses at {fps:g}/s, but cameras cut windows "
    "of {own_frames} at {own_fps:g}/s; set `model:` and start the site again",
)
SAME_WEIGHTS = Wording(
    "model.same-weights",
    "{model} has the weights of the live model: nothing could tell their scores apart",
)
NOT_CALIBRATED = Wording(
    "model.not-calibrated",
    "budgets of false alarms would not be kept: {problems}. Let its shadow "
    "run longer, or say that it may begin without calibration "
    "(--without-calibration)",
)
NO_WORKER = Wording("model.no-worker", "no worker is alive; start the site first")
WORKERS_FAIL = Wording("model.workers-fail", "not every worker can score with it: {problem}")
NOT_LOADED = Wording("model.not-loaded", "{workers} did not load it in time")
MODEL_CROSSED = Wording("model.crossed", "others change which model scores all the time; try again")
MODEL_CHANGED = Wording(
    "model.changed", "somebody else changed which model scores; look and try again"
)
