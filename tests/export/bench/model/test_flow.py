import json

import pytest

from export.cli import main


@pytest.mark.slow
def test_the_bench_prints_the_contracts_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object with every figure the contract names, all positive."""
    code = main(["bench", "flow", "--json", "--batch", "8", "--rounds", "1", "--threads", "1"])

    assert code == 0
    figures = json.loads(capsys.readouterr().out)
    for name in (
        "batch",
        "windows_per_s",
        "served_1_us",
        "graph_1_us",
        "eager_windows_per_s",
        "ratio",
    ):
        assert figures[name] > 0
    assert figures["machine"]["cores"] > 0
