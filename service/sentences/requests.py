"""What is wrong with a request, whatever it is about."""

from tracker.wording import Wording

NOT_JSON = Wording("body.not-json", "the body is not JSON: {problem}")
TOO_DEEP = Wording("body.too-deep", "the body is nested too deeply")
ENCODED = Wording("body.encoded", "Content-Encoding is {encoding!r}; send plain JSON")
TOO_LARGE = Wording("body.too-large", "the body is over {most_bytes} bytes; {remedy}")
SEND_LESS = Wording("body.send-less", "send less at once")
TOO_SLOW = Wording("body.too-slow", "the body did not come within {within_s:g} s; send it faster")
CLIENT_GONE = Wording("client.gone", "the client has left")
WITH_HINT = Wording("body.with-hint", "{problem}; {hint}")
MAY_BE = Wording("body.may-be", "it may be {values}")
EXPECTED_IS_VERSION = Wording("version.no-number", "expected is a version, a number")

FOREIGN_ORIGIN = Wording("page.foreign-origin", "another site's page sent this; open our own page")
FOREIGN_PAGE = Wording(
    "page.foreign",
    "changes in a session need its `X-CSRF-Token`, which GET /session has, and come "
    "from our own page; programs send a key instead",
)
NO_SUCH_FILE = Wording("page.no-file", "the page has no file {path!r}")
NOT_SIGNED_IN = Wording(
    "sign-in.missing", "sign in, or send a key as `X-API-Key: KEY` or `Authorization: Bearer KEY`"
)
PEOPLE_UNKNOWN = Wording("sign-in.unknown", "{problem}; try again soon")
NO_RIGHT_FOR_ANYBODY = Wording("right.nobody", "nobody has a right to this")
NO_RIGHT = Wording(
    "right.missing", "this asks for the right to {right}; {name} is {role} and lacks it"
)

UNKNOWN_PARAMETER = Wording(
    "parameter.unknown", "{path} has no parameter {name!r}; it knows {known}"
)
REPEATED_PARAMETER = Wording(
    "parameter.repeated", "parameter {name} came {times} times; send it once"
)
WRONG_PARAMETER = Wording("parameter.wrong", "{place} parameter {name}: {problem}")
WRONG_CURSOR = Wording(
    "parameter.cursor", "cursor is not one of {path}; omit it to start at the newest"
)
NOTHING_BETWEEN = Wording("parameter.until", "until is not after since; nothing lies between them")
SINCE_AFTER_UNTIL = Wording("parameter.since", "since {since:.0f} is after until {until:.0f}")
TOO_MANY_POINTS = Wording(
    "parameter.points",
    "that is more than {most} points; ask for a later since or a longer step",
)
WRONG_RETRY_KEY = Wording(
    "parameter.retry-key", "{name} is up to 128 letters, digits and signs of ASCII"
)
NO_TIME = Wording(
    "time.none", "{text!r} is no time; write seconds since 1970 or 2026-11-28T08:00:00Z"
)
FAR_TIME = Wording(
    "time.far", "{text} lies far off; times are seconds since 1970, not milliseconds"
)

CHANGED = Wording("body.changed", "somebody changed it meanwhile; read it again")
NO_ANSWER = Wording("service.no-answer", "the other side did not answer; see its log")
NO_ROUTE = Wording("route.refused", "{method} {path}: {problem}; see /openapi.json")
STORE_AWAY = Wording("store.away", "{what}; try again soon")
REDIS_AWAY = Wording("store.redis", "Redis does not answer")
FAILED = Wording("service.failed", "{method} {path} failed; see the server's log")
BUSY_PROBES = Wording("busy.probes", "{count} probes are under way; try again soon")
BUSY_DISCOVERY = Wording("busy.discovery", "somebody is asking just now; try again soon")
BUSY_SIGN_IN = Wording("busy.sign-in", "many sign in at this moment; try again soon")
