"""What is said of outputs' settings."""

from tracker.wording import Wording

NO_SUCH_OUTPUT = Wording("output.unknown", "no output is called {name!r}; GET /outputs lists them")
NAME_TAKEN = Wording(
    "output.name-taken", "an output called {name} is there already; choose another name"
)
TOO_MANY_OUTPUTS = Wording("output.too-many", "the site has {most} outputs; delete some")
OUTPUT_OF_FILE = Wording(
    "output.of-file", "{name} is in the site's file; remove it there, or set enabled to false"
)
ENABLED_ALONE = Wording(
    "output.enabled-alone", "{name} is in the site's file; over the API only enabled can be set"
)
OUTPUT_CROSSED = Wording("output.crossed", "others change this output all the time; try again")
SECRET_AGAIN = Wording(
    "output.secret-again",
    "the messages would go to another receiver: send {setting} again, or null for none",
)
NO_FILES = Wording(
    "output.no-files", "{setting} names a file of the server; over the API send the value itself"
)
NAMED_TWICE = Wording(
    "output.named-twice", "two outputs are called {name!r}; each needs a name of its own"
)
ESCALATES_TO_ITSELF = Wording(
    "output.escalates-itself", "escalation.then is {name!r} itself; name another output"
)
ESCALATES_TO_NOBODY = Wording(
    "output.escalates-nowhere",
    "escalation.then of {name!r} is {then!r}, which is no output; there are {outputs}",
)
NO_ADDRESS = Wording("output.no-address", "it is not an address; write {example}")
NO_BASE64 = Wording("output.no-base64", "behind whsec_ stands base64; or leave whsec_ out")
NO_MAIL_ADDRESS = Wording(
    "output.no-mail-address", "{address!r} is no address; write name@example.org"
)
OPEN_PASSWORD = Wording(
    "output.open-password",
    "security is none: anybody on the way could read the password; "
    "write tls or starttls, or leave the password out",
)
USER_AND_PASSWORD = Wording(
    "output.user-and-password", "user and password belong together; give both or none"
)
NO_TEMPLATE = Wording("output.no-template", "it is no Jinja2: {problem}")
TEMPLATE_TOO_DEEP = Wording("output.template-deep", "it is no Jinja2: it is nested too deeply")
TEMPLATE_LACKS = Wording("output.template-lacks", "it is no Jinja2: there is no {what} {name!r}")
