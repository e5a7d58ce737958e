"""`plan` says in words what to buy, and where its figures come from."""

import json
import re
from pathlib import Path

import pytest

from export.capacity.advice import SIZES, with_gpu, without_gpu
from export.capacity.costs import Costs, read_costs
from export.capacity.demand import Demand
from export.cli import main

VIDEO = {
    "video": "street.avi",
    "people_per_frame": 4.0,
    "cpu_ms_per_frame": {
        "decode": 1.0,
        "boxes": 20.0,
        "landmarks": 40.0,
        "track": 0.5,
        "resample": 0.3,
    },
}


def test_one_site_is_one_machine(capsys: pytest.CaptureFixture[str]) -> None:
    """Everything an integrator orders: cores, memory, disk, network, and whether a GPU."""
    assert main(["plan", "--cameras", "24", "--fps", "10", "--people", "5"]) == 0

    said = capsys.readouterr().out
    assert "For 24 cameras, 10 pictures a second each, 5 people in a picture:" in said
    assert "one machine with 48 cores" in said
    assert "with machines of 48 cores" in said
    assert re.search(r"machines +1\n", said)
    for word in ("Memory", "Disk", "Network", "GPU", "Assumed:", "not on your machine"):
        assert word in said
    assert max(map(len, said.splitlines())) <= 120


def test_machines_and_cards_that_are_given_are_those_to_buy(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What to buy and the arithmetic name the same machines, with and without a GPU."""
    wanted = ["plan", "--cameras", "24", "--cores", "16", "--people", "1"]
    assert main(wanted) == 0

    said = capsys.readouterr().out
    assert "one person in a picture:" in said
    assert "Buy      2 machines with 16 cores each" in said
    assert "with machines of 16 cores" in said
    assert re.search(r"machines +2\n", said)

    assert main([*wanted, "--gpu-frames-per-s", "1000"]) == 0

    said = capsys.readouterr().out
    assert "Buy      one machine with 16 cores\n" in said
    assert "GPU      one NVIDIA card, with `pose: rtmo`; without, 2 machines" in said
    assert re.search(r"machines +1\n", said)


def test_json_has_what_to_buy_and_the_origins(capsys: pytest.CaptureFixture[str]) -> None:
    """For programs: the quantities, both kinds of machines, and what was measured where."""
    assert main(["plan", "--cameras", "3200", "--fps", "8", "--json"]) == 0

    said = json.loads(capsys.readouterr().out)
    assert said["buy"]["without_gpu"]["gpus"] == 0
    assert said["buy"]["with_gpu"]["gpus"] > 0
    assert len(said["origins"]) == 2


def test_more_cameras_never_need_less() -> None:
    """Of anything, with and without GPUs."""
    for buy in (without_gpu, with_gpu):
        bought = [buy(Demand(cameras=n, fps=10), Costs()) for n in (1, 4, 16, 64, 256, 4096)]
        for name in ("number", "disk_gb", "gpus"):
            sizes = [getattr(each, name) for each in bought]
            assert sizes == sorted(sizes)
        cores = [each.number * each.cores for each in bought]
        assert cores == sorted(cores)
        assert all(each.cores in SIZES for each in bought)


def test_a_video_s_costs_replace_those_of_pictures_alone(tmp_path: Path) -> None:
    """As `bench video --json` prints them, over many lines; the road's stay as shipped."""
    file = tmp_path / "video.json"
    file.write_text(json.dumps(VIDEO, indent=2))

    costs = read_costs(file)

    assert (costs.decode_ms, costs.boxes_ms, costs.person_ms) == (1.5, 20.0, 10.0)
    assert costs.redis_ms == Costs().redis_ms
    assert [each.startswith("measured with street.avi") for each in costs.origins.values()] == [
        False,
        True,
    ]


def test_nothing_to_plan_is_refused_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither cameras nor a calibration; or a file that cannot be written."""
    assert main(["plan"]) == 1
    assert "--cameras N, or --calibrate FILE" in capsys.readouterr().err

    assert main(["plan", "--calibrate", str(tmp_path / "no" / "file")]) == 1
    assert "cannot be written" in capsys.readouterr().err
