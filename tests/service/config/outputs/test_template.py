"""Whether a text is a template, as it is asked when somebody sets it."""

import pytest

from service.config.outputs.template import check_template


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ title", "unexpected end"),
        ("{{ title | nosuch }}", "no filter 'nosuch'"),
        ("{{ title is nosuch }}", "no test 'nosuch'"),
        ("{{ " + "(" * 9_000, "nested too deeply"),
    ],
)
def test_what_is_none_is_refused(template: str, said: str) -> None:
    """With what is wrong in it."""
    with pytest.raises(ValueError, match=said):
        check_template(template)


def test_nothing_is_computed_for_it() -> None:
    """Python would take years to write this number, and the API would stand still."""
    check_template("{{ 9 ** 9 ** 9 }}{{ 'x' * 10 ** 12 }}{{ 'x' | center(9 ** 12) }}")
