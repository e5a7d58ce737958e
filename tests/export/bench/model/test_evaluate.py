import json

import pytest

from export.cli import main


@pytest.mark.slow
def test_the_bench_tells_every_stage(capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object: as many windows as asked for at least, and the seconds of all stages."""
    code = main(["bench", "evaluate", "--json", "--windows", "4000", "--threads", "1"])

    assert code == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["windows"] == 5000
    assert set(figures["seconds"]) == {"model", "read", "cut", "score", "protocol", "metrics"}
    assert figures["total_s"] >= sum(figures["seconds"].values()) - 0.1
    assert figures["scored_windows_per_s"] > 0
