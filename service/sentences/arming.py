"""What is said of modes, their calendar and holidays."""

from tracker.wording import Wording

MODES_OF_ALL = Wording("arming.of-all", "modes hold for all cameras; {name} sees some of them")
NO_SUCH_MODE = Wording("arming.no-mode", "no mode is called {mode!r}; there are {modes}")
MODE_UNTIL = Wording(
    "arming.until", "until is {until:.0f}; it must lie within the next year, with a mode"
)
CHOSEN_MEANWHILE = Wording("arming.crossed", "others choose at the same time; try again")
PLAN_CHANGED = Wording(
    "arming.changed",
    "the plan has version {version} by now, not {expected}: somebody else changed it; "
    "GET /arming and change that",
)
WEEK_FAR = Wording(
    "arming.week", "from is {first}; it must lie within {days} days of today, {today}"
)
NO_TIME_ZONE = Wording(
    "arming.time-zone", "{name!r} is no time zone; write for example Europe/Berlin"
)
DAY_TWICE = Wording(
    "arming.day-twice",
    "holidays[{place}].date: {day} is named twice; leave one of the two holidays out",
)
NO_CAMERA_OF_MODE = Wording(
    "arming.no-camera",
    "modes.{mode}.cameras: no camera is called {camera!r}; there are {cameras}",
)
DISARMED_WITH_PARTS = Wording(
    "arming.disarmed-parts", "armed is false: leave out cameras and kinds, or armed"
)
TOO_MANY_NAMES = Wording("arming.names", "cameras has more than {most} names; leave it out for all")
TOO_MANY_MODES = Wording("arming.modes", "there are {count} modes; name 1 to {most}")
MODE_NAME = Wording(
    "arming.mode-name", "{name!r} is no mode's name; use lower-case letters, digits, -"
)
TOO_MANY_ENTRIES = Wording(
    "arming.entries", "at most {entries} entries and {holidays} holidays fit"
)
UNKNOWN_MODE_AT = Wording("arming.unknown-mode", "{place}: no mode is called {mode!r}; {modes}?")
NO_CLOCK_TIME = Wording("arming.clock", "{text!r} is no time of the day; write for example 22:30")
RULE_DAY = Wording("rule.day", "since is {day}; it must lie between {first} and {last}")
RULE_NEVER = Wording(
    "rule.never", "rule {rule!r} never holds: no day is all that it asks for; {example}"
)
RULE_LONG = Wording("rule.long", "the rule has {count} characters; at most {most} are read")
RULE_PART = Wording(
    "rule.part",
    "rule {rule!r}: {part!r} is none of {parts}, each once; times of the "
    "day stand in start and end; {example}",
)
RULE_FREQUENCY = Wording("rule.frequency", "rule {rule!r}: FREQ must be one of {known}; {example}")
RULE_NUMBER = Wording("rule.number", "rule {rule!r}: {name} must be a number from 1 to {most}")
RULE_ENDS_TWICE = Wording("rule.ends-twice", "rule {rule!r}: give COUNT or UNTIL, not both")
RULE_WEEKDAY = Wording(
    "rule.weekday",
    "rule {rule!r}: {day!r} is no weekday of it; write MO, or 1MO to 5MO for those "
    "of a month with FREQ=MONTHLY",
)
RULE_UNTIL = Wording("rule.until", "UNTIL must be a day such as 20261231")
RULE_UNREAD = Wording("rule.unread", "rule {rule!r} does not read: {problem}; {example}")
