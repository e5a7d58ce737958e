"""Templates of whoever may add outputs: they end, take little, and reach only the message."""

import pytest

from service.adapters.outputs.template_process import render
from service.outputs.ports import NotDelivered

pytestmark = pytest.mark.slow

VALUES = {"title": "Fall at gate", "links": {"alert": "https://warden.example"}, "alert": None}
ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
TREE = "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}"


def test_a_template_has_every_field_and_what_is_missing_is_empty() -> None:
    """In any script."""
    text = "{{ title | tojson }} {{ links.alert }}{{ alert.camera }} 넘어짐"

    assert render(text, VALUES) == '"Fall at gate" https://warden.example 넘어짐'


@pytest.mark.parametrize(
    ("template", "said"),
    [
        (ENDLESS, "computes for over 1 s"),
        (TREE, "recursion"),
        ("{{ 'x' * 10 ** 9 }}", "256 MB"),
        ("{{ 'x' | center(9 ** 12) }}", "256 MB"),
        ("{{ 'x' * 300000 }}", "over 262144 characters"),
        ("{{ range(10 ** 9) | list }}", "Range too big"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ links.update({'x': 1}) }}", "unsafe"),
        ("{% include '/etc/passwd' %}", "no loader"),
    ],
)
def test_what_has_no_end_is_given_up(template: str, said: str) -> None:
    """The message is a dead letter that says why; nothing else waits or runs out of memory."""
    with pytest.raises(NotDelivered, match=said) as failed:
        render(template, VALUES)

    assert failed.value.permanent


def test_nothing_of_python_is_reached() -> None:
    """Such attributes are empty."""
    assert render("{{ title.__class__.__mro__ }}{{ ''.__class__ }}", VALUES) == ""
