"""What is wrong with one value of a body, a query or the site's file."""

from tracker.wording import Wording

MISSING = Wording("value.missing", "is missing")
UNKNOWN_SETTING = Wording("value.unknown-setting", "no such setting; check its spelling")
NO_MAPPING = Wording("value.no-mapping", "must be a mapping of settings")
NO_LIST = Wording("value.no-list", "must be a list")
NO_TEXT = Wording("value.no-text", "must be a text")
NO_NUMBER = Wording("value.no-number", "must be a number")
NO_WHOLE_NUMBER = Wording("value.no-whole-number", "must be a whole number")
NO_SWITCH = Wording("value.no-switch", "must be true or false")
NOT_ABOVE = Wording("value.not-above", "must be above {limit}")
TOO_SMALL = Wording("value.too-small", "must be at least {least}")
NOT_BELOW = Wording("value.not-below", "must be below {limit}")
TOO_LARGE = Wording("value.too-large", "must be at most {most}")
TOO_SHORT = Wording("value.too-short", "must have at least {least} characters")
TOO_LONG = Wording("value.too-long", "must have at most {most} characters")
TOO_FEW = Wording("value.too-few", "must have at least {least} elements")
TOO_MANY = Wording("value.too-many", "must have at most {most} elements")
NONE_OF = Wording("value.none-of", "must be {known}")
NO_TYPE = Wording("value.no-type", "has no {setting}, which says what it is")
WRONG_TYPE = Wording("value.wrong-type", "{setting} is {given!r}; it may be {known}")
NO_DAY = Wording("value.no-day", "must be a day such as 2026-12-24")
NO_CLOCK = Wording("value.no-clock", "must be a time of day such as 22:00")
NAME_CHARACTERS = Wording(
    "value.name",
    "may have small letters from a to z, digits and hyphens, such as front-door",
)
NO_PAGE_ADDRESS = Wording("value.address", "must begin with {one} or {other}")
LABEL_CHARACTERS = Wording(
    "value.label", "may have up to 40 letters, digits, spaces, hyphens and underscores"
)
LEVEL_CHARACTERS = Wording(
    "value.level", "may have up to 64 letters, digits, hyphens and underscores"
)
AT_SETTING = Wording("value.at", "{setting}: {problem}")

EXPECTED = Wording("json.expected", "Expected `{wanted}`, got `{given}`")
EXPECTED_LEAST = Wording("json.least", "Expected `{wanted}` >= {limit}")
EXPECTED_MOST = Wording("json.most", "Expected `{wanted}` <= {limit}")
EXPECTED_ABOVE = Wording("json.above", "Expected `{wanted}` > {limit}")
EXPECTED_BELOW = Wording("json.below", "Expected `{wanted}` < {limit}")
EXPECTED_LONGER = Wording("json.longer", "Expected `{wanted}` of length >= {limit}")
EXPECTED_SHORTER = Wording("json.shorter", "Expected `{wanted}` of length <= {limit}")
EXPECTED_LENGTH = Wording("json.length", "Expected `{wanted}` of length {limit}")
EXPECTED_CLOCK = Wording("json.clock", "Expected a time of day such as 22:00")
EXPECTED_DAY = Wording("json.day", "Expected a day such as 2026-12-24")
EXPECTED_NAME = Wording(
    "json.name", "Expected up to 32 small letters from a to z, digits and hyphens"
)
FIELD_MISSING = Wording("json.missing", "Object missing required field `{field}`")
FIELD_UNKNOWN = Wording("json.unknown", "Object contains unknown field `{field}`")
VALUE_UNKNOWN = Wording("json.none-of", "Invalid enum value {value}")
