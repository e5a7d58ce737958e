"""What is said of sessions, users, keys and passwords."""

from tracker.wording import Wording

WRONG_SIGN_IN = Wording("sign-in.wrong", "name or password is wrong")
TOO_MANY_ATTEMPTS = Wording(
    "sign-in.too-often", "too many wrong passwords; try again in {wait_s:.0f} s"
)
NO_PASSWORD = Wording("password.none", "sign in first: keys and the site have no password")
SET_UP_ALREADY = Wording("setup.done", "there are users already; sign in")
WRONG_TOKEN = Wording("setup.token", "the token is not the one that was printed at the start")
TOKEN_MISSING = Wording(
    "setup.token-missing",
    "send the token that the service printed at its start, or make the first admin on "
    "its machine: posewarden users add NAME --role admin",
)
PASSWORD_LENGTH = Wording(
    "password.length",
    "a password has {least} to {most} characters; a sentence is a good one",
)
PASSWORD_IS_NAME = Wording(
    "password.name", "the password is little more than the name; choose another"
)
PASSWORD_REPEATS = Wording("password.repeats", "the password repeats a few signs; choose another")
TOO_MANY_USERS = Wording("user.too-many", "there are {most} users; remove some")
NO_SUCH_USER = Wording("user.unknown", "nobody is called {name!r}")
USER_NAME = Wording(
    "user.name",
    "{name!r}: a name has up to 64 of a-z, 0-9 and . _ @ -, and begins with a letter or digit",
)
NAME_TAKEN = Wording("user.name-taken", "{name!r} is a user's or key's name; choose another")
LAST_ADMIN = Wording("user.last-admin", "{name} is the last admin; make another one first")
ADMIN_SEES_ALL = Wording(
    "user.admin-cameras",
    "an admin sees all cameras; leave the list out, or choose another role",
)
CAMERAS_LIST = Wording("user.cameras", "name 1 to {most} cameras, each once; null: all")
NO_CAMERA_NAME = Wording(
    "user.camera-name", "{name!r} is no camera's name; those have a-z, 0-9 and -"
)
TOO_MANY_KEYS = Wording("key.too-many", "there are {most} keys; revoke some")
NO_SUCH_KEY = Wording("key.unknown", "no key has the id {id!r}")
KEY_HAS_ENDED = Wording("key.end", "expires_at has passed already")
