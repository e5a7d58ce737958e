"""Formatting of the figures of benches."""

import json

import pytest

from export.bench.figures import print_figures, spread


def test_figures_are_lines_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines for people have their values below one another; programs get one object."""
    figures = {"a": 1, "longer": [2.5]}

    print_figures(figures, as_json=False)
    lines = capsys.readouterr().out
    print_figures(figures, as_json=True)

    assert lines == "a      1\nlonger [2.5]\n"
    assert json.loads(capsys.readouterr().out) == figures


def test_one_value_has_no_deviation() -> None:
    """Several have their population's."""
    assert spread([0.5]) == "0.5000"
    assert spread([0.4, 0.6]) == "0.5000 ± 0.1000"
