"""The machine a run is on: its card and libraries, and how busy the card is while a step runs."""

import os
import platform
import resource
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from statistics import fmean
from threading import Event, Thread
from types import TracebackType

from gpu.report import Figure

_QUERY = "utilization.gpu,memory.used"
_REST_S, _PATIENCE_S = 0.2, 10.0


def card_in_sight() -> bool:
    """Tell whether this machine has an NVIDIA card, working or not."""
    import torch

    return torch.cuda.is_available() or Path("/dev/nvidia0").exists()


def describe() -> dict[str, Figure]:
    """Return what figures depend on: card, driver, processor, library versions."""
    import onnxruntime
    import torch

    card = torch.cuda.get_device_name(0) if torch.cuda.is_available() else None
    return {
        "card": card,
        "driver": _driver(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torch_cuda": torch.version.cuda,
        "onnxruntime": onnxruntime.__version__,
        "onnxruntime_providers": ", ".join(onnxruntime.get_available_providers()),
    }


def _driver() -> str | None:
    if not (program := shutil.which("nvidia-smi")):
        return None
    command = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return asked.stdout.strip() or None


class DeviceWatch:
    """Watches memory and utilisation for the length of a `with` block.

    Of the first card, by nvidia-smi, where there is one; of this process always.
    """

    def __init__(self) -> None:
        self._samples: list[tuple[float, float]] = []
        self._ended = Event()
        self._watcher: Thread | None = None

    def __enter__(self) -> "DeviceWatch":
        self._begun_s, self._begun_cpu_s = time.perf_counter(), time.process_time()
        if program := shutil.which("nvidia-smi"):
            self._watcher = Thread(target=self._watch, args=(program,), daemon=True)
            self._watcher.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.seconds = time.perf_counter() - self._begun_s
        self._cpu_s = time.process_time() - self._begun_cpu_s
        self._ended.set()
        if self._watcher is not None:
            self._watcher.join()

    @property
    def samples(self) -> int:
        """How often the card was looked at."""
        return len(self._samples)

    def figures(self) -> dict[str, Figure]:
        """Return what was seen; the process's memory is its peak so far."""
        # Kilobytes on Linux.
        resident_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        seen: dict[str, Figure] = {
            "process_peak_mb": round(resident_mb),
            "process_cores_busy": round(self._cpu_s / max(self.seconds, 1e-9), 2),
        }
        if self._samples:
            busy, memory_mb = zip(*self._samples, strict=True)
            seen |= {
                "card_busy_percent": round(fmean(busy)),
                "card_peak_mb": round(max(memory_mb)),
            }
        return seen

    def _watch(self, program: str) -> None:
        # One call a sample: a program that goes on would keep its lines in a buffer, and they
        # would be lost when it is ended.
        command = [program, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
        while not self._ended.is_set():
            with suppress(subprocess.TimeoutExpired):
                asked = subprocess.run(
                    command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
                )
                self._add(asked.stdout.partition("\n")[0])
            self._ended.wait(_REST_S)

    def _add(self, line: str) -> None:
        # A driver that does not know a value writes [N/A].
        with suppress(ValueError):
            busy, memory_mb = (float(part) for part in line.split(","))
            self._samples.append((busy, memory_mb))
