"""What is said of alerts, acts on them, snoozes and near misses."""

from tracker.wording import Wording

NO_SUCH_ALERT = Wording("alert.unknown", "no alert has this id; /alerts lists them")
TOO_MANY_ACTS = Wording("alert.too-many-acts", "an alert has at most {most} acts; none is left")
WRONG_NOTE = Wording(
    "alert.note", "text has letters, not only blanks, and no control characters but line ends"
)
NO_POSES = Wording(
    "alert.no-poses",
    "the poses of this alert were not recorded: it opened before there was an archive",
)
NO_SUCH_NEAR_MISS = Wording(
    "near-miss.unknown", "no near miss has this id; /near-misses lists those kept"
)
TOO_MANY_SNOOZES = Wording("snooze.too-many", "there are too many snoozes; end some")
NO_SUCH_SNOOZE = Wording("snooze.unknown", "no snooze has this id; GET /snoozes lists them")
SNOOZE_OF_ALL = Wording("snooze.of-all", "the snooze is of all cameras; {name} sees some of them")
SNOOZE_UNTIL = Wording("snooze.until", "until is {until}; it must lie within the next 30 days, UTC")
SNOOZE_REASON = Wording("snooze.reason", "reason is a line of text that says why")
SNOOZE_NAMES_CAMERA = Wording(
    "snooze.camera", "{name} sees some of the cameras; name one of {cameras}"
)
SNOOZE_ZONE = Wording("snooze.zone", "no zone is called {zone!r}; there is {zones}")
