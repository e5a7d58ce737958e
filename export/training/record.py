"""What TensorBoard shows of a training: curves, the flow's graph, poses, clips' scores."""

import warnings
from pathlib import Path

import torch
from torch import Tensor
from torch.jit._trace import TracerWarning
from torch.utils.tensorboard.writer import SummaryWriter

from export.data.datasets import Dataset
from export.training.clip_scores import clip_scores
from export.training.fit import Epoch, Fit, epoch_seed
from export.training.pictures import poses_figure, scores_figure
from export.training.windows import Windows

POINTS = 200  # of a curve, for each epoch
WINDOWS_DRAWN = 4


class Record:
    """Writes the events of one run.

    Args:
        folder: for the event files.
        epochs_done: of a run that goes on; later events of it are hidden.
        steps: of an epoch.
    """

    def __init__(self, folder: Path, *, epochs_done: int, steps: int) -> None:
        self._writer = SummaryWriter(str(folder), purge_step=epochs_done * steps or None)
        self._steps = steps

    def begin(self, fit: Fit, windows: Windows) -> None:
        """Show the flow's graph, and a few windows as they are and as they are varied."""
        self._graph(fit, windows.poses[:1])
        chance = torch.Generator(fit.device)
        chance.manual_seed(epoch_seed(fit.training.seed, 0, "draw"))
        spread = torch.linspace(0, len(windows) - 1, min(WINDOWS_DRAWN, len(windows)))
        rows = spread.long().to(fit.device)
        chosen = windows.poses[rows]
        kinds = torch.arange(len(rows), device=fit.device) % fit.variation.number
        signs = torch.ones(len(rows)) if windows.sign is None else windows.sign[rows].cpu()
        names = ["abnormal" if sign < 0 else "normal" for sign in signs.tolist()]
        shown = {
            "as they are": fit.variation.plain(chosen),
            "varied": fit.variation(chosen, kinds, chance),
        }
        for title, poses in shown.items():
            figure = poses_figure(poses.cpu().numpy(), names, fit.options)
            self._writer.add_figure(f"poses/{title}", figure)

    def epoch(self, epoch: Epoch) -> None:
        """Show an epoch's curves, thinned, and its means."""
        first = (epoch.number - 1) * self._steps
        thin = max(1, len(epoch.losses) // POINTS)
        for name, values in (("loss", epoch.losses), ("gradient norm", epoch.gradient_norms)):
            for at, value in enumerate(values.tolist()[::thin]):
                self._writer.add_scalar(f"step/{name}", value, first + at * thin)
        means: dict[str, float | None] = {
            "loss": epoch.loss,
            "validation": epoch.validation,
            "gradient norm": float(epoch.gradient_norms.mean()),
            "learning rate": epoch.learning_rate,
        }
        for name, mean in means.items():
            if mean is not None:
                self._writer.add_scalar(f"epoch/{name}", mean, epoch.number * self._steps)
        self._writer.flush()

    def clips(self, fit: Fit, labelled: Dataset, most: int) -> None:
        """Plot the scores of labelled clips, their ground truth shaded."""
        for one in clip_scores(fit.flow, labelled, most):
            auroc = "one kind of frames only" if one.auroc is None else f"AUROC {one.auroc:.3f}"
            figure = scores_figure(one.name, one.scores, one.abnormal, auroc)
            self._writer.add_figure(f"scores/{one.name}", figure, fit.epochs * self._steps)
        self._writer.flush()

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()

    def _graph(self, fit: Fit, window: Tensor) -> None:
        fit.flow.eval()
        with warnings.catch_warnings():
            # TensorBoard's graphs come from torch's old tracer, which warns that it is old, and
            # that shapes which are fixed in our flow become constants.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", TracerWarning)
            self._writer.add_graph(fit.flow, fit.variation.plain(window))
        fit.flow.train()
