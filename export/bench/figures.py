"""Formats the figures of benches: lines or JSON, means with deviations, the machine."""

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any


def print_figures(figures: Mapping[str, Any], *, as_json: bool) -> None:  # Any: JSON
    """Print figures as one JSON object, or one per line with aligned values."""
    if as_json:
        print(json.dumps(figures))
        return
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:{width}} {value}")


def spread(values: Sequence[float]) -> str:
    """Format the mean of several values with their deviation, or a single value."""
    return f"{fmean(values):.4f} ± {pstdev(values):.4f}" if len(values) > 1 else f"{values[0]:.4f}"


def processor() -> tuple[str, int]:
    """Return the processor's name and its number of cores; 0: unknown."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor(), len(names)


def machine(load_before: float) -> dict[str, Any]:  # Any: JSON
    """Return what figures depend on: processor, cores, other load, versions of libraries."""
    # Imported here, because benches that measure their own memory use this file, too.
    import onnxruntime
    import torch

    name, cores = processor()
    return {
        "cpu": name,
        "cores": cores or None,
        # At a load above about 1 measured ratios favour the exported flow.
        "load_before": load_before,
        "torch": torch.__version__,
        "onnxruntime": onnxruntime.__version__,
    }
