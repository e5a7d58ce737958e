"""Dates and sentences that nobody expects do not break the page."""

import json

import pytest
from support.page_scripts import imported, said_by_node


def test_a_date_moves_within_the_dates_that_the_service_takes() -> None:
    """Date fields let years have six digits; such a date stays as it is."""
    dates = ["2026-12-31", "9999-12-31", "0001-01-01", "12026-01-01", "275760-09-13", ""]
    script = imported("later", "core/dates.js") + (
        f"const dates = {json.dumps(dates)};\n"
        "const moved = [1, -1].map((days) => dates.map((each) => later(each, days)));\n"
        "console.log(JSON.stringify(moved));"
    )

    assert said_by_node(script) == [
        ["2027-01-01", "9999-12-31", "0001-01-02", *dates[3:]],
        ["2026-12-30", "9999-12-30", "0001-01-01", *dates[3:]],
    ]


@pytest.mark.parametrize(
    ("dates", "proposed"),
    [
        ([], "2026-11-23"),
        (["2026-12-24"], "2026-12-25"),
        (["2026-12-25", "2026-12-26", "2026-12-24"], "2026-12-27"),
        (["2026-11-23", "9999-12-31"], "2026-11-24"),
        (["9999-12-31", "9999-12-30"], "2026-11-23"),
        (["12026-01-01"], "2026-11-23"),
        ([""], "2026-11-23"),
    ],
)
def test_a_holiday_is_proposed_on_a_date_that_is_not_in_the_list(
    dates: list[str], proposed: str
) -> None:
    """The day after the last one, or the first free one of the week that is shown."""
    script = imported("nextFree", "core/dates.js") + (
        f'console.log(JSON.stringify(nextFree({json.dumps(dates)}, "2026-11-23")));'
    )

    assert said_by_node(script) == proposed


def test_a_sentence_in_a_sentence_is_translated_to_a_depth() -> None:
    """What is deeper stays as it was said, and what is longer than any sentence is left alone."""
    script = imported("patternsOf, translated", "core/said.js") + (
        'const known = patternsOf([["it (?<said>.*)", "<{said}>"], ["x", "y"]]);\n'
        'const texts = [2, 500, 5000].map((count) => "it ".repeat(count) + "x");\n'
        "console.log(JSON.stringify(texts.map((each) => translated(each, known))));"
    )

    shallow, deep, longer = said_by_node(script)  # type: ignore[misc]

    assert shallow == "<<y>>"
    assert deep == "<" * 9 + "it " * 491 + "x" + ">" * 9
    assert longer is None
