"""The required capacity is the product of measured costs and demand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from export.capacity.costs import Costs, read_costs
from export.capacity.demand import Demand, required_capacity
from export.cli import main
from tracker.errors import ConfigError

COSTS = Costs(camera_ms=0.5, worker_ms=0.2, api_ms=0.1, redis_ms=0.2, in_bytes=4000, out_bytes=6000)


def test_twice_the_cameras_need_twice_as_much() -> None:
    """Every quantity that is not a whole number grows in proportion."""
    once, twice = (required_capacity(Demand(cameras=cameras), COSTS) for cameras in (100, 200))

    for name in once.keys() - {"machines", "gpus", "redis_shards", "api_processes"}:
        assert twice[name] == pytest.approx(2 * once[name])


def test_the_arithmetic_can_be_followed() -> None:
    """1 000 cameras at 10 frames/s of 5 people: the products of the costs, by hand."""
    needed = required_capacity(
        Demand(cameras=1000, fps=10, stride=2, pose_ms=80, fill=0.5, cores=10), COSTS
    )

    assert needed["frames_per_s"] == 10_000
    assert needed["windows_per_s"] == 25_000
    assert (needed["pose_cores"], needed["camera_cores"]) == (800, 5)
    assert (needed["redis_shards"], needed["api_processes"], needed["gpus"]) == (4, 2, 0)
    assert needed["machines"] == 162
    assert needed["redis_mbit_per_s"] == pytest.approx(800)


def test_gpus_take_the_poses_off_the_processors() -> None:
    """With GPUs the cores only decode and track, and GPUs are filled like everything else."""
    demand = Demand(cameras=1000, fps=10, gpu_frames_per_s=1000, fill=0.5)

    needed = required_capacity(demand, replace(COSTS, decode_ms=2.0))

    assert (needed["pose_cores"], needed["gpus"]) == (20, 20)


def test_costs_are_read_from_the_bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The largest load that met its targets counts; a file without one is named in the error."""
    rows = [
        {
            "cameras": cameras,
            "people": 5,
            "fails": fails,
            "cpu_ms_per_frame": {"camera": 0.6, "worker": 0.2, "api": 0.1, "redis": 0.2},
            "simulator_ms_per_frame": 0.1,
            "redis_bytes": {"in_per_frame": 4000, "out_per_frame": 6000},
        }
        for cameras, fails in ((8, []), (16, []), (32, ["late"]))
    ]
    file = tmp_path / "load.json"
    file.write_text("\n".join([*map(json.dumps, rows), json.dumps({"breaks": "32"})]))

    assert replace(read_costs(file), origins=COSTS.origins) == COSTS
    assert main(["plan", "--cameras", "10", "--costs", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["frames_per_s"] == 150
    file.write_text(json.dumps(rows[2]))
    with pytest.raises(ConfigError, match=r"load\.json"):
        read_costs(file)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--fill", "0"), "--fill is 0"),
        (("--fill", "2"), "--fill is 2"),
        (("--stride", "0"), "--stride is 0"),
        (("--fps", "-3"), "--fps is -3"),
        (("--pose-ms", "inf"), "--pose-ms is inf"),
        (("--costs", "nowhere.json"), "nowhere.json cannot be read: No such file"),
    ],
)
def test_what_cannot_be_multiplied_is_refused(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each flag by its name and value, in one line."""
    assert main(["plan", "--cameras", "10", *words]) == 1

    assert said in capsys.readouterr().err


def test_costs_of_another_file_are_refused(tmp_path: Path) -> None:
    """Lines that look like a load's but lack its figures."""
    file = tmp_path / "other.json"
    file.write_text('{"fails": []}')

    with pytest.raises(ConfigError, match=r"other\.json"):
        read_costs(file)
