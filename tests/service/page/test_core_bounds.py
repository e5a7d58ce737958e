"""Dates and sentences that nobody expects do not break the page."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import service

PAGE = Path(service.__file__).parent / "page"


def said_by_node(script: str) -> object:
    """Return the JSON that a module's script prints, in a JavaScript engine without a browser."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on the PATH; apt-get install nodejs")
    command = [node, "--input-type=module", "--eval", script]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def imported(names: str, file: str) -> str:
    """Return the line that imports names of one of the page's modules."""
    return f"import {{ {names} }} from {json.dumps(f'file://{PAGE / file}')};\n"


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
