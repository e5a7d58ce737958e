"""The machine a run is on: its card and libraries, and how busy the card is while a step runs."""

import os
import platform
import resource
import shutil
import subprocess
import time
from pathlib import Path
from statistics import fmean
from threading import Thread
from types import TracebackType

from gpu.report import Figure

_QUERY = "utilization.gpu,memory.used"
_EVERY_MS = "200"


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

    Of the card, by nvidia-smi, where there is one; of this process else.
    """

    def __init__(self) -> None:
        self._samples: list[tuple[float, float]] = []
        self._watcher: subprocess.Popen[str] | None = None

    def __enter__(self) -> "DeviceWatch":
        self._begun_s, self._begun_cpu_s = time.perf_counter(), time.process_time()
        if program := shutil.which("nvidia-smi"):
            command = [program, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
            self._watcher = subprocess.Popen(
                [*command, "-lms", _EVERY_MS],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            self._reader = Thread(target=self._read, args=(self._watcher,), daemon=True)
            self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.seconds = time.perf_counter() - self._begun_s
        self._cpu_s = time.process_time() - self._begun_cpu_s
        if self._watcher is not None:
            self._watcher.terminate()
            self._watcher.wait()
            self._reader.join()
            if self._watcher.stdout is not None:
                self._watcher.stdout.close()

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

    def _read(self, watcher: "subprocess.Popen[str]") -> None:
        for line in watcher.stdout or ():
            # The first card only; a driver that does not know a value writes [N/A].
            parts = line.split(",")
            try:
                self._samples.append((float(parts[0]), float(parts[1])))
            except (ValueError, IndexError):
                continue
