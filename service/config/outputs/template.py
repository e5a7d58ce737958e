"""Templates of messages: what is one, and a process of its own that puts a message into one.

Run as a module it reads template and values from its standard input. Whatever stands in a template,
the process ends soon and takes little memory.
"""

import json
import resource
import sys
from collections.abc import Mapping
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from service.sentences.outputs import NO_TEMPLATE, TEMPLATE_LACKS, TEMPLATE_TOO_DEEP
from tracker.wording import sentence_of

CPU_S = 1
MEMORY_BYTES = 268_435_456
TEXT_CHARACTERS = 262_144
FAILED = 3  # exit status; standard error says why
FAILURES = (
    jinja2.TemplateError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
)


def check_template(template: str) -> None:
    """Check that a text is a template, without computing anything that stands in it.

    Raises:
        ValueError: it is no Jinja2.
    """
    environment = _environment()
    try:
        # Compiling would compute constants such as 9 ** 9 ** 9, in the process of the API.
        tree = environment.parse(template)
    except jinja2.TemplateError as err:
        raise ValueError(NO_TEMPLATE(problem=sentence_of(str(err)))) from err
    except RecursionError:
        raise ValueError(TEMPLATE_TOO_DEEP()) from None
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        known = environment.filters if isinstance(node, nodes.Filter) else environment.tests
        if node.name not in known:
            what = "filter" if isinstance(node, nodes.Filter) else "test"
            raise ValueError(TEMPLATE_LACKS(what=what, name=node.name))


def main() -> int:
    """Print the text that a template makes of values; return the exit status."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    told = json.load(sys.stdin)
    try:
        text = _rendered(told["template"], told["values"])
    except FAILURES as err:
        sys.stderr.write(str(err)[:200])
        return FAILED
    except MemoryError:
        sys.stderr.write(f"it takes over {MEMORY_BYTES >> 20} MB of memory")
        return FAILED
    sys.stdout.buffer.write(text.encode(errors="replace"))
    return 0


def _rendered(template: str, values: Mapping[str, Any]) -> str:
    text = _environment().from_string(template).render(values)
    if len(text) > TEXT_CHARACTERS:
        raise ValueError(f"it makes over {TEXT_CHARACTERS} characters")
    return text


def _environment() -> ImmutableSandboxedEnvironment:
    """Return a sandbox: a template can neither reach nor change anything but its values."""
    return ImmutableSandboxedEnvironment(undefined=jinja2.ChainableUndefined, autoescape=False)


if __name__ == "__main__":
    sys.exit(main())
