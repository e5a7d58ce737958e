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
LIMIT_S = 120.0  # for all of them


def measure_training(job: Job) -> list[Row]:
    """Train for real; the loss of the last epoch must be a number below the first step's.

    All epochs run where they fit into the limit by the rate of the first ones; elsewhere the rest
    is projected. On a card the limit is judged, too.
    """
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
    epochs = [fit.epoch(windows) for _ in range(sizes.first_epochs)]  # reads its losses back
    first_s = time.perf_counter() - begun_s
    if first_s / sizes.first_epochs * sizes.training_epochs <= LIMIT_S:
        epochs += [fit.epoch(windows) for _ in range(sizes.training_epochs - sizes.first_epochs)]
    seconds = time.perf_counter() - begun_s
    rate = sizes.training_windows * AUGMENTATIONS * len(epochs) / seconds
    projected_s = SHANGHAITECH * AUGMENTATIONS * EPOCHS / rate
    first, last = float(epochs[0].losses[0]), epochs[-1].loss
    figures: dict[str, Figure] = {
        "windows": sizes.training_windows,
        "epochs": len(epochs),
        "seconds": round(seconds, 2),
        "windows_per_s": round(rate),
        "seconds_of_all": round(projected_s, 1),
        "limit_s": LIMIT_S,
        "first_step_loss": first,
        "last_epoch_loss": last,
    }
    if job.cuda:
        figures["torch_peak_mb"] = round(torch.cuda.max_memory_allocated() / 2**20)
    whole = (len(epochs), sizes.training_windows) == (EPOCHS, SHANGHAITECH)
    how = "measured" if whole else "projected"
    text = (
        f"{round(rate)} windows/s; {SHANGHAITECH} × {EPOCHS} × {AUGMENTATIONS} in "
        f"{projected_s:.0f} s ({how}), at most {LIMIT_S:g}"
    )
    in_time = projected_s <= LIMIT_S or not job.cuda
    return [Row(what="training", text=text, figures=figures, passed=last < first and in_time)]
