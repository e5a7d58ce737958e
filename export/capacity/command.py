"""`plan`: says what to buy for a number of cameras, from the costs of a frame.

The costs are those that this project measured, unless `--costs` names a file of yours: of
`plan --calibrate`, or what `bench load --json` and `bench video --json` print.
"""

import argparse
import json
from dataclasses import asdict, fields, replace
from pathlib import Path

from export.capacity.advice import advice, to_buy, with_gpu, without_gpu
from export.capacity.bounds import check_flag
from export.capacity.costs import Costs, read_costs
from export.capacity.demand import Demand, required_capacity
from export.config.configure import footage_path
from tracker.errors import ConfigError

HELP = {
    "people": "in a picture, on average",
    "fps": "pictures a second of each camera",
    "stride": "score every so many frames of a person",
    "pose_ms": "CPU-ms from a picture to tracks, without a GPU "
    f"(by the costs: decoding, boxes, and so much a person; {Costs().picture_ms(5):g} with 5)",
    "gpu_frames_per_s": "frames a second that one GPU finds poses in; 0: no GPU",
    "stream_mbit": "Mbit/s of one camera's stream",
    "fill": "how full all is planned to be, at most 1",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags of `posewarden-lab plan`."""
    parser.add_argument("--cameras", type=int, help="how many to plan for")
    defaults = Demand(cameras=1)
    for name, what in HELP.items():
        value = getattr(defaults, name)
        flag = "--" + name.replace("_", "-")
        shown = what if name == "pose_ms" else f"{what} (%(default)s)"
        parser.add_argument(flag, type=type(value), default=value, help=shown)
    parser.add_argument(
        "--cores", type=int, help="of each machine (as many as are sold and suffice)"
    )
    parser.add_argument("--costs", type=Path, help="a file of measured costs")
    parser.add_argument(
        "--calibrate", type=Path, metavar="FILE", help="first measure this machine, into this file"
    )
    parser.add_argument("--video", type=footage_path, help="for --calibrate: pictures to search")
    parser.add_argument(
        "--boxes",
        choices=("yolox", "motion"),
        default="yolox",
        help="of --calibrate: what finds people (%(default)s)",
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=30.0,
        help="of --calibrate: how long each load is measured (%(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> None:
    """Print what to buy, then the quantities it rests on, one a line."""
    if arguments.calibrate is None and arguments.cameras is None:
        raise ConfigError("nothing to plan: give --cameras N, or --calibrate FILE")
    check_flag("seconds", arguments.seconds)
    demand = None if arguments.cameras is None else _demand(arguments)
    if arguments.calibrate is not None:
        # Only here, because a plan needs neither a service nor networks.
        from export.capacity.calibration import calibrate

        calibrate(arguments.calibrate, arguments.video, arguments.seconds, arguments.boxes)
    if demand is None:
        print(f"measured; plan by `posewarden-lab plan --cameras N --costs {arguments.calibrate}`")
        return
    file = arguments.costs or arguments.calibrate
    costs = Costs() if file is None else read_costs(file)
    cores: int | None = arguments.cores
    demand = replace(demand, cores=to_buy(demand, costs, cores).cores)
    if arguments.json:
        _print_json(demand, costs, cores)
    else:
        _print(demand, costs, cores)


def _demand(arguments: argparse.Namespace) -> Demand:
    given = {field.name: getattr(arguments, field.name) for field in fields(Demand)}
    return Demand(**{name: value for name, value in given.items() if value is not None})


def _print_json(demand: Demand, costs: Costs, cores: int | None) -> None:
    bought = {
        "without_gpu": without_gpu(demand, costs, cores),
        "with_gpu": with_gpu(demand, costs, cores),
    }
    kinds = {name: asdict(machine) for name, machine in bought.items()}
    needed = required_capacity(demand, costs)
    print(json.dumps({**needed, "buy": kinds, "origins": dict(costs.origins)}))


def _print(demand: Demand, costs: Costs, cores: int | None) -> None:
    for line in advice(demand, costs, cores):
        print(line)
    print(f"\nThe arithmetic, with machines of {demand.cores} cores:")
    for name, value in required_capacity(demand, costs).items():
        print(f"  {name:<18}{value:>14,.1f}".removesuffix(".0"))
