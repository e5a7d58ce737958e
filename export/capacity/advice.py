"""What to buy for a number of cameras, in plain words."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from export.capacity.costs import Costs
from export.capacity.demand import Demand, required_capacity

SIZES = (2, 4, 6, 8, 12, 16, 24, 32, 48, 64)  # cores of machines that are sold
# Assumed, beside what containers were measured to need: docker-compose.yml has their limits.
BASE_MEMORY_GB, CAMERA_MEMORY_GB = 4.0, 0.15
MEMORY_SIZES_GB = (8, 16, 32, 64, 128, 256)
# What is kept below the thresholds, at most (docs/configuration.md), and for how many days.
STRETCHES_MB_A_DAY, KEPT_DAYS = 5.0, 90
BASE_DISK_GB = 20.0  # the system, images, Redis' file and its rewriting
DISK_SIZES_GB = (64, 128, 256, 512, 1000, 2000, 4000)
GPU_FRAMES_PER_S = 1000.0  # assumed of a data-centre card, not measured
GPU_PAYS_ABOVE_CORES = 32
CARDS_PER_MACHINE = 4
NETWORK_SIZES_MBIT = (1000, 10_000, 100_000)
LINK_FILL = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Machines of one kind to buy; `gpus` cards in all of them together."""

    number: int
    cores: int
    memory_gb: int
    disk_gb: int
    network_mbit: int
    gpus: int = 0


def without_gpu(demand: Demand, costs: Costs, cores: int | None = None) -> Machine:
    """Return the machines that find people on their processors.

    Args:
        cores: of each machine; None: as many as are sold and suffice.
    """
    return _machine(replace(demand, gpu_frames_per_s=0.0), costs, cores)


def with_gpu(demand: Demand, costs: Costs, cores: int | None = None) -> Machine:
    """Return the machines that find people on GPUs."""
    frames_per_s = demand.gpu_frames_per_s or GPU_FRAMES_PER_S
    return _machine(replace(demand, gpu_frames_per_s=frames_per_s), costs, cores)


def _machine(demand: Demand, costs: Costs, cores: int | None) -> Machine:
    needed = required_capacity(demand, costs)
    used = sum(value for name, value in needed.items() if name.endswith("_cores"))
    wanted = max(used / demand.fill, SIZES[0])
    gpus = int(needed["gpus"])
    number = math.ceil(max(wanted / (cores or SIZES[-1]), gpus / CARDS_PER_MACHINE))
    cameras = demand.cameras / number
    return Machine(
        number=number,
        cores=cores or _size(wanted / number, SIZES),
        memory_gb=_size(BASE_MEMORY_GB + cameras * CAMERA_MEMORY_GB, MEMORY_SIZES_GB),
        disk_gb=_size(
            BASE_DISK_GB + demand.cameras * STRETCHES_MB_A_DAY * KEPT_DAYS / 1000, DISK_SIZES_GB
        ),
        network_mbit=_size(cameras * demand.stream_mbit / LINK_FILL, NETWORK_SIZES_MBIT),
        gpus=gpus,
    )


def _size(wanted: float, sizes: tuple[int, ...]) -> int:
    """Return the smallest size that suffices; beyond the largest, a multiple of it."""
    fitting = [size for size in sizes if size >= wanted]
    return fitting[0] if fitting else math.ceil(wanted / sizes[-1]) * sizes[-1]


def to_buy(demand: Demand, costs: Costs, cores: int | None = None) -> Machine:
    """Return the machines to buy: with GPUs where the demand has them, else without."""
    return (with_gpu if demand.gpu_frames_per_s else without_gpu)(demand, costs, cores)


def advice(demand: Demand, costs: Costs, cores: int | None = None) -> Iterator[str]:
    """Yield what to buy, line by line.

    Args:
        cores: of each machine, where somebody has chosen them.
    """
    bought = to_buy(demand, costs, cores)
    in_all = " in all" if bought.number > 1 else ""
    yield (
        f"For {demand.cameras} cameras, {demand.fps:g} pictures a second each, "
        f"{_people(demand.people)} in a picture:"
    )
    yield f"  Buy      {_bought(bought)}"
    yield f"  Memory   {bought.memory_gb} GB{_each(bought)}"
    yield f"  Disk     {bought.disk_gb} GB SSD{in_all}: {KEPT_DAYS} days of alerts, no video"
    yield (
        f"  Network  {_speed(bought.network_mbit)}{_each(bought)}: cameras send "
        f"{demand.cameras * demand.stream_mbit:,.0f} Mbit/s"
    )
    yield f"  GPU      {_gpu(demand, costs, cores)}"
    yield from _remarks(demand, bought)
    for what, origin in costs.origins.items():
        yield f"  Cost of {what}: {origin}."
    yield "  Assumed: bit rate of a stream, memory and disk of a camera, speed of a GPU."


def _bought(machine: Machine) -> str:
    what = f"with {machine.cores} cores"
    return (
        f"one machine {what}" if machine.number == 1 else f"{machine.number} machines {what} each"
    )


def _each(machine: Machine) -> str:
    return "" if machine.number == 1 else " each"


def _speed(mbit: int) -> str:
    return f"{mbit // 1000} Gbit/s" if mbit >= 1000 else f"{mbit} Mbit/s"


def _people(number: float) -> str:
    return "one person" if number == 1 else f"{number:g} people"


def _gpu(demand: Demand, costs: Costs, cores: int | None) -> str:
    plain, card = without_gpu(demand, costs, cores), with_gpu(demand, costs, cores)
    cards = "one NVIDIA card" if card.gpus == 1 else f"{card.gpus} NVIDIA cards"
    if demand.gpu_frames_per_s:
        return f"{cards}, with `pose: rtmo`; without, {_bought(plain)}"
    if plain.cores * plain.number > GPU_PAYS_ABOVE_CORES:
        return f"instead of so many cores: {cards} in {_bought(card)}, with `pose: rtmo`"
    return f"not needed; with one, {_bought(card)} would do"


def _remarks(demand: Demand, bought: Machine) -> Iterator[str]:
    if bought.number > 1:
        yield (
            "  Several machines: docs/install.md says how; what fails: `posewarden-lab simulate "
            f"--cameras {demand.cameras} --fps {demand.fps:g}`."
        )
    if demand.fps < 8:
        yield f"  At {demand.fps:g} pictures a second fast falls may be missed; take 10 or more."
    yield (
        f"  Planned to be {100 * demand.fill:.0f} % busy: the rest is for crowds, and for what "
        "another machine leaves when it fails."
    )
