"""Remove credentials from addresses before they are logged or shown."""

import re

_USER = re.compile(r"://\S*@")
_USER_WITH_BLANKS = re.compile(r"(?s)://.*@")
# user:password@… without a scheme, or with a misspelt one.
MISSING_SCHEME = re.compile(r"(?i)(?:(?:rtsps?|https?)/{0,2})?[^/\s:@]+:[^\s@]*@")
# The same behind a scheme without its colon or slashes.
_MISSPELT = re.compile(r"(?i)\b(rtsps?|https?)(:?/{0,2})[^\s/]\S*@")
# Query parameters that hold secrets.
_SECRET = re.compile(
    r"(?i)((?:user(?:name)?|login|pass(?:word|wd|phrase)?|pwd|\w*token|\w*key|secret|auth|"
    r"sig(?:nature)?)=)[^&/;?#\s]*?(?=_[A-Za-z0-9]+=|[&/;?#\s]|$)"
)


def redact(source: str) -> str:
    """Return the source without user, password and secrets."""
    shown = _MISSPELT.sub(r"\1\2***@", _USER.sub("://***@", source))
    return _SECRET.sub(r"\1***", shown)


def redact_whole(source: str) -> str:
    """Return what is one source from end to end, and no text around it, as `redact` does.

    A blank in it may be one of a password.
    """
    return redact(_USER_WITH_BLANKS.sub("://***@", source))
