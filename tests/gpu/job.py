"""What every step is given: the provider to measure and how much of everything."""

from dataclasses import dataclass
from pathlib import Path

import inference
from tracker.weights.onnx_session import Provider

MODEL = Path(inference.__file__).parent / "models" / "posewarden.onnx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much each step does.

    Attributes:
        flow_batches: windows in a call of the flow.
        round_s: each call is repeated for about this long.
        eager_largest: the largest batch that the eager flow gets.
        picture_batches: pictures in a batch of RTMO's path.
        network_width: channels of the picture network's first layer; 32 costs what RTMO-s costs.
        picture_cameras: whose frames one network sees.
        cameras_s: they show them for so long.
        film_frames: of the film that is decoded where none is given.
        cameras: whose windows the worker loop scores.
        windows_a_camera: of each.
        training_windows, training_epochs: of the training.
        first_epochs: measured first; the others follow if all of them fit into the limit.
    """

    flow_batches: tuple[int, ...] = (1, 16, 64, 256, 1024, 4096)
    round_s: float = 0.5
    eager_largest: int = 4096
    picture_batches: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    network_width: int = 32
    picture_cameras: int = 16
    cameras_s: float = 5.0
    film_frames: int = 1000
    cameras: tuple[int, ...] = (32, 256)
    windows_a_camera: int = 72
    training_windows: int = 350_000
    training_epochs: int = 8
    first_epochs: int = 2


QUICK = Sizes(
    flow_batches=(1, 16),
    round_s=0.02,
    eager_largest=16,
    picture_batches=(1, 2),
    network_width=4,
    picture_cameras=3,
    cameras_s=0.05,
    film_frames=10,
    cameras=(4,),
    windows_a_camera=24,
    training_windows=512,
    training_epochs=2,
    first_epochs=1,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to measure.

    Attributes:
        cuda: whether CUDA is measured; else the CPU stands in for it, and only correctness counts.
        folder: for files that a step needs.
        film: to decode, from `--film`; None: one is drawn.
    """

    cuda: bool
    sizes: Sizes
    folder: Path
    film: Path | None = None

    @property
    def provider(self) -> Provider:
        """What a session under measurement is opened with."""
        return "cuda" if self.cuda else "cpu"

    @property
    def best(self) -> Provider:
        """What a worker uses by default: whatever is faster here."""
        return "auto" if self.cuda else "cpu"

    @property
    def torch_device(self) -> str:
        """Where PyTorch computes."""
        return "cuda" if self.cuda else "cpu"
