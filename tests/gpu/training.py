"""Training at the size of the published data set, and how long all of it would take here."""

import time

import torch
from gpu.job import Job
from gpu.report import Figure, Row

from export.bench.model.train import SHANGHAITECH, simulated
from export.flow.options import FlowOptions
from export.training.fit import Fit
from export.training.options import TrainOptions

AUGMENTATIONS = 2
EPOCHS = 8  # of the published training


def measure_training(job: Job) -> list[Row]:
    """Train for real; the loss of the last epoch must be a number below the first step's."""
    sizes, device = job.sizes, torch.device(job.torch_device)
    options = FlowOptions()
    training = TrainOptions(
        epochs=sizes.training_epochs, augmentations=AUGMENTATIONS, device=job.torch_device
    )
    windows = simulated(sizes.training_windows, options.frames, training.seed).to(device)
    fit = Fit(options, training, device)
    # Kernels are loaded by a fit of its own, so that the measured one begins at the beginning.
    few = windows.take(torch.arange(2 * training.batch, device=device))
    Fit(options, training, device).epoch(few)
    begun_s = time.perf_counter()
    epochs = [fit.epoch(windows) for _ in range(sizes.training_epochs)]  # reads its losses back
    seconds = time.perf_counter() - begun_s
    rate = sizes.training_windows * AUGMENTATIONS * sizes.training_epochs / seconds
    minutes = SHANGHAITECH * AUGMENTATIONS * EPOCHS / rate / 60
    first, last = float(epochs[0].losses[0]), epochs[-1].loss
    figures: dict[str, Figure] = {
        "windows": sizes.training_windows,
        "epochs": sizes.training_epochs,
        "seconds": round(seconds, 2),
        "windows_per_s": round(rate),
        "projected_minutes": round(minutes, 2),
        "first_step_loss": first,
        "last_epoch_loss": last,
    }
    if job.cuda:
        figures["torch_peak_mb"] = round(torch.cuda.max_memory_allocated() / 2**20)
    text = (
        f"{round(rate)} windows/s; {SHANGHAITECH} × {EPOCHS} × {AUGMENTATIONS} in {minutes:.1f} min"
    )
    return [Row(what="training", text=text, figures=figures, passed=last < first)]
