"""How benches tell their figures: a line each or JSON, means with deviations, the machine."""

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any


def tell(figures: Mapping[str, Any], *, as_json: bool) -> None:  # Any: JSON
    """Print figures as one JSON object, or a line each with the values below one another."""
    if as_json:
        print(json.dumps(figures))
        return
    width = max(map(len, figures))
    for name, value in figures.items():
        print(f"{name:{width}} {value}")


def spread(values: Sequence[float]) -> str:
    """Return the mean of several values with their deviation, or the one value."""
    return f"{fmean(values):.4f} ± {pstdev(values):.4f}" if len(values) > 1 else f"{values[0]:.4f}"


def processor() -> tuple[str, int]:
    """Return the processor's name and how many cores it has; 0: not known."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor(), len(names)


def machine(load_before: float) -> dict[str, Any]:  # Any: JSON
    """Return what figures depend on: processor, cores, other load, library versions."""
    # Here, for benches that measure their own memory use this file, too.
    import onnxruntime
    import torch

    name, cores = processor()
    return {
        "cpu": name,
        "cores": cores or None,
        # Ratios measured at a load above 1 or so flatter the exported flow.
        "load_before": load_before,
        "torch": torch.__version__,
        "onnxruntime": onnxruntime.__version__,
    }
